"""Containers are made, used, stopped and removed; nothing of them stays."""

from __future__ import annotations

import itertools
import json
import random
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.lxc import FIRST, NOTHING, SHELL, Site
from tests.worker.executors.watching import eventually, printed, wait
from tests.worker.hosts.delegating import DELEGATING
from tests.worker.requests import request
from tosca.model import Value
from worker.executors.base import OperationRequest, Result
from worker.executors.leftovers import kill_leftovers
from worker.executors.playbooks.executor import PlaybookExecutor
from worker.executors.program import ProgramExecutor
from worker.executors.script import ScriptExecutor
from worker.hosts.base import Machine
from worker.hosts.lxc import commands
from worker.hosts.lxc.host import LxcProvider
from worker.hosts.lxc.kernel import LIMITS, raise_limits
from worker.hosts.lxc.layout import Container, container_of
from worker.hosts.wanted import Wanted, WantedError

MACHINE = Machine("m", "i", "srvA", 0)
OWN = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/nowhere"}


class Containers:
    """What a worker does to the containers of a site."""

    def __init__(self, site: Site, folder: Path) -> None:
        self.site = site
        self.provider = LxcProvider(site.settings)
        self.folder = folder
        self.archives = itertools.count(1)
        self.programs = ProgramExecutor(folder / "spool", OWN)
        self.scripts = ScriptExecutor(folder / "spool", OWN, grace=0.3)

    def container(self, machine: Machine = MACHINE) -> Container:
        return container_of(self.site.root, machine)

    def wanted(self, operation: str, machine: Machine = MACHINE, **inputs: Value) -> OperationRequest:
        program = tuple(self.provider.program(machine, operation))
        return request(self.folder, inputs=dict(inputs), program=program, operation=operation, interface="Host")

    def does(self, operation: str, machine: Machine = MACHINE, **inputs: Value) -> Result:
        return wait(self.programs.start(self.wanted(operation, machine, **inputs)), 90)

    def script(self, text: str, machine: Machine = MACHINE, **inputs: Value) -> OperationRequest:
        archive = self.folder / f"archive-{next(self.archives)}"
        return request(archive, text, dict(inputs), host=self.provider.host(machine))

    def runs(self, text: str, machine: Machine = MACHINE, **inputs: Value) -> Result:
        return wait(self.scripts.start(self.script(text, machine, **inputs)))


@pytest.fixture
def containers(lxc_site: Site, tmp_path: Path) -> Containers:
    return Containers(lxc_site, tmp_path)


@pytest.fixture
def up(containers: Containers) -> Containers:
    """The same with a container that runs."""
    result = containers.does("create")
    assert result.error is None, printed(result)
    return containers


def test_the_life_of_a_container(containers: Containers, lxc_site: Site) -> None:
    created = containers.does("create")
    assert created.error is None, printed(created)
    assert created.outputs == {
        "private_address": FIRST,
        "public_address": FIRST,
        "networks": {"lxc": {"network_name": "lxc", "addresses": [FIRST]}},
    }
    name = containers.container().name
    assert name.startswith("i-srva-0-")
    ran = containers.runs('hostname; pwd; ps -p 1 -o comm=; echo "got=$x" >> "$DITRIT_OUTPUTS"', x="é ü")
    assert (ran.error, ran.outputs) == (None, {"got": "é ü"})
    assert printed(ran) == f"{name}\n/opt/ditrit/archives/archive-1/scripts\nsystemd\n"
    containers.runs("echo kept > /root/file")
    for operation in ("create", "stop", "stop", "start", "start"):
        result = containers.does(operation)
        assert result.error is None, printed(result)
    assert printed(containers.runs("cat /root/file")) == "kept\n"
    for _ in range(2):
        assert containers.does("delete").error is None
    assert lxc_site.leftovers() == NOTHING


