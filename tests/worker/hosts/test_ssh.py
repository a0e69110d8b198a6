"""Machines of a pool are reserved, used and given back; nothing of an operation stays on one."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.ssh import Pool
from tests.worker.executors.watching import eventually, printed, wait
from tests.worker.hosts.delegating import DELEGATING
from tests.worker.requests import request
from tosca.model import Value
from worker.executors.base import OperationRequest, Result
from worker.executors.playbooks.executor import PlaybookExecutor
from worker.executors.program import ProgramExecutor
from worker.executors.script import ScriptExecutor
from worker.hosts.base import HostError, Machine
from worker.hosts.ssh.host import SshHost, SshProvider, SshSettings

MACHINE = Machine("m", "i", "srv", 0)
OTHER = replace(MACHINE, number=1)
OWN = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/nowhere"}
COUNT = 2


class Worker:
    """What a worker does to the machines of a pool."""

    def __init__(self, file: Path, folder: Path, installation: str = "one") -> None:
        self.provider = SshProvider(SshSettings(file, folder / "ssh", installation))
        self.folder = folder
        self.archives = itertools.count(1)
        folder.mkdir(exist_ok=True)
        self.programs = ProgramExecutor(folder / "spool", OWN)
        self.scripts = ScriptExecutor(folder / "spool", OWN, grace=0.5)

    def does(self, operation: str, machine: Machine = MACHINE, attempt: int = 1, **inputs: Value) -> Result:
        program = tuple(self.provider.program(machine, operation))
        asked = request(self.folder, inputs=dict(inputs), program=program, operation=operation, attempt=attempt)
        return wait(self.programs.start(asked), 40)

    def script(self, text: str, machine: Machine = MACHINE, **inputs: Value) -> OperationRequest:
        archive = self.folder / f"archive-{self.folder.name}-{next(self.archives)}"
        return request(archive, text, dict(inputs), host=self.host(machine))

    def host(self, machine: Machine = MACHINE) -> SshHost:
        return self.provider.host(machine)

    def runs(self, text: str, machine: Machine = MACHINE, **inputs: Value) -> Result:
        return wait(self.scripts.start(self.script(text, machine, **inputs)))


@pytest.fixture
def worker(ssh_pool: Pool, tmp_path: Path) -> Worker:
    return Worker(ssh_pool.listed(), tmp_path / "w")


@pytest.fixture
def up(worker: Worker) -> Worker:
    """The same with a machine, which is the first of the pool."""
    result = worker.does("create")
    assert result.error is None, printed(result)
    return worker


def test_the_life_of_a_reserved_machine(worker: Worker, ssh_pool: Pool) -> None:
    created = worker.does("create")
    assert created.error is None, printed(created)
    address = ssh_pool.addresses[0]
    assert created.outputs == {"private_address": address, "public_address": address}
    assert worker.does("create").outputs == created.outputs
    ran = worker.runs('hostname; pwd; echo "got=$x" >> "$DITRIT_OUTPUTS"; echo end >&2', x="é ü")
    assert (ran.error, ran.outputs) == (None, {"got": "é ü"}), printed(ran)
    assert printed(ran) == f"{ssh_pool.containers[0].name}\n/var/lib/ditrit/archives/archive-w-1/scripts\nend\n"
    for operation in ("start", "stop"):
        assert worker.does(operation).error is None
    assert worker.runs("setsid sleep 2345 > /dev/null 2>&1 & sleep 0.1").error is None
    assert "sleep 2345" in ssh_pool.inside(0, "ps", "-eo", "args")
    for _ in range(2):
        assert worker.does("delete").error is None
    assert "sleep 2345" not in ssh_pool.inside(0, "ps", "-eo", "args")
    assert ssh_pool.holds(0) == []
    gone = worker.runs("true")
    assert "no machine of the pool is reserved for i-srv-0-" in (gone.error or "")


def test_no_machine_is_given_to_two_whichever_worker_asks(ssh_pool: Pool, tmp_path: Path) -> None:
    file = ssh_pool.listed()
    asking = [
        (Worker(file, tmp_path / f"w{number}", installation), machine)
        for number, (installation, machine) in enumerate(
            [("one", MACHINE), ("one", OTHER), ("two", MACHINE), ("two", OTHER), ("one", MACHINE)]
        )
    ]
    with ThreadPoolExecutor(len(asking)) as many:
        results = list(many.map(lambda one: one[0].does("create", one[1]), asking))
    given = {
        (worker.provider.program(machine, "create")[-1], str(result.outputs["private_address"]))
        for (worker, machine), result in zip(asking, results, strict=True)
        if result.error is None
    }
    assert len({owner for owner, _ in given}) == len({address for _, address in given}) == COUNT
    refused = [result.error or "" for result in results if result.error]
    assert all("of 2 in the pool 2 fit, of those 0 are free" in error for error in refused)
    assert len(refused) in (2, 3)


def test_a_machine_is_given_that_has_what_is_wanted(worker: Worker, ssh_pool: Pool) -> None:
    found = worker.does("create", host={"num_cpus": 2, "mem_size": "512 MB"}, os={"distribution": "Debian"})
    assert found.outputs["private_address"] == ssh_pool.addresses[1]
    none = worker.does("create", OTHER, host={"num_cpus": 3})
    assert "no machine can be had: of 2 in the pool 0 fit" in (none.error or "")
    wrong = worker.does("create", OTHER, host={"mem_size": "much"})
    assert "capability host: found mem_size 'much', expected a size" in (wrong.error or "")


def test_another_worker_finds_the_machine_without_being_told(up: Worker, ssh_pool: Pool, tmp_path: Path) -> None:
    other = Worker(ssh_pool.listed(), tmp_path / "other")
    assert printed(other.runs("hostname")) == f"{ssh_pool.containers[0].name}\n"
    assert other.does("delete").error is None
    assert up.does("delete").error is None
    assert ssh_pool.holds(0) == []


def test_an_operation_finds_what_it_is_given_and_its_secrets_are_in_no_list_of_processes(
    up: Worker, ssh_pool: Pool
) -> None:
    secret = "do-not-tell-anybody"
    running = up.scripts.start(
        up.script("env | sort; touch /tmp/begun; while [ -e /tmp/begun ]; do sleep 0.1; done", password=secret)
    )
    assert eventually(lambda: "begun" in ssh_pool.inside(0, "ls", "/tmp"))
    for listed in (ssh_pool.inside(0, "ps", "-eo", "args"), subprocess.check_output(["ps", "-eo", "args"], text=True)):
        assert "run.sh" in listed
        assert secret not in listed
    ssh_pool.inside(0, "rm", "/tmp/begun")
    result = wait(running)
    names = {line.partition("=")[0] for line in printed(result).splitlines()}
    ours = {name for name in names if name.startswith("DITRIT_")}
    assert {"password", "NODE", "HOME", "PATH"} <= names
    assert len(ours) == 7
    assert not names & {"SSH_CONNECTION", "SSH_CLIENT", "LC_CTYPE", "DITRIT_SPACE", "PYTHONPATH"}
    assert "HOME=/root\n" in printed(result)
    assert secret not in ssh_pool.inside(0, "grep", "-r", secret, "/var/lib/ditrit", "/root", "/tmp")


def test_how_a_script_ends_there_is_how_it_ends(up: Worker) -> None:
    assert up.runs("echo reason >&2; exit 7").error == "exit code 7: reason"
    assert up.runs("exit 255").error == "exit code 255"
    assert up.runs("nothing-of-that-name").exit_code == 127
    assert up.runs("kill -KILL $$").error == "killed by SIGKILL"
    assert up.runs('read line; echo "<$line>" >&2; exit 3').error == "exit code 3: <>"
    assert "its interpreter or its folder is not there: " in (up.runs("#!/no/such/shell\n").error or "")
    assert "expected a plain file" in (up.runs("ln -s /etc/shadow $DITRIT_OUTPUTS").error or "")
    assert "found no '='" in (up.runs("echo nonsense > $DITRIT_OUTPUTS").error or "")
    long = up.runs("head -c 3000000 /dev/zero | tr '\\0' x; echo; echo end")
    assert printed(long).endswith("x\nend\n")


def test_a_daemon_that_a_script_leaves_goes_on_printing(up: Worker, ssh_pool: Pool) -> None:
    assert (
        up.runs("(while [ ! -e /tmp/go ]; do sleep 0.1; done; echo heard; touch /tmp/went) & sleep 0.1").error is None
    )
    ssh_pool.inside(0, "touch", "/tmp/go")
    assert eventually(lambda: "went" in ssh_pool.inside(0, "ls", "/tmp"))
    ssh_pool.inside(0, "rm", "/tmp/go", "/tmp/went")


BUSY = "setsid sleep 2346 & trap '' TERM; env -i setsid sleep 0.1; echo begun > /tmp/busy; sleep 2346; sleep 2346"


def _busy(ssh_pool: Pool) -> bool:
    return "busy" in ssh_pool.inside(0, "ls", "/tmp") and "sleep 2346" in ssh_pool.inside(0, "ps", "-eo", "args")


def _idle(ssh_pool: Pool) -> bool:
    return "sleep 2346" not in ssh_pool.inside(0, "ps", "-eo", "args")


def test_what_is_stopped_leaves_no_process_there(up: Worker, ssh_pool: Pool) -> None:
    running = up.scripts.start(up.script(BUSY))
    assert eventually(lambda: _busy(ssh_pool))
    running.stop("enough")
    assert wait(running).error == "enough"
    assert _idle(ssh_pool)
    asked = up.script("trap 'echo orderly; exit 0' TERM; touch /tmp/busy2; while true; do sleep 0.1; done")
    running = up.scripts.start(asked)
    assert eventually(lambda: "busy2" in ssh_pool.inside(0, "ls", "/tmp"))
    running.stop("enough")
    assert printed(wait(running)).endswith("orderly\n")
    ssh_pool.inside(0, "rm", "-f", "/tmp/busy", "/tmp/busy2")


def test_what_takes_too_long_or_is_cut_off_leaves_no_process_there(up: Worker, ssh_pool: Pool) -> None:
    limited = up.scripts.start(replace(up.script(BUSY), time_limit=2.0))
    assert wait(limited).error == "time limit of 2 s exceeded"
    assert _idle(ssh_pool)
    ssh_pool.inside(0, "rm", "-f", "/tmp/busy")
    running = up.scripts.start(replace(up.script(BUSY), attempt=2))
    assert eventually(lambda: _busy(ssh_pool))
    with ThreadPoolExecutor(1) as another:
        another.submit(running.cut).result()
    assert wait(running).error == "the worker has lost its lease"
    assert eventually(lambda: _idle(ssh_pool))
    ssh_pool.inside(0, "rm", "-f", "/tmp/busy")


Alone = Callable[[OperationRequest, Path], subprocess.Popen[bytes]]


@pytest.fixture
def alone() -> Iterator[Alone]:
    """Starts the process of an operation as the executor does, with nobody who ends what it leaves."""
    started: list[subprocess.Popen[bytes]] = []

    def start(asked: OperationRequest, said: Path) -> subprocess.Popen[bytes]:
        script = asked.host.carry(asked.folder) / asked.implementation
        marks = {"DITRIT_OPERATION": asked.id, "DITRIT_ATTEMPT": str(asked.attempt), "DITRIT_OUTPUTS": str(said)}
        launch = asked.host.launch(["bash", str(script)], script.parent, OWN | marks)
        started.append(
            subprocess.Popen(launch.command, cwd=launch.folder, env=launch.variables, start_new_session=True)
        )
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def test_when_its_process_here_is_killed_the_operation_is_killed_there(
    up: Worker, ssh_pool: Pool, tmp_path: Path, alone: Alone
) -> None:
    process = alone(up.script(BUSY), tmp_path / "said")
    assert eventually(lambda: _busy(ssh_pool))
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert eventually(lambda: _idle(ssh_pool))
    assert ssh_pool.holds(0) == ["archives", "outputs", "reserved"]
    ssh_pool.inside(0, "rm", "/tmp/busy")


def test_whoever_takes_over_ends_what_an_earlier_attempt_has_left(
    up: Worker, ssh_pool: Pool, tmp_path: Path, alone: Alone
) -> None:
    asked = up.script(BUSY)
    process = alone(asked, tmp_path / "said")
    assert eventually(lambda: _busy(ssh_pool))
    os.killpg(process.pid, signal.SIGSTOP)  # it says nothing any more, and is not gone
    other = Worker(ssh_pool.listed(), tmp_path / "other")
    second = replace(other.script("ps -eo args"), attempt=2)
    result = wait(other.scripts.start(second))
    assert result.error is None, printed(result)
    assert "sleep 2346" not in printed(result)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    ssh_pool.inside(0, "rm", "/tmp/busy")


def test_an_operation_of_which_nothing_is_heard_for_half_a_minute_ends_by_itself(
    up: Worker, ssh_pool: Pool, tmp_path: Path, alone: Alone
) -> None:
    process = alone(up.script(BUSY), tmp_path / "said")
    assert eventually(lambda: _busy(ssh_pool))
    os.killpg(process.pid, signal.SIGSTOP)  # as a machine that was cut off: the connection itself stays
    began = time.monotonic()
    assert eventually(lambda: _idle(ssh_pool), 60)
    assert time.monotonic() - began > 10, "a short silence is none"
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    ssh_pool.inside(0, "rm", "/tmp/busy")


def test_a_later_attempt_is_left_alone(up: Worker, ssh_pool: Pool, tmp_path: Path, alone: Alone) -> None:
    asked = replace(up.script(BUSY), attempt=2)
    process = alone(asked, tmp_path / "said")
    assert eventually(lambda: _busy(ssh_pool))
    up.host().kill_leftovers(asked.id, 1)
    assert not _idle(ssh_pool)
    up.host().kill_leftovers(asked.id, 2)
    assert _idle(ssh_pool)
    process.wait()
    ssh_pool.inside(0, "rm", "/tmp/busy")


def test_a_machine_with_another_host_key_is_refused(ssh_pool: Pool, tmp_path: Path) -> None:
    public = (ssh_pool.folder / "key.pub").read_text()
    (ssh_pool.folder / "wrong_hosts").write_text("".join(f"{one} {public}" for one in ssh_pool.addresses))
    result = Worker(ssh_pool.listed("wrong.yaml", known_hosts="wrong_hosts"), tmp_path / "w").does("create")
    assert "2 cannot be used: machine 'm0' (root@" in (result.error or "")
    assert "is refused: it has another host key than those in" in printed(result)
    (ssh_pool.folder / "no_hosts").write_text("")
    unknown = Worker(ssh_pool.listed("none.yaml", known_hosts="no_hosts"), tmp_path / "v").does("create")
    assert "is refused: it has another host key than those in" in printed(unknown)
    assert ssh_pool.holds(0) == []


def test_a_machine_that_is_down_is_told_in_time(ssh_pool: Pool, tmp_path: Path) -> None:
    down = {**ssh_pool.machine(0), "name": "down", "address": ssh_pool.addresses[0].rpartition(".")[0] + ".250"}
    began = time.monotonic()
    result = Worker(ssh_pool.listed("down.yaml", down), tmp_path / "w").does("create")
    assert "of 1 in the pool 1 fit, of those 0 are free (1 cannot be used: machine 'down' (root@" in printed(result)
    assert "cannot be reached: ssh: connect to host" in printed(result)
    assert time.monotonic() - began < 15


def test_others_are_taken_than_a_machine_that_is_down_unless_that_may_be_reserved(
    ssh_pool: Pool, tmp_path: Path
) -> None:
    down = {**ssh_pool.machine(0), "name": "down", "port": 2}
    worker = Worker(ssh_pool.listed("both.yaml", down, ssh_pool.machine(1)), tmp_path / "w")
    again = worker.does("create", attempt=2)
    assert f"machine 'down' (root@{ssh_pool.addresses[0]}:2) cannot be reached: ssh: connect to host" in (
        again.error or ""
    )
    first = worker.does("create")
    assert first.outputs["private_address"] == ssh_pool.addresses[1]
    assert "; going on with the others\n" in printed(first)
    with pytest.raises(HostError, match=r"machine 'down' .* cannot be reached"):
        worker.host(OTHER).ansible()


PLAYBOOK = """
- hosts: all
  gather_facts: true
  tasks:
    - ansible.builtin.copy: { content: "{{ word }}", dest: /root/word }
    - ansible.builtin.command: cat /root/word
      register: said
    - ansible.builtin.set_stats:
        data: { host: "{{ ansible_facts['hostname'] }}", word: "{{ said.stdout }}" }
    - ansible.builtin.shell: "touch /tmp/busy; setsid sleep {{ seconds }} & sleep {{ seconds }}"
      when: seconds > 0
