"""Scripts are run, watched, bounded and stopped."""

from __future__ import annotations

import os
import select
import signal
import stat
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from operator import methodcaller
from pathlib import Path

import pytest

from tests.worker.requests import request
from worker.executors.base import Result, RunningOperation
from worker.executors.leftovers import kill_leftovers
from worker.executors.script import FailedStart, ScriptExecutor

OWN = {"PATH": os.environ["PATH"], "HOME": "/root", "AWS_SECRET_ACCESS_KEY": "s", "DITRIT_SPACE": "consul://token@x"}


@pytest.fixture
def executor(tmp_path: Path) -> ScriptExecutor:
    return ScriptExecutor(tmp_path / "spool", OWN, grace=0.3)


def wait(operation: RunningOperation, seconds: float = 20.0) -> Result:
    """The result, tending meanwhile as the daemon does, only more often."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        select.select([operation.fileno()], [], [], 0.05)
        result = operation.result()
        if result is not None:
            return result
        operation.tend(time.monotonic())
    raise AssertionError("the operation did not end")


def printed(result: Result) -> str:
    return "" if result.output is None else result.output.read_text()


def eventually(condition: Callable[[], bool], seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return condition()


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def pid_in(path: Path) -> int:
    assert eventually(lambda: path.exists() and path.read_text().endswith("\n"))
    return int(path.read_text())


# Starting


@pytest.mark.parametrize(
    ("name", "text", "output"),
    [
        ("a/run.sh", "[[ a == a ]] && echo bash", "bash\n"),
        ("no-extension", "[[ a == a ]] && echo bash", "bash\n"),
        ("run.py", "print('python')", "python\n"),
        ("run.sh", "#!/usr/bin/env python3\nprint('python')", "python\n"),
        ("with space.SH", "#!/bin/sh -e\nfalse || echo sh\n", "sh\n"),
    ],
)
def test_a_script_runs_with_its_interpreter(
    executor: ScriptExecutor, tmp_path: Path, name: str, text: str, output: str
) -> None:
    result = wait(executor.start(request(tmp_path, text, implementation=name)))
    assert (result.exit_code, result.error, printed(result)) == (0, None, output)


def test_a_script_with_an_interpreter_line_is_made_executable(executor: ScriptExecutor, tmp_path: Path) -> None:
    assert wait(executor.start(request(tmp_path, "#!/bin/sh\n"))).succeeded
    assert stat.S_IMODE((tmp_path / "scripts/run.sh").stat().st_mode) & 0o111 == 0o111


def test_a_program_runs_as_it_is(executor: ScriptExecutor, tmp_path: Path) -> None:
    (tmp_path / "true").write_bytes(Path("/bin/true").read_bytes())
    assert wait(executor.start(request(tmp_path, implementation="true"))).succeeded


def test_a_script_runs_in_its_own_folder_without_stdin_in_a_session_of_its_own(
    executor: ScriptExecutor, tmp_path: Path
) -> None:
    text = "cat\npwd -P\necho $$ $(ps -o sid= -p $$)"
    folder, ids = printed(wait(executor.start(request(tmp_path, text)))).splitlines()
    assert folder == str((tmp_path / "scripts").resolve())
    assert len(set(ids.split())) == 1


def test_a_relative_folder_is_meant_from_the_workers_place(
    executor: ScriptExecutor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request(tmp_path, "#!/bin/sh\necho here")
    monkeypatch.chdir(tmp_path)
    assert printed(wait(executor.start(request(Path("."))))) == "here\n"


def test_a_script_sees_its_inputs_and_none_of_the_workers_secrets(executor: ScriptExecutor, tmp_path: Path) -> None:
    result = wait(executor.start(request(tmp_path, "env", {"port": 8080, "a-b": 1}, variables={"HOST": "srvA"})))
    lines = printed(result).splitlines()
    assert {"port=8080", "HOST=srvA", "NODE=A", "INSTANCE=2,1", "DITRIT_FENCE=7"} < set(lines)
    assert lines[0] == "input 'a-b' is not passed on: no name of a variable"
    assert not [line for line in lines if line.startswith(("AWS_", "DITRIT_SPACE"))]


@pytest.mark.parametrize(
    ("name", "text", "inputs", "error"),
    [
        ("missing.sh", None, {}, "cannot start missing.sh: No such file or directory"),
        ("../spool", None, {}, "cannot start ../spool: Is a directory"),
        ("x.sh", "#!/no/such/shell -e\n", {}, "cannot start x.sh: its interpreter '/no/such/shell' is not there"),
        ("x.sh", "#!/bin/sh\r\n", {}, "cannot start x.sh: its interpreter '/bin/sh\\r' is not there"),
        ("x", "\x7fELF but not really", {}, "cannot start x: Exec format error"),
        ("x.sh", "", {"a": "b\0c"}, "cannot start x.sh: input 'a' contains a NUL character"),
        ("x.sh", "", {"a": 1, "b": "x" * 10**7}, "the longest is 'b' with 10000000 characters"),
    ],
)
def test_what_cannot_be_started_is_a_failure_that_says_why(
    executor: ScriptExecutor, tmp_path: Path, name: str, text: str | None, inputs: dict[str, str], error: str
) -> None:
    (tmp_path / "csar").mkdir()
    operation = executor.start(request(tmp_path / "csar", text, inputs, implementation=name))
    operation.tend(0.0)
    operation.stop("x")
    result = wait(operation)
    operation.kill()
    assert operation.fileno() == -1
    assert error in str(result.error)
    assert (result.exit_code, result.output, result.succeeded) == (None, None, False)
    assert isinstance(operation, FailedStart)
    assert operation.result() is result


# Ending


def test_the_descriptor_becomes_readable_only_at_the_end(executor: ScriptExecutor, tmp_path: Path) -> None:
    operation = executor.start(request(tmp_path, "sleep 0.3"))
    assert select.select([operation.fileno()], [], [], 0) == ([], [], [])
    assert operation.result() is None
    assert select.select([operation.fileno()], [], [], 10)[0]
    result = operation.result()
    assert result is not None
    assert result is operation.result()
    assert 0.3 <= result.ended - result.started < 5


@pytest.mark.parametrize(
    ("text", "code", "error"),
    [
        ("exit 3", 3, "exit code 3"),
        ("echo first; echo last >&2; echo; exit 1", 1, "exit code 1: last"),
        ("printf 'a\\033[31m\\tb\\n'; exit 1", 1, "exit code 1: a�[31m�b"),
        ("printf 'x%.0s' {1..300}; exit 1", 1, "exit code 1: " + "x" * 200),
        ("printf '\\377\\n'; exit 1", 1, "exit code 1: �"),
        ("kill -KILL $$", -9, "killed by SIGKILL"),
        ("echo dying; kill -SEGV $$", -11, "killed by SIGSEGV: dying"),
        ("kill -40 $$", -40, "killed by signal 40"),
    ],
)
def test_a_failure_says_how_it_ended_and_the_last_line_printed(
    executor: ScriptExecutor, tmp_path: Path, text: str, code: int, error: str
) -> None:
    result = wait(executor.start(request(tmp_path, text)))
    assert (result.exit_code, result.error) == (code, error)


def test_a_script_that_prints_nothing_has_no_output(executor: ScriptExecutor, tmp_path: Path) -> None:
    assert wait(executor.start(request(tmp_path, "true"))).output is None
    assert list((tmp_path / "spool").iterdir()) == []


def test_a_daemon_left_behind_goes_on_and_can_still_print(executor: ScriptExecutor, tmp_path: Path) -> None:
    text = "(sleep 0.4; echo more; echo $BASHPID > alive) &\necho started"
    result = wait(executor.start(request(tmp_path, text)))
    assert printed(result) == "started\n"
    assert eventually((tmp_path / "scripts/alive").exists)
    assert printed(result) == "started\n"


def test_many_operations_at_once_leave_no_descriptor_open(executor: ScriptExecutor, tmp_path: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))
    made = request(tmp_path, "#!/bin/sh\necho $DITRIT_ATTEMPT")
    operations = [executor.start(replace(made, attempt=n)) for n in range(40)]
    results = [wait(operation) for operation in operations]
    assert [printed(result) for result in results] == [f"{n}\n" for n in range(40)]
    assert len(os.listdir("/proc/self/fd")) == before


# Bounding


def test_of_a_long_output_the_first_and_the_last_half_are_kept(tmp_path: Path) -> None:
    executor = ScriptExecutor(tmp_path / "spool", OWN, output_limit=1000)
    result = wait(executor.start(request(tmp_path, "for i in {1000..1999}; do echo $i; done; exit 1")))
    lines = printed(result).splitlines()
    assert lines[0] == "1000"
    assert lines[100:102] == ["", "[... 4000 bytes left out ...]"]
    assert lines[-1] == "1999"
    assert len(printed(result)) < 1100
    assert result.error == "exit code 1: 1999"


def test_ten_megabytes_of_output_become_one(executor: ScriptExecutor, tmp_path: Path) -> None:
    result = wait(
        executor.start(request(tmp_path, "echo first; head -c 10000000 /dev/zero | tr '\\0' x; echo; echo last"))
    )
    assert result.output is not None
    assert 1 << 20 <= result.output.stat().st_size < (1 << 20) + 100
    assert printed(result).startswith("first\nxxx")
    assert printed(result).endswith("xxx\nlast\n")


def test_a_script_that_prints_without_end_fills_no_disk(executor: ScriptExecutor, tmp_path: Path) -> None:
    operation = executor.start(request(tmp_path, "echo first; exec yes"))
    spool = operation._spool.handle  # type: ignore[attr-defined]  # the file has no name
    sizes = []
    for _ in range(21):
        time.sleep(0.05)
        operation.tend(time.monotonic())
        sizes.append(os.fstat(spool).st_size)  # it writes on meanwhile, at times much
    assert sorted(sizes)[10] <= 16 << 20
    operation.stop("enough")
    result = wait(operation)
    assert printed(result).startswith("first\ny\n")
    assert printed(result).endswith("y\ny\n")
    assert "bytes left out" in printed(result)
    assert result.output is not None
    assert result.output.stat().st_size < (1 << 20) + 100


# Stopping


def test_a_time_limit_stops_it(executor: ScriptExecutor, tmp_path: Path) -> None:
    result = wait(executor.start(request(tmp_path, "echo waiting; sleep 100", time_limit=0.2)))
    assert result.error == "time limit of 0.2 s exceeded"
    assert result.exit_code == -signal.SIGTERM
    assert printed(result) == "waiting\n"


def test_stopping_reaches_the_whole_group_and_says_why(executor: ScriptExecutor, tmp_path: Path) -> None:
    operation = executor.start(request(tmp_path, "sleep 100 & echo $! > pid\nwait"))
    child = pid_in(tmp_path / "scripts/pid")
    operation.stop("execution cancelled")
    assert wait(operation).error == "execution cancelled"
    assert not alive(child)


def test_a_script_that_ends_well_when_stopped_has_failed_all_the_same(executor: ScriptExecutor, tmp_path: Path) -> None:
    operation = executor.start(request(tmp_path, "trap 'echo bye; exit 0' TERM\ntouch ready\nwhile :; do :; done"))
    assert eventually((tmp_path / "scripts/ready").exists)
    operation.stop("execution cancelled")
    result = wait(operation)
    assert (result.exit_code, result.error, printed(result)) == (0, "execution cancelled", "bye\n")


def test_a_script_that_ignores_the_request_is_killed_after_the_grace(executor: ScriptExecutor, tmp_path: Path) -> None:
    operation = executor.start(request(tmp_path, "trap '' TERM\ntouch ready\nwhile :; do sleep 0.01; done"))
    assert eventually((tmp_path / "scripts/ready").exists)
    begun = time.monotonic()
    operation.stop("execution cancelled")
    operation.stop("another reason")
    result = wait(operation)
    assert (result.exit_code, result.error) == (-signal.SIGKILL, "execution cancelled")
    assert time.monotonic() - begun >= 0.3


def test_stopping_what_has_ended_changes_nothing(executor: ScriptExecutor, tmp_path: Path) -> None:
    operation = executor.start(request(tmp_path, "exit 0", time_limit=0.0))
    select.select([operation.fileno()], [], [], 10)
    operation.stop("too late")
    operation.tend(time.monotonic())
    assert wait(operation).succeeded
    operation.stop("too late")
    operation.kill()
    operation.tend(time.monotonic())
    result = operation.result()
    assert result is not None
    assert result.succeeded
    assert operation.fileno() == -1


def test_of_a_stopped_operation_no_child_is_left_that_ignores_the_request(
    executor: ScriptExecutor, tmp_path: Path
) -> None:
    operation = executor.start(request(tmp_path, "(trap '' TERM; echo $BASHPID > pid; exec sleep 100) & sleep 100"))
    child = pid_in(tmp_path / "scripts/pid")
    operation.stop("execution cancelled")
    assert wait(operation).error == "execution cancelled"
    assert eventually(lambda: not alive(child), 1.0)


def test_killing_reaches_what_has_left_the_session(executor: ScriptExecutor, tmp_path: Path) -> None:
    text = "trap '' TERM; echo started\nsetsid -f bash -c 'echo $$ > pid; exec sleep 100'\nsleep 100"
    operation = executor.start(request(tmp_path, text))
    daemon = pid_in(tmp_path / "scripts/pid")
    operation.kill()
    assert not alive(daemon)
    result = operation.result()
    assert result is not None
    assert (result.exit_code, result.error, result.output) == (-signal.SIGKILL, "killed by the worker", None)
    assert operation.fileno() == -1
    assert list((tmp_path / "spool").iterdir()) == []


# Leftovers


def test_leftovers_of_one_operation_are_killed_and_no_others(executor: ScriptExecutor, tmp_path: Path) -> None:
    text = 'setsid -f bash -c "echo \\$\\$ > pid$DITRIT_ATTEMPT; exec sleep 100"'
    for attempt, operation_id in ((1, "e1/1"), (2, "e1/11"), (3, "e1/1")):
        wait(executor.start(request(tmp_path, text, id=operation_id, attempt=attempt)))
    first, other, third = (pid_in(tmp_path / f"scripts/pid{n}") for n in (1, 2, 3))
    assert all(map(alive, (first, other, third)))
    assert kill_leftovers("e1/1", 3) == 2
    assert [alive(first), alive(other), alive(third)] == [False, True, False]
    assert kill_leftovers("e1/1", 3) == 0
    assert kill_leftovers("e1/11", 2) == 1


def test_files_of_workers_that_are_no_more_are_swept(tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    spool.mkdir()
    for name in ("999999999-1.log", f"{os.getpid()}-1.log", "mine.txt"):
        (spool / name).touch()
    ScriptExecutor(spool, OWN)
    assert sorted(path.name for path in spool.iterdir()) == [f"{os.getpid()}-1.log", "mine.txt"]


def test_a_script_that_is_cut_from_another_thread_ends_with_all_that_it_has_started(
    executor: ScriptExecutor, tmp_path: Path
) -> None:
    script = f"setsid sleep 600 &\necho $! > {tmp_path}/child\nsleep 600\n"
    operation = executor.start(request(tmp_path, script))
    child = pid_in(tmp_path / "child")
    thread = threading.Thread(target=operation.cut)
    thread.start()
    thread.join(20)

    assert eventually(lambda: not alive(child))
    assert wait(operation).error == "the worker has lost its lease"
    operation.cut()  # nothing is left to be cut


@pytest.mark.parametrize("end", [methodcaller("kill"), methodcaller("cut")], ids=["kill", "cut"])
def test_the_end_of_an_attempt_is_not_that_of_a_later_one_on_the_same_machine(
    executor: ScriptExecutor, tmp_path: Path, end: Callable[[RunningOperation], None]
) -> None:
    """A worker that was stopped for long and goes on must not kill what has rightly begun under another worker."""
    script = f"echo $$ > {tmp_path}/attempt-$DITRIT_ATTEMPT\nsleep 600\n"
    first = request(tmp_path, script)  # written once: a shell reads its script while it runs
    attempts = [executor.start(replace(first, attempt=attempt)) for attempt in (1, 2, 3)]
    pids = [pid_in(tmp_path / f"attempt-{attempt}") for attempt in (1, 2, 3)]

    end(attempts[1])
    assert eventually(lambda: not alive(pids[0]) and not alive(pids[1]))  # what came before it is a leftover
    assert alive(pids[2])
    assert attempts[2].result() is None
    for attempt in attempts:
        attempt.kill()
