"""The worker's side of its forkserver: starts it, starts it again when it has died, and sends it jobs.

Place in the flow: `worker.executors.playbooks.executor` → **ForkServerClient** → `worker.executors.playbooks.server`.
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path

import worker
from worker.executors.playbooks import channel, mark
from worker.executors.playbooks.job import Job

_PATIENCE = 5.0  # seconds for a forkserver to do what it is told
_SETTINGS = Path(__file__).with_name("ansible.cfg")


class _Order:
    """A job on its way, and the descriptors that go with it."""

    def __init__(self, message: dict[str, object], end: socket.socket, job: int, spool: int) -> None:
        self.message = message
        self._end = end
        self._handles = [job, spool]

    @property
    def descriptors(self) -> list[int]:
        return [self._end.fileno(), *self._handles]

    def close(self) -> None:
        self._end.close()
        for handle in self._handles:
            os.close(handle)


class ForkServerClient:
    """One forkserver at most; none before the first job."""

    def __init__(self, environment: Mapping[str, str], folder: Path) -> None:
        self._environment = dict(environment)
        self._folder = folder / f"{os.getpid()}-server"  # for what Ansible writes while it is loaded
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._serves = False
        self._orders: deque[_Order] = deque()  # not yet sent

    @property
    def pid(self) -> int | None:
        """The number of its process, if there is one."""
        return None if self._process is None else self._process.pid

    def run(self, operation: str, attempt: int, job: Job, spool: int) -> Forked:
        """Let it run a job; what it prints goes into ``spool``.

        Raises:
            OSError: there is no forkserver that would take it.
            ValueError: the job cannot be written down.
        """
        self._ensure()
        with ExitStack() as opened:  # closed again where there is no descriptor left for the next one
            ours, theirs = channel.pair()
            opened.callback(ours.close)
            opened.callback(theirs.close)
            written = job.written()
            opened.callback(os.close, written)
            self._orders.append(_Order({"operation": operation, "attempt": attempt}, theirs, written, os.dup(spool)))
            opened.pop_all()
        self.send()
        return Forked(ours, self)

    def send(self) -> None:
        """Send what has not been sent: while it loads Ansible, the forkserver takes only so much."""
        while self._orders and self._socket is not None:
            order = self._orders[0]
            try:
                channel.send(self._socket, order.message, order.descriptors)
            except BlockingIOError:
                return
            except OSError:  # it has died; whoever has the other end of the order hears of it
                pass
            self._orders.popleft().close()

    def serves(self) -> bool:
        """Whether it has come to its jobs: until then it is loading Ansible."""
        if not self._serves and self._socket is not None:
            with suppress(OSError):
                self._serves = channel.receive(self._socket) is not None
        return self._serves

    def close(self) -> None:
        """End it, and all operations that it runs."""
        while self._orders:
            self._orders.popleft().close()
        if self._socket is not None:
            self._socket.close()
        if self._process is not None:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_PATIENCE)
            self._process.kill()
            self._process.wait()
            shutil.rmtree(self._folder, ignore_errors=True)
        self._process = self._socket = None

    def _ensure(self) -> None:
        if self._process is None or self._process.poll() is not None or self._has_hung_up():
            self._start()

    def _has_hung_up(self) -> bool:
        """Whether its end is closed: it has ended, though the system may not say so yet."""
        if self._socket is None:
            return False
        poll = select.poll()
        poll.register(self._socket, 0)
        return bool(poll.poll(0))

    def _start(self) -> None:
        self.close()
        self._serves = False
        self._socket, theirs = channel.pair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - this program
                [sys.executable, "-P", "-m", "worker.executors.playbooks.server", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=2,
                cwd="/",
                env=self._environment | self._own() | mark.room(),
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # a signal from the terminal is for the worker, which lets operations end
            )

    def _own(self) -> dict[str, str]:
        """What only the forkserver sees; operations have an environment of their own."""
        return {
            "ANSIBLE_CONFIG": str(_SETTINGS),
            "ANSIBLE_LOCAL_TEMP": str(self._folder),
            # By itself it kills its processes that are there at the end of a play, and the daemons that they began.
            "ANSIBLE_WORKER_SHUTDOWN_POLL_COUNT": "2000",
            "ANSIBLE_WORKER_SHUTDOWN_POLL_DELAY": "0.005",  # seconds
            "LC_ALL": "C.UTF-8",  # without UTF-8 Ansible refuses to start
            "PYTHONPATH": str(Path(worker.__file__).parents[1]) if worker.__file__ else "",
        }


class Forked:
    """A process that the forkserver has forked, or will when it comes to it; whoever holds it may signal it."""

    def __init__(self, end: socket.socket, server: ForkServerClient) -> None:
        self._socket = end
        self._server = server
        self._lock = threading.Lock()
        self._over = False
        self.code: int | None = None  # how it ended; None also when nobody knows
        self.error: str | None = None  # why it could not begin

    def fileno(self) -> int:
        return self._socket.fileno()

    def ended(self, timeout: float = 0.0) -> bool:
        """Whether it has ended, or will have within so many seconds."""
        self._server.send()
        if not self._over:
            try:
                found = channel.receive(self._socket, timeout)
            except (BlockingIOError, TimeoutError):
                return False
            except OSError:
                found = None
            self._over = True
            if found is not None:
                self.code, self.error = found[0].get("code"), found[0].get("error")
        return self._over

    def wait(self) -> None:
        """Wait for its end after a signal; a forkserver that does not tell it soon counts as gone.

        One that has not come to its jobs will find the signal and not begin.
        """
        if not self._server.serves():
            self._over = True
        deadline = time.monotonic() + _PATIENCE
        while not self.ended(max(0.01, deadline - time.monotonic())) and time.monotonic() < deadline:
            pass
        self._over = True

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to its process group; from any thread."""
        with self._lock:
            if not self._over:
                channel.tell(self._socket, {"signal": int(number)})

    def close(self) -> None:
        """Let go of it: a process that has not ended is killed with all that it has started."""
        with self._lock:
            self._over = True
            self._socket.close()
