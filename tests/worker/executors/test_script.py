"""Scripts are run, watched, bounded and stopped."""

from __future__ import annotations

import os
import signal
import stat
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.worker.executors.contract import ExecutorContract
from tests.worker.executors.watching import eventually, printed, wait
from tests.worker.requests import request
from tosca.model import Value
from worker.executors.base import OperationRequest
from worker.executors.failed import FailedStart
from worker.executors.script import ScriptExecutor

OWN = {"PATH": os.environ["PATH"], "HOME": "/root", "AWS_SECRET_ACCESS_KEY": "s", "DITRIT_SPACE": "consul://token@x"}


@pytest.fixture
def executor(tmp_path: Path) -> ScriptExecutor:
    return ScriptExecutor(tmp_path / "spool", OWN, grace=0.3)


class TestScripts(ExecutorContract):
    """The contract of executors."""

    def commands(
        self, folder: Path, text: str, inputs: Mapping[str, Value] | None = None, **fields: Any
    ) -> OperationRequest:
        return request(folder, text, inputs, **fields)


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


# Leftovers


def test_files_of_workers_that_are_no_more_are_swept(tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    spool.mkdir()
    for name in ("999999999-1.log", f"{os.getpid()}-1.log", "mine.txt"):
        (spool / name).touch()
    ScriptExecutor(spool, OWN)
    assert sorted(path.name for path in spool.iterdir()) == [f"{os.getpid()}-1.log", "mine.txt"]