def test_an_operation_finds_what_it_is_given_and_nothing_else(up: Containers) -> None:
    secret = "do-not-tell-anybody"
    listed = printed(
        up.runs("cat /proc/[0-9]*/cmdline | tr '\\0' ' '; env -0 | tr '\\0' '\\n' | sort", password=secret)
    )
    lines, variables = listed.rsplit("DITRIT_ATTEMPT=", 1)
    assert secret not in lines
    names = {line.partition("=")[0] for line in variables.splitlines()[1:]}
    assert {"password", "NODE", "DITRIT_OUTPUTS", "HOME", "PATH"} <= names
    assert not names & {"AWS_SECRET_ACCESS_KEY", "DITRIT_SPACE", "PYTHONPATH", "VIRTUAL_ENV"}
    assert "HOME=/root\n" in variables


def test_how_a_script_ends_in_a_container_is_how_it_ends(up: Containers) -> None:
    assert up.runs("echo reason >&2; exit 7").error == "exit code 7: reason"
    assert up.runs("nothing-of-that-name").exit_code == 127
    read_only = up.runs("touch ../file")
    assert "Read-only file system" in (read_only.error or "")
    with_code = up.runs("ln -s /etc/shadow $DITRIT_OUTPUTS")
    assert "expected a plain file" in (with_code.error or "")


def test_what_is_stopped_in_a_container_leaves_no_process(up: Containers) -> None:
    running = up.scripts.start(up.script("setsid sleep 1234 & trap '' TERM; echo begun > /root/begun; sleep 1234"))
    assert eventually((up.container().folder / "delta/root/begun").exists)
    running.stop("enough")
    assert wait(running).error == "enough"
    assert "1234" not in printed(up.runs("ps -eo args"))


def test_what_a_dead_worker_left_in_a_container_is_found_and_killed(up: Containers) -> None:
    asked = up.script("setsid sleep 1235 & echo begun > /root/begun; sleep 1235")
    running = up.scripts.start(asked)
    assert eventually((up.container().folder / "delta/root/begun").exists)
    assert kill_leftovers(asked.id, asked.attempt) >= 2
    assert wait(running).error is not None
    assert "1235" not in printed(up.runs("ps -eo args"))


def test_a_daemon_that_a_script_starts_stays_until_its_container_is_stopped(up: Containers) -> None:
    assert up.runs("setsid sleep 1236 > /dev/null 2>&1 & sleep 0.1").error is None
    assert "sleep 1236" in printed(up.runs("ps -eo args"))
    assert up.does("stop").error is None
    assert not any(b"1236" in path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists())


PLAYBOOK = """
- hosts: all
  gather_facts: true
  tasks:
    - ansible.builtin.copy: { content: "{{ word }}", dest: /root/word }
    - ansible.builtin.command: cat /root/word
      register: said
    - ansible.builtin.set_stats:
        data:
          host: "{{ ansible_facts['hostname'] }}"
          word: "{{ said.stdout }}"
          init: "{{ ansible_facts['service_mgr'] }}"
    - ansible.builtin.shell: "touch /root/begun; setsid sleep {{ seconds }} & sleep {{ seconds }}"
      when: seconds > 0
"""


def test_a_playbook_runs_in_the_container_and_nothing_of_it_is_left_when_it_is_stopped(
    up: Containers, tmp_path: Path
) -> None:
    playbooks = PlaybookExecutor(tmp_path / "spool", OWN, grace=0.3)
    (tmp_path / "play").mkdir()
    (tmp_path / "play/book.yaml").write_text(PLAYBOOK)
    asked = request(tmp_path / "play", inputs={"word": "h\u00e9", "seconds": 0}, implementation="book.yaml")
    asked = replace(asked, host=up.provider.host(MACHINE))
    result = wait(playbooks.start(asked), 60)
    assert result.error is None, printed(result)
    assert result.outputs == {"host": up.container().name, "word": "h\u00e9", "init": "systemd"}

    running = playbooks.start(replace(asked, inputs={"word": "", "seconds": 1237}, id="e/another"))
    assert eventually((up.container().folder / "delta/root/begun").exists, 60)
    running.stop("enough")
    assert wait(running).error == "enough"
    assert "1237" not in printed(up.runs("ps -eo args"))

    assert up.does("delete").error is None
    missing = wait(playbooks.start(asked), 60)
    assert f"there is no container {up.container().name} on this machine" in (missing.error or "")
    playbooks.close()


