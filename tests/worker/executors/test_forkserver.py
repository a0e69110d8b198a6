"""The process from which playbooks are forked: it ends with its worker, and another takes its place when it dies."""

from __future__ import annotations

import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.worker.executors.test_playbook import OWN, play, said
from tests.worker.executors.watching import alive, eventually, pid_in, wait
from tests.worker.requests import request
from worker.executors.base import OperationRequest
from worker.executors.leftovers import kill_leftovers
from worker.executors.playbooks.executor import PlaybookExecutor


@pytest.fixture
def executor(tmp_path: Path) -> Iterator[PlaybookExecutor]:
    found = PlaybookExecutor(tmp_path / "spool", OWN, grace=0.3)
    yield found
    found.close()


def lasting(folder: Path) -> OperationRequest:
    """A playbook that writes the numbers of its processes and stays."""
    shell = f"echo $$ > {folder}/child; setsid -f bash -c 'echo $$ > {folder}/daemon; exec sleep 600'; sleep 600"
    text = play({"shell": shell})
    return request(folder, text, implementation="scripts/run.yml")


def pids(folder: Path) -> list[int]:
    return [pid_in(folder / name) for name in ("child", "daemon")]


def processes_of(operation: str) -> list[int]:
    mark = f"DITRIT_OPERATION={operation}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                if mark in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


def test_there_is_none_before_the_first_playbook_and_one_for_all(executor: PlaybookExecutor, tmp_path: Path) -> None:
    assert executor.server.pid is None
    made = request(tmp_path, play(said(a=1)), implementation="scripts/run.yml")
    assert wait(executor.start(made)).outputs == {"a": 1}
    first = executor.server.pid
    assert wait(executor.start(made)).outputs == {"a": 1}
    assert executor.server.pid == first
    executor.close()
    assert executor.server.pid is None
    assert not alive(first or 0)
    assert list((tmp_path / "spool.playbooks").iterdir()) == []


def test_each_process_of_a_playbook_bears_the_marks_also_those_that_started_no_other_program(
    executor: PlaybookExecutor, tmp_path: Path
) -> None:
    made = lasting(tmp_path)
    operation = executor.start(made)
    started = pids(tmp_path)
    found = processes_of(made.id)
    assert set(started) < set(found)
    assert len(found) >= 5  # the one that runs the playbook, the one that runs the task, the module, and both of these
    assert executor.server.pid not in found
    assert kill_leftovers(made.id, 1) >= 5  # as the next attempt does, whoever runs it
    assert "killed by SIGKILL" in str(wait(operation).error)
    assert processes_of(made.id) == []


def test_when_it_is_killed_its_playbooks_fail_nothing_of_them_is_left_and_the_next_one_has_another(
    executor: PlaybookExecutor, tmp_path: Path
) -> None:
    made = lasting(tmp_path)
    operation = executor.start(made)
    started = pids(tmp_path)
    server = executor.server.pid
    assert server is not None
    os.kill(server, signal.SIGKILL)
    result = wait(operation)
    assert result.error == "the process that runs playbooks has died; it says why in the worker's log"
    assert (result.exit_code, result.outputs) == (None, {})
    assert not any(map(alive, started))
    assert processes_of(made.id) == []
    other = request(tmp_path, play(said(a=1)), implementation="scripts/other.yml")
    assert wait(executor.start(other)).outputs == {"a": 1}
    assert executor.server.pid not in (server, None)


WORKER = """\
import sys, time
from pathlib import Path
from tests.worker.executors.test_forkserver import lasting
from worker.executors.playbooks.executor import PlaybookExecutor
folder = Path(sys.argv[1])
executor = PlaybookExecutor(folder / "spool")
operation = executor.start(lasting(folder))
(folder / "server").write_text(f"{executor.server.pid}\\n")
time.sleep(600)
"""


def test_when_its_worker_is_killed_it_ends_with_all_that_it_runs(tmp_path: Path) -> None:
    worker = subprocess.Popen([sys.executable, "-c", WORKER, str(tmp_path)], cwd=Path(__file__).parents[3])
    try:
        everything = [*pids(tmp_path), pid_in(tmp_path / "server")]
    finally:
        worker.kill()
        worker.wait()
    assert eventually(lambda: not any(map(alive, everything)))
    left = tmp_path / "spool.playbooks"
    assert [path for path in left.iterdir() if path.name.startswith(f"{worker.pid}-")]
    PlaybookExecutor(tmp_path / "spool")
    assert list(left.iterdir()) == []


