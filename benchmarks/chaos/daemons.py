"""Processes that are to be there whatever happens to them, and the lines on which they reach Consul's servers.

Place in the flow: `benchmarks.chaos.site` starts them, `benchmarks.chaos.faults` strikes them.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.proxy import Proxy

ROOT = Path(__file__).parents[2]
_PAUSE = 0.5  # seconds before a program that has ended by itself is started again


@dataclass
class Daemon:
    """A program and its process, of which there may be many one after the other."""

    name: str
    command: Callable[[str], Sequence[str]]  # of the name of the process
    environment: Mapping[str, str]
    log: Path
    lines: Sequence[Proxy]
    process: subprocess.Popen[bytes] | None = None
    wanted: bool = False
    pids: list[int] = field(default_factory=list)  # of all its processes
    failures: int = 0  # processes that ended by themselves
    _starts: int = 0
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def start(self) -> None:
        """Start a process; from now on there is one."""
        with self._lock:
            self._starts += 1
            self.wanted = True
            with self.log.open("ab") as log:
                self.process = subprocess.Popen(
                    self.command(f"{self.name}.{self._starts}"),
                    cwd=ROOT,
                    env=dict(self.environment),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            self.pids.append(self.process.pid)

    def end(self, number: int, patience: float = 30.0) -> None:
        """Send a signal that ends it, and wait for that; from now on there is no process."""
        with self._lock:
            process, self.process, self.wanted = self.process, None, False
        if process is None:
            return
        process.send_signal(number)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise

    def tend(self) -> None:
        """Start it again if it has ended by itself."""
        with self._lock:
            if self.wanted and (self.process is None or self.process.poll() is not None):
                self.failures += 1
                self.start()

    def signal(self, number: int) -> int:
        """Send a signal; the number of the process."""
        with self._lock:
            if self.process is None or self.process.poll() is not None:
                return -1
            self.process.send_signal(number)
            return self.process.pid

    @property
    def pid(self) -> int:
        with self._lock:
            return -1 if self.process is None else self.process.pid


class Nurse:
    """A thread that tends daemons."""

    def __init__(self, daemons: Sequence[Daemon]) -> None:
        self._daemons = daemons
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._tend, name="nurse", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._over.set()
        self._thread.join()

    def _tend(self) -> None:
        while not self._over.wait(_PAUSE):
            for daemon in self._daemons:
                daemon.tend()


def end_all(daemons: Sequence[Daemon], grace: float = 15.0) -> None:
    """Ask all of them to end, and kill those that do not."""
    deadline = time.monotonic() + grace
    for daemon in daemons:
        daemon.wanted = False
        daemon.signal(signal.SIGCONT)
        daemon.signal(signal.SIGTERM)
    for daemon in daemons:
        if daemon.process is not None:
            try:
                daemon.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                daemon.process.kill()
                daemon.process.wait()


def clean_environment() -> dict[str, str]:
    """The environment without what would set our programs or boto3."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("DITRIT_", "AWS_", "CONSUL_"))}
