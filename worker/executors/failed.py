"""Operations for which nothing needs to run, and those that could not even be started.

Place in the flow: executors and the runner give them to the daemon, which commits them like all others.
"""

from __future__ import annotations

import os
import time

from worker.executors.base import Result, RunningOperation


class EndedAtOnce(RunningOperation):
    """It has ended before it began."""

    def __init__(self, result: Result) -> None:
        self._handle = os.eventfd(1)  # readable at once
        self._result = result

    def fileno(self) -> int:
        return self._handle

    def result(self) -> Result:
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1
        return self._result

    def tend(self, now: float) -> None:
        pass

    def stop(self, reason: str) -> None:
        pass

    def kill(self) -> None:
        self.result()

    def cut(self) -> None:
        pass


class FailedStart(EndedAtOnce):
    """It could not be started, for this reason."""

    def __init__(self, error: str, started: float) -> None:
        super().__init__(Result(None, error, started, time.time(), None))
