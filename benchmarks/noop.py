"""A worker whose operations do nothing: what is left is the engine.

Place in the flow: the product's own worker loop on a space, with a `worker.daemon.Runner` that starts no process.

    python -m benchmarks.noop SPACE NAME SLOTS
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Sequence

from engine.executions.work import Work
from engine.space import open_space
from engine.space.client import Held
from worker.daemon import Worker
from worker.executors.base import Result, RunningOperation


class NoOperation(RunningOperation):
    """An operation that has ended as soon as it is looked at."""

    def __init__(self, handle: int) -> None:
        self._handle = handle
        self._started = time.time()

    def fileno(self) -> int:
        return self._handle

    def result(self) -> Result:
        return Result(0, None, self._started, time.time(), None)

    def tend(self, now: float) -> None:
        """Nothing can exceed a limit."""

    def stop(self, reason: str) -> None:
        """It has ended already."""

    def kill(self) -> None:
        """It has ended already."""

    def cut(self) -> None:
        """It has ended already."""


class NoRunner:
    """Starts nothing; the descriptors, always readable, are used again."""

    def __init__(self) -> None:
        self._free: list[int] = []

    def start(self, work: Work, held: Held, mine: Callable[[], bool]) -> RunningOperation:
        del work, held, mine  # whatever it is, it has ended
        return NoOperation(self._free.pop() if self._free else os.eventfd(1))

    def file(self, held: Held, result: Result) -> None:
        """There is no output."""

    def committed(self, work: Work, results: Sequence[tuple[Held, Result]]) -> None:
        """There is no journal."""

    def pause(self, _work: Work, _held: Held) -> float | None:
        return None

    def show(self, _held: Held, _operation: RunningOperation) -> None:
        """There is no output."""

    def forget(self, operation: RunningOperation) -> None:
        self._free.append(operation.fileno())


def main() -> None:
    url, name, slots = sys.argv[1:]
    space = open_space(url)
    worker = Worker(space, NoRunner(), name=name, host="bench", slots=int(slots))
    signal.signal(signal.SIGTERM, lambda _number, _frame: worker.stop())
    worker.run()
    space.close()


if __name__ == "__main__":
    main()
