"""An operation that runs as a process: its time limit, its end, what it printed and what it said.

Place in the flow: an executor starts a `Child` and gives the daemon a `RunningProcess` of it.  What all executors owe
the daemon stands here; where the process comes from, and how it tells why it failed, is the child's.
"""

from __future__ import annotations

import logging
import re
import signal
import time
from abc import ABC, abstractmethod
from dataclasses import replace

from engine.masking import Mask
from tosca.model import Value
from worker.executors.base import OperationRequest, Result, RunningOperation
from worker.executors.leftovers import kill_leftovers
from worker.executors.outputs import OutputError, OutputFile
from worker.executors.spool import Spool
from worker.hosts.base import HostError

logger = logging.getLogger(__name__)

OUTPUT_LIMIT = 1 << 20
GRACE = 5.0  # seconds between SIGTERM and SIGKILL
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class Child(ABC):
    """A process at the head of a session of its own."""

    @abstractmethod
    def fileno(self) -> int:
        """A descriptor that becomes readable when it has ended."""

    @abstractmethod
    def ended(self) -> bool:
        """Whether it has ended.  Until `reap` nobody else gets the number of its process group."""

    @abstractmethod
    def signal(self, number: signal.Signals) -> None:
        """Send a signal to its whole process group, from any thread; nothing happens when it was reaped."""

    @abstractmethod
    def reap(self) -> int | None:
        """Wait for its end and return its exit code, negative for a signal; None when nobody can tell it."""

    @abstractmethod
    def failure(self, code: int | None, last: bytes) -> str | None:
        """Why it failed, in one line; ``last`` is the end of what it printed.  None when it did not fail."""

    @abstractmethod
    def close(self) -> None:
        """Release its descriptor, and what was only there for it."""


class RunningProcess(RunningOperation):
    """An operation whose process is under way."""

    def __init__(
        self,
        request: OperationRequest,
        child: Child,
        spool: Spool,
        outputs: OutputFile,
        grace: float,
        *,
        started: float,
    ) -> None:
        self.request = request
        self._child = child
        self._spool = spool
        self._outputs = outputs
        self._grace = grace
        self._started = started
        self._handle = child.fileno()
        limit = request.time_limit
        self._time_limit = None if limit is None else time.monotonic() + limit
        self._stopped: str | None = None  # why it was stopped
        self._kill_at: float | None = None
        self._result: Result | None = None

    def fileno(self) -> int:
        return self._handle

    def result(self) -> Result | None:
        if self._result is None and self._child.ended():
            self._result = self._conclude()
        return self._result

    def printed(self) -> bytes | None:
        return self._spool.so_far() if self._result is None else None

    def tend(self, now: float) -> None:
        if self._result is not None or self._child.ended():
            return
        self._spool.tend()
        if self._time_limit is not None and now >= self._time_limit and self._stopped is None:
            self.stop(f"time limit of {self.request.time_limit:.10g} s exceeded")
        elif self._kill_at is not None and now >= self._kill_at:
            self._child.signal(signal.SIGKILL)

    def stop(self, reason: str) -> None:
        if self._result is None and self._stopped is None and not self._child.ended():
            self._stopped = reason
            self._kill_at = time.monotonic() + self._grace
            self._child.signal(signal.SIGTERM)

    def kill(self) -> None:
        if self._result is not None:
            return
        self._stopped = self._stopped or "killed by the worker"
        self._child.signal(signal.SIGKILL)
        self._child.reap()
        result = self._conclude()
        if result.output is not None:
            result.output.unlink(missing_ok=True)
        self._result = replace(result, output=None)

    def cut(self) -> None:
        self._stopped = self._stopped or "the worker has lost its lease"
        self._child.signal(signal.SIGKILL)
        kill_leftovers(self.request.id, self.request.attempt)

    def _conclude(self) -> Result:
        ended = time.time()
        if self._stopped is not None:
            self._child.signal(signal.SIGKILL)  # of an operation that was stopped nothing stays
        code = self._child.reap()
        if self._stopped is not None or code is None:
            kill_leftovers(self.request.id, self.request.attempt)
            self._kill_elsewhere()
        output, last = self._spool.finish()
        outputs, error = self._said(self._stopped or self._child.failure(code, last))
        error = None if error is None else Mask(self.request.secrets).line(error)
        self._child.close()
        self._handle = -1
        return Result(code, error, self._started, ended, output, outputs)

    def _kill_elsewhere(self) -> None:
        try:
            self.request.host.kill_leftovers(self.request.id, self.request.attempt)
        except (HostError, OSError) as error:  # it ends there by itself when it hears no more of us
            logger.warning("what operation %s has left may not be gone yet: %s", self.request.id, error)

    def _said(self, error: str | None) -> tuple[dict[str, Value], str | None]:
        """Its outputs, and why it failed; one that failed has none."""
        try:
            return ({} if error else self._outputs.read()), error
        except OutputError as malformed:
            return {}, str(malformed)
        finally:
            self._outputs.remove()


def ending(code: int) -> str:
    """How a process ended, in words."""
    return f"killed by {_signal_name(-code)}" if code < 0 else f"exit code {code}"


def one_line(text: str) -> str:
    """A text as part of a failure's reason: no control characters, and not long."""
    return _CONTROL.sub("�", text.strip())[:200]


def last_line(printed: bytes) -> str:
    """The last line that says something; empty when none does."""
    lines = [line for line in printed.decode(errors="replace").splitlines() if line.strip()]
    return one_line(lines[-1]) if lines else ""


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"  # real-time signals between the first and the last have no name