def test_a_container_has_the_memory_and_the_processors_that_its_capability_says(containers: Containers) -> None:
    result = containers.does("create", host={"mem_size": "128 MB", "num_cpus": 1})
    assert result.error is None, printed(result)
    group = ["lxc-cgroup", "-P", str(containers.site.root), "-n", containers.container().name]
    unified = Path("/sys/fs/cgroup/cgroup.controllers").exists()
    quota = subprocess.run([*group, "cpu.max" if unified else "cpu.cfs_quota_us"], capture_output=True, check=True)
    assert quota.stdout.split()[0] == b"100000"
    eats = 'python3 -c "b = bytearray(400_000_000); print(len(b))"'
    assert containers.runs(eats).exit_code == 137
    assert containers.runs("true").error is None


def test_a_container_that_fills_its_disk_fails_and_harms_nobody(containers: Containers, lxc_site: Site) -> None:
    result = containers.does("create", host={"disk_size": "64 MB"})
    assert result.error is None, printed(result)
    filled = containers.runs("dd if=/dev/zero of=/root/big bs=1M count=100 status=none")
    assert "No space left on device" in (filled.error or "")
    assert containers.runs("rm /root/big; echo kept > /root/file; hostname").error is None
    for operation in ("stop", "start"):
        assert containers.does(operation).error is None
    assert printed(containers.runs("cat /root/file")) == "kept\n"
    assert containers.does("delete").error is None
    assert lxc_site.leftovers() == NOTHING
    loops = subprocess.run(["losetup", "-a"], capture_output=True, text=True, check=True).stdout
    assert str(lxc_site.root) not in loops


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        (
            {"host": {"disk_size": "1 MB"}},
            "capability host: found disk_size '1 MB', expected a size such as '512 MB' of",
        ),
        ({"host": {"mem_size": "much"}}, "capability host: found mem_size 'much', expected a size such as '512 MB'"),
        ({"host": {"num_cpus": 0}}, "capability host: found num_cpus 0, expected a number of processors"),
        (
            {"os": {"distribution": "plan9", "version": "4"}},
            "there is no image 'plan9-4'; images of Debian 11, 12, 13 ",
        ),
        ({"os": {"distribution": "../x"}}, "capability os: found distribution '../x' and version '', expected plain"),
    ],
)
def test_a_capability_that_cannot_be_had_is_an_error_and_nothing_is_made(
    containers: Containers, lxc_site: Site, inputs: dict[str, Value], said: str
) -> None:
    result = containers.does("create", MACHINE, **inputs)
    assert (result.error or "").removeprefix("exit code 1: ").startswith(said)
    assert lxc_site.leftovers() == NOTHING


def test_an_operation_in_a_container_that_is_not_there_says_so(containers: Containers) -> None:
    name = containers.container().name
    result = containers.runs("true")
    assert (result.error or "").startswith(f"cannot start scripts/run.sh: there is no container {name} on this machine")
    started = containers.does("start")
    assert f"there is no container {name} on this machine" in (started.error or "")


def test_containers_made_at_once_have_addresses_of_their_own_and_reach_each_other(containers: Containers) -> None:
    machines = [replace(MACHINE, number=number) for number in range(4)]
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda machine: containers.does("create", machine), machines))
    assert [result.error for result in results] == [None] * 4
    addresses = [str(result.outputs["private_address"]) for result in results]
    assert len(set(addresses)) == 4
    assert containers.runs("nc -l -p 5432 > /root/heard < /dev/null & sleep 0.2", machines[0]).error is None
    assert containers.runs(f"echo hello | nc -q 1 {addresses[0]} 5432", machines[3]).error is None
    assert eventually(lambda: printed(containers.runs("cat /root/heard", machines[0])) == "hello\n")
    for machine in machines:
        assert containers.does("delete", machine).error is None
    assert containers.site.leftovers() == NOTHING