"""


def test_a_playbook_runs_there_and_nothing_of_it_is_left_when_it_is_stopped(up: Worker, ssh_pool: Pool) -> None:
    playbooks = PlaybookExecutor(up.folder / "spool", OWN, grace=0.3)
    (up.folder / "play").mkdir()
    (up.folder / "play/book.yaml").write_text(PLAYBOOK)
    asked = request(up.folder / "play", inputs={"word": "hé", "seconds": 0}, implementation="book.yaml", host=up.host())
    try:
        result = wait(playbooks.start(asked), 40)
        assert result.error is None, printed(result)
        assert result.outputs == {"host": ssh_pool.containers[0].name, "word": "hé"}
        running = playbooks.start(replace(asked, inputs={"word": "x", "seconds": 2346}, attempt=2))
        assert eventually(lambda: _busy(ssh_pool), 30)
        running.stop("enough")
        assert wait(running).error == "enough"
        assert _idle(ssh_pool)
    finally:
        playbooks.close()
        ssh_pool.inside(0, "rm", "-f", "/tmp/busy", "/root/word")


def test_a_playbook_delegates_tasks_to_the_other_end_of_a_relationship(up: Worker, ssh_pool: Pool) -> None:
    other = replace(MACHINE, node="other")
    playbooks = PlaybookExecutor(up.folder / "spool", OWN)
    (up.folder / "play").mkdir()
    (up.folder / "play/book.yaml").write_text(DELEGATING)
    ends = {"A[2,1]": up.host(), "B[0]": up.host(other)}
    names = {"SOURCE": "A[2,1]", "SOURCES": "A[2,1]", "TARGET": "B[0]", "TARGETS": "B[0],B[1]"}
    asked = request(up.folder / "play", implementation="book.yaml", host=up.host(), variables=names)
    asked = replace(asked, ends=lambda: ends)
    try:
        alone = wait(playbooks.start(asked), 60)
        assert "none_from_here" in (alone.error or ""), "the other end has no machine yet"
        assert up.does("create", other).error is None
        result = wait(playbooks.start(replace(asked, attempt=2)), 60)
        assert result.error is None, printed(result)
        assert result.outputs == {"here": ssh_pool.containers[0].name, "there": ssh_pool.containers[1].name}
    finally:
        playbooks.close()


def test_a_playbook_for_a_machine_that_is_not_there_says_so(worker: Worker) -> None:
    playbooks = PlaybookExecutor(worker.folder / "spool", OWN)
    (worker.folder / "book.yaml").write_text(PLAYBOOK)
    result = wait(playbooks.start(request(worker.folder, implementation="book.yaml", host=worker.host())))
    assert (result.error or "").startswith("cannot start book.yaml: no machine of the pool is reserved for i-srv-0-")
    playbooks.close()
