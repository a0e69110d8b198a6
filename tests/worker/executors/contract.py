"""What the daemon may rely on of every executor; each executor's tests run it with an executor of theirs."""

from __future__ import annotations

import gc
import os
import select
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import replace
from operator import methodcaller
from pathlib import Path
from typing import Any

import pytest

from tests.worker.executors.watching import alive, eventually, pid_in, wait
from tests.worker.requests import EXECUTION
from tosca.model import Value
from worker.executors.base import Executor, OperationRequest, Result, RunningOperation
from worker.executors.failed import FailedStart
from worker.executors.leftovers import kill_leftovers
from worker.executors.outputs import MOST_BYTES


class ExecutorContract(ABC):
    """The promises, each a test; commands are those of bash, run in the folder ``scripts``."""

    at_once = 40  # operations that run together in one of the tests

    @abstractmethod
    def commands(
        self, folder: Path, text: str, inputs: Mapping[str, Value] | None = None, **fields: Any
    ) -> OperationRequest:
        """A request for an operation that runs commands; they are written into the folder."""

    def run(self, executor: Executor, folder: Path, text: str, **fields: Any) -> Result:
        return wait(executor.start(self.commands(folder, text, **fields)))

    # Starting and ending

    def test_a_file_that_is_not_there_is_a_failure_that_says_so(self, executor: Executor, tmp_path: Path) -> None:
        (tmp_path / "csar").mkdir()
        made = self.commands(tmp_path / "csar", "true")
        (tmp_path / "csar" / made.implementation).unlink()
        operation = executor.start(made)
        operation.tend(0.0)
        operation.stop("x")
        result = wait(operation)
        operation.kill()
        assert operation.fileno() == -1
        assert result.error == f"cannot start {made.implementation}: No such file or directory"
        assert (result.exit_code, result.output, result.succeeded) == (None, None, False)
        assert isinstance(operation, FailedStart)
        assert operation.result() is result

    def test_a_folder_is_no_file_to_be_run(self, executor: Executor, tmp_path: Path) -> None:
        made = replace(self.commands(tmp_path / "csar", "true"), implementation="../spool")
        assert wait(executor.start(made)).error == "cannot start ../spool: Is a directory"

    def test_the_descriptor_becomes_readable_only_at_the_end(self, executor: Executor, tmp_path: Path) -> None:
        began = time.time()
        operation = executor.start(self.commands(tmp_path, "sleep 0.3"))
        assert select.select([operation.fileno()], [], [], 0) == ([], [], [])
        assert operation.result() is None
        assert select.select([operation.fileno()], [], [], 60)[0]
        result = operation.result()
        assert result is not None
        assert result is operation.result()
        assert result.ended - result.started >= 0.3
        assert began <= result.started < result.ended <= time.time()

    def test_a_daemon_left_behind_goes_on(self, executor: Executor, tmp_path: Path) -> None:
        (tmp_path / "here").touch()
        text = f"(while [ -e {tmp_path}/here ]; do sleep 0.01; done; echo > {tmp_path}/alive) > /dev/null 2>&1 &"
        assert self.run(executor, tmp_path, text).succeeded
        assert not (tmp_path / "alive").exists()
        (tmp_path / "here").unlink()
        assert eventually((tmp_path / "alive").exists)

    def test_many_operations_at_once_leave_no_descriptor_open(self, executor: Executor, tmp_path: Path) -> None:
        made = self.commands(tmp_path, f"echo > {tmp_path}/ran-$DITRIT_ATTEMPT")
        wait(executor.start(replace(made, attempt=0)))  # what is opened once for all
        gc.collect()  # what earlier tests have left open
        before = len(os.listdir("/proc/self/fd"))
        operations = [executor.start(replace(made, attempt=n)) for n in range(1, self.at_once)]
        results = [wait(operation, 60) for operation in operations]
        assert all(result.succeeded for result in results)
        assert len(list(tmp_path.glob("ran-*"))) == self.at_once
        gc.collect()
        assert len(os.listdir("/proc/self/fd")) <= before

    # Stopping

    def test_a_time_limit_stops_it_with_all_that_it_has_started(self, executor: Executor, tmp_path: Path) -> None:
        text = f"setsid -f bash -c 'echo $$ > {tmp_path}/daemon; exec sleep 100'\necho $$ > {tmp_path}/pid\nsleep 100"
        operation = executor.start(self.commands(tmp_path, text))
        pids = [pid_in(tmp_path / name) for name in ("daemon", "pid")]
        operation._time_limit = time.monotonic()  # type: ignore[attr-defined]  # however long it took to come here
        operation.request = replace(operation.request, time_limit=0.2)  # type: ignore[attr-defined]
        assert wait(operation).error == "time limit of 0.2 s exceeded"
        assert not any(map(alive, pids))

    def test_stopping_reaches_what_it_has_started_and_says_why(self, executor: Executor, tmp_path: Path) -> None:
        operation = executor.start(self.commands(tmp_path, f"sleep 100 & echo $! > {tmp_path}/pid\nwait"))
        child = pid_in(tmp_path / "pid")
        operation.stop("execution cancelled")
        operation.stop("another reason")
        assert wait(operation).error == "execution cancelled"
        assert not alive(child)

    def test_of_a_stopped_operation_no_child_is_left_that_ignores_the_request(
        self, executor: Executor, tmp_path: Path
    ) -> None:
        text = f"(trap '' TERM; echo $BASHPID > {tmp_path}/pid; exec sleep 100) & sleep 100"
        operation = executor.start(self.commands(tmp_path, text))
        child = pid_in(tmp_path / "pid")
        operation.stop("execution cancelled")
        assert wait(operation).error == "execution cancelled"
        assert eventually(lambda: not alive(child), 1.0)

    def test_stopping_what_has_ended_changes_nothing(self, executor: Executor, tmp_path: Path) -> None:
        operation = executor.start(self.commands(tmp_path, "exit 0", time_limit=0.0))
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

    def test_killing_reaches_what_has_left_the_session(self, executor: Executor, tmp_path: Path) -> None:
        text = f"trap '' TERM; echo started\nsetsid -f bash -c 'echo $$ > {tmp_path}/pid; exec sleep 100'\nsleep 100"
        operation = executor.start(self.commands(tmp_path, text))
        daemon = pid_in(tmp_path / "pid")
        operation.kill()
        assert not alive(daemon)
        result = operation.result()
        assert result is not None
        assert (result.exit_code, result.error, result.output) == (-9, "killed by the worker", None)
        assert operation.fileno() == -1
        assert list((tmp_path / "spool").iterdir()) == []

    def test_one_that_is_cut_from_another_thread_ends_with_all_that_it_has_started(
        self, executor: Executor, tmp_path: Path
    ) -> None:
        operation = executor.start(
            self.commands(tmp_path, f"setsid sleep 600 &\necho $! > {tmp_path}/child\nsleep 600\n")
        )
        child = pid_in(tmp_path / "child")
        thread = threading.Thread(target=operation.cut)
        thread.start()
        thread.join(20)

        assert eventually(lambda: not alive(child))
        assert wait(operation).error == "the worker has lost its lease"
        operation.cut()  # nothing is left to be cut

    @pytest.mark.parametrize("end", [methodcaller("kill"), methodcaller("cut")], ids=["kill", "cut"])
    def test_the_end_of_an_attempt_is_not_that_of_a_later_one_on_the_same_machine(
        self, executor: Executor, tmp_path: Path, end: Callable[[RunningOperation], None]
    ) -> None:
        """A worker that was stopped for long and goes on must not kill what has rightly begun under another worker."""
        text = f"echo $$ > {tmp_path}/attempt-$DITRIT_ATTEMPT\nsleep 600\n"
        first = self.commands(tmp_path, text)  # written once: a shell reads its script while it runs
        attempts = [executor.start(replace(first, attempt=attempt)) for attempt in (1, 2, 3)]
        pids = [pid_in(tmp_path / f"attempt-{attempt}") for attempt in (1, 2, 3)]

        end(attempts[1])
        assert eventually(lambda: not alive(pids[0]) and not alive(pids[1]))  # what came before it is a leftover
        assert alive(pids[2])
        assert attempts[2].result() is None
        for attempt in attempts:
            attempt.kill()

    def test_leftovers_of_one_operation_are_killed_and_no_others(self, executor: Executor, tmp_path: Path) -> None:
        one = f"{EXECUTION}/1"
        text = f'setsid -f bash -c "echo \\$\\$ > {tmp_path}/pid$DITRIT_ATTEMPT; exec sleep 100" > /dev/null 2>&1'
        for attempt, operation_id in ((1, one), (2, f"{one}1"), (3, one)):
            assert self.run(executor, tmp_path, text, id=operation_id, attempt=attempt).succeeded
        first, other, third = (pid_in(tmp_path / f"pid{n}") for n in (1, 2, 3))
        assert all(map(alive, (first, other, third)))
        assert kill_leftovers(one, 3) == 2
        assert [alive(first), alive(other), alive(third)] == [False, True, False]
        assert kill_leftovers(one, 3) == 0
        assert kill_leftovers(f"{one}1", 2) == 1

    # Outputs

    def test_an_operation_says_outputs_in_a_file_that_nobody_else_can_reach(
        self, executor: Executor, tmp_path: Path
    ) -> None:
        text = (
            '[ ! -e "$DITRIT_OUTPUTS" ]\necho port=5432 >> "$DITRIT_OUTPUTS"\necho "names:=[1]" >> "$DITRIT_OUTPUTS"\n'
            'echo "mode=$(stat -c %a "$(dirname "$DITRIT_OUTPUTS")")" >> "$DITRIT_OUTPUTS"'
        )
        result = self.run(executor, tmp_path, f"set -e\n{text}")
        assert (result.error, result.outputs) == (None, {"port": "5432", "names": [1], "mode": "700"})
        assert left(tmp_path) == []

    def test_one_that_says_nothing_has_no_outputs(self, executor: Executor, tmp_path: Path) -> None:
        assert self.run(executor, tmp_path, "true").outputs == {}

    def test_outputs_of_an_operation_that_fails_are_not_taken(self, executor: Executor, tmp_path: Path) -> None:
        result = self.run(executor, tmp_path, 'echo port=1 > "$DITRIT_OUTPUTS"\nexit 3')
        assert not result.succeeded
        assert result.outputs == {}
        assert left(tmp_path) == []

    def test_nothing_is_left_of_an_operation_that_is_killed(self, executor: Executor, tmp_path: Path) -> None:
        operation = executor.start(self.commands(tmp_path, 'echo port=1 > "$DITRIT_OUTPUTS"\nsleep 60'))
        operation.kill()
        assert left(tmp_path) == []

    @pytest.mark.parametrize(
        ("text", "error"),
        [
            ("echo wrong > $F", "its outputs cannot be taken: line 1: found no '='"),
            (
                f"head -c {MOST_BYTES} /dev/zero | tr '\\0' x > $F; echo >> $F",
                f"found more than {MOST_BYTES} bytes in the file, expected at most so many",
            ),
        ],
        ids=["wrong", "long"],
    )
    def test_an_operation_whose_outputs_cannot_be_read_fails(
        self, executor: Executor, tmp_path: Path, text: str, error: str
    ) -> None:
        result = self.run(executor, tmp_path, f'F="$DITRIT_OUTPUTS"\n{text}')
        assert result.exit_code == 0
        assert error in str(result.error)
        assert result.outputs == {}
        assert left(tmp_path) == []


def left(folder: Path) -> list[Path]:
    """What is left of outputs, and of all else that is there only for an operation under way."""
    beside = [folder / f"spool.{name}" for name in ("outputs", "playbooks")]
    found = [path for place in beside if place.is_dir() for path in place.iterdir()]
    return [path for path in found if not path.name.endswith("-server")]