def test_one_that_is_given_up_before_it_has_begun_does_not_begin(executor: PlaybookExecutor, tmp_path: Path) -> None:
    """The forkserver is still loading Ansible; what it finds in its queue then is void."""
    operation = executor.start(
        request(tmp_path, play({"file": {"path": f"{tmp_path}/x", "state": "touch"}}), implementation="scripts/run.yml")
    )
    begun = time.monotonic()
    operation.kill()
    assert time.monotonic() - begun < 0.3  # it does not wait for Ansible to be loaded
    result = operation.result()
    assert result is not None
    assert result.error == "killed by the worker"
    after = request(tmp_path, play(said(a=1)), implementation="scripts/other.yml")
    assert wait(executor.start(after)).succeeded
    assert not (tmp_path / "x").exists()


def test_one_that_cannot_start_is_a_failure_of_its_playbooks(
    executor: PlaybookExecutor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    made = request(tmp_path, play(said(a=1)), implementation="scripts/run.yml")
    assert wait(executor.start(made)).error == (
        "the process that runs playbooks has died; it says why in the worker's log"
    )
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    assert wait(executor.start(made)).error == "cannot start scripts/run.yml: No such file or directory"


def test_inputs_stand_in_no_arguments_and_no_environment_of_any_process(
    executor: PlaybookExecutor, tmp_path: Path
) -> None:
    made = lasting(tmp_path)
    operation = executor.start(replace(made, inputs={"password": "hunter2"}))
    pids(tmp_path)
    found = processes_of(made.id)
    seen = b"".join(Path("/proc", str(pid), name).read_bytes() for pid in found for name in ("cmdline", "environ"))
    operation.kill()
    assert len(found) >= 5
    assert b"hunter2" not in seen


def test_the_marks_are_kept_where_become_gives_a_module_another_environment(
    executor: PlaybookExecutor, tmp_path: Path
) -> None:
    """As with ``sudo``, only that ``env -i`` may be used by anybody and leaves nothing at all."""
    become = {"ansible_become_exe": "env", "ansible_become_flags": "-i"}
    shell = f"env > {tmp_path}/env; echo $$ > {tmp_path}/pid; sleep 600"
    text = play({"shell": shell}, become=True, become_user="nobody", become_method="sudo", vars=become)
    operation = executor.start(request(tmp_path, text, implementation="scripts/run.yml"))
    child = pid_in(tmp_path / "pid")
    assert "NODE=" not in (tmp_path / "env").read_text()
    operation.stop("enough")
    assert wait(operation).error == "enough"
    assert not alive(child)


def test_more_operations_than_it_takes_at_once_wait_for_it(executor: PlaybookExecutor, tmp_path: Path) -> None:
    made = request(tmp_path, play(said(a="{{ ditrit.DITRIT_ATTEMPT }}")), implementation="scripts/run.yml")
    first = executor.start(made)
    end = executor.server._socket
    assert end is not None
    end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)  # the least that there is
    others = [executor.start(replace(made, attempt=attempt)) for attempt in range(2, 16)]
    assert len(executor.server._orders) > 0
    others[-1].kill()  # it was not even sent
    results = [wait(operation) for operation in (first, *others[:-1])]
    assert [result.outputs for result in results] == [{"a": str(attempt)} for attempt in range(1, 15)]


def test_what_waits_for_a_forkserver_that_dies_fails(executor: PlaybookExecutor, tmp_path: Path) -> None:
    made = request(tmp_path, play(said(a=1)), implementation="scripts/run.yml")
    first = executor.start(made)
    end, server = executor.server._socket, executor.server.pid
    assert end is not None
    assert server is not None
    end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
    others = [executor.start(replace(made, attempt=attempt)) for attempt in range(2, 16)]
    os.kill(server, signal.SIGKILL)
    errors = {wait(operation).error for operation in (first, *others)}
    assert errors == {"the process that runs playbooks has died; it says why in the worker's log"}


@pytest.mark.parametrize("spare", range(6))
def test_without_a_descriptor_left_it_is_a_failure_and_none_stays_open(
    executor: PlaybookExecutor, tmp_path: Path, spare: int
) -> None:
    made = request(tmp_path, play(said(a=1)), implementation="scripts/run.yml")
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    wait(executor.start(made))
    before = os.listdir("/proc/self/fd")
    first = os.open(os.devnull, os.O_RDONLY)  # the lowest number that is free; others above it may be taken
    os.close(first)
    resource.setrlimit(resource.RLIMIT_NOFILE, (first + spare, limits[1]))
    try:
        operation = executor.start(made)
        error = wait(operation).error
    except OSError as raised:  # not even for a failed start
        error = raised.strerror
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert error in (None, "Too many open files", "cannot start scripts/run.yml: Too many open files")
    assert os.listdir("/proc/self/fd") == before