def test_a_playbook_delegates_tasks_to_the_other_end_of_a_relationship(up: Containers) -> None:
    other = replace(MACHINE, node="other")
    assert up.does("create", other).error is None
    playbooks = PlaybookExecutor(up.folder / "spool", OWN)
    (up.folder / "play").mkdir()
    (up.folder / "play/book.yaml").write_text(DELEGATING)
    ends = {"A[2,1]": up.provider.host(MACHINE), "B[0]": up.provider.host(other)}
    names = {"SOURCE": "A[2,1]", "SOURCES": "A[2,1]", "TARGET": "B[0]", "TARGETS": "B[0],B[1]"}
    asked = request(up.folder / "play", implementation="book.yaml", host=up.provider.host(MACHINE), variables=names)
    try:
        result = wait(playbooks.start(replace(asked, ends=lambda: ends)), 60)
        assert result.error is None, printed(result)
        assert result.outputs == {"here": up.container().name, "there": up.container(other).name}
        assert up.does("delete", other).error is None
        gone = wait(playbooks.start(replace(asked, ends=lambda: ends, attempt=2)), 60)
        assert f"there is no container {up.container(other).name} on this machine" in (gone.error or "")
    finally:
        playbooks.close()


def test_all_containers_of_a_folder_can_be_removed_at_once(up: Containers, lxc_site: Site) -> None:
    assert up.does("create", replace(MACHINE, number=1)).error is None
    command = up.provider.program(MACHINE, "delete")
    subprocess.run([*command[:-1], "all"], check=True)
    assert lxc_site.leftovers() == NOTHING


def test_whenever_the_worker_is_killed_the_next_attempt_makes_the_container_and_nothing_stays(
    containers: Containers, lxc_site: Site
) -> None:
    chance = random.Random(7)
    for attempt in range(1, 9):
        for operation in ("create", "delete"):
            asked = replace(containers.wanted(operation), attempt=attempt)
            running = containers.programs.start(asked)
            time.sleep(chance.uniform(0, 0.8 if operation == "create" else 0.4))
            running.kill()
            kill_leftovers(asked.id, attempt)  # as whoever takes over does
        result = containers.does("create")
        assert result.error is None, printed(result)
        assert containers.runs("true").error is None
    assert containers.does("delete").error is None
    assert lxc_site.leftovers() == NOTHING


def test_limits_of_the_kernel_are_raised_and_never_lowered(tmp_path: Path) -> None:
    for name in LIMITS:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("128\n")
    (tmp_path / "kernel/keys/maxkeys").write_text("1000000\n")
    raise_limits(tmp_path)
    assert (tmp_path / "fs/inotify/max_user_instances").read_text() == "8192"
    assert (tmp_path / "kernel/keys/maxkeys").read_text() == "1000000\n"


def test_a_machine_without_lxc_says_what_it_lacks(tmp_path: Path) -> None:
    lacks = commands.missing(commands.Shell({"PATH": str(tmp_path)}))
    assert not any("lxc" in one for one in lacks)  # they are looked for in the usual folders, too
    site = Site(tmp_path, tmp_path)
    command = LxcProvider(site.settings).program(MACHINE, "create")
    ended = subprocess.run(
        ["setpriv", "--reuid=65534", "--clear-groups", *command], env={}, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    assert "this machine lacks root: the worker must run as root" in ended.stdout


def test_what_a_container_is_to_be_like_is_read_from_the_capabilities() -> None:
    host = {"num_cpus": 2, "mem_size": "1 GiB", "disk_size": "10 GB", "cpu_frequency": None}
    system = {"type": "linux", "distribution": "debian", "version": 12}
    found = Wanted.from_environment({"host": json.dumps(host), "os": json.dumps(system)})
    assert found == Wanted(2.0, 1 << 30, 10**10, "debian", "12")
    assert Wanted.from_environment({}) == Wanted()
    for text in ("[]", "x", '"y"'):
        with pytest.raises(WantedError, match="expected a map of properties"):
            Wanted.from_environment({"os": text})


def test_names_of_containers_are_fit_and_distinct() -> None:
    machines = [
        Machine("m", "i", "srvA", 0),
        Machine("m", "i", "srvA", 1),
        Machine("m2", "i", "srvA", 0),
        Machine("m", "i" * 300, "srv A/é", 0),
        Machine("m", "---", "é", 12),
    ]
    names = [container_of(Path("/x"), machine).name for machine in machines]
    assert len(set(names)) == len(names)
    assert all(len(name) <= 63 and name.strip("abcdefghijklmnopqrstuvwxyz0123456789-") == "" for name in names)
    assert not any(name.startswith("-") or name.endswith("-") for name in names)
    assert SHELL.path
