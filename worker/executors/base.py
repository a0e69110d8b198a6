"""The contract of executors: how an operation is started, watched and stopped.

Place in the flow: the daemon takes an operation tuple and makes an `OperationRequest` of it; the executor that the
registry names for its artifact type starts it; the daemon waits for `RunningOperation.fileno` and commits the `Result`.
An executor never blocks: everything that takes time happens in the process that it started.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tosca.model import Value
from worker.hosts.base import Host
from worker.hosts.local import LOCAL_HOST


@dataclass(frozen=True, slots=True)
class OperationRequest:
    """One attempt at one operation, everything that it needs evaluated."""

    id: str  # the same for all attempts: "<execution>/<production>/<flat>/<step>"
    execution: str
    model: str
    instance: str
    node: str
    index: tuple[int, ...]
    interface: str
    operation: str
    implementation: str  # path of the primary artifact inside `folder`
    dependencies: tuple[str, ...]
    folder: Path  # the CSAR, extracted
    inputs: Mapping[str, Value]
    variables: Mapping[str, str]  # further environment variables: NODE, INSTANCE, SOURCE_NODE, ...
    attempt: int
    fence: str  # rises with each attempt: lets a script refuse a late predecessor
    time_limit: float | None  # seconds
    host: Host = LOCAL_HOST  # where it runs
    ends: Callable[[], Mapping[str, Host]] = dict  # asked for them: the hosts of the instances at both ends
    program: tuple[str, ...] = ()  # the command of a host provider's own operation; else there is an implementation
    secrets: frozenset[str] = field(default=frozenset(), repr=False)  # what nobody is to see of what it prints


@dataclass(frozen=True, slots=True)
class Result:
    """How an attempt ended.  ``exit_code`` is negative for a signal; ``error`` is None exactly when it succeeded."""

    exit_code: int | None
    error: str | None
    started: float  # seconds since the epoch
    ended: float
    output: Path | None  # what it printed, stdout and stderr as they came; None when it printed nothing
    outputs: Mapping[str, Value] = field(default_factory=dict)  # the values that it said; none when it failed
    unmet: str | None = None  # of a check that nothing is started for: what did not hold

    @property
    def succeeded(self) -> bool:
        return self.error is None


class RunningOperation(ABC):
    """An operation under way."""

    @abstractmethod
    def fileno(self) -> int:
        """A descriptor that becomes readable when the operation has ended."""

    @abstractmethod
    def result(self) -> Result | None:
        """The result, once it has ended; None before.  Never blocks; releases the descriptor with the first result."""

    def printed(self) -> bytes | None:
        """What it has printed so far, as anybody may see it; None when that is what it was when last asked for."""
        return None

    @abstractmethod
    def tend(self, now: float) -> None:
        """Called about once a second: enforces the time limit and the bound on output; ``now`` is `time.monotonic`."""

    @abstractmethod
    def stop(self, reason: str) -> None:
        """Ask it to end (SIGTERM to its whole process group, SIGKILL some seconds later by `tend`); returns at once.

        Its result is then a failure that says ``reason``.
        """

    @abstractmethod
    def kill(self) -> None:
        """End it and everything it started, now, and wait until they are gone.

        Its result is then a failure without output, and its descriptor is released.
        """

    @abstractmethod
    def cut(self) -> None:
        """The same from any thread, and without its result: `kill`, or the result, follows from the daemon's loop."""


class Executor(ABC):
    """Starts the operations of some artifact types."""

    @abstractmethod
    def start(self, request: OperationRequest) -> RunningOperation:
        """Start it and return without waiting.

        A file that cannot be started (missing, no permission, wrong format) is no exception but a `RunningOperation`
        whose result says so.
        """
