"""Runs one operation on a machine of the pool, and ends as it has ended.

Place in the flow: `SshHost.launch` → **this program**, a process of an executor → `worker.hosts.ssh.remote` on the
machine.  Its environment is the operation's; it sends it over the connection, so that no variable becomes part of any
command.  SIGTERM is passed on; when this process is killed, or its worker is gone, the machine hears the end of the
connection and kills the operation.

    python -Im worker.hosts.ssh.operation --pool FILE --folder DIR --owner NAME --worker PID --archive DIR \\
        --there DIR COMMAND...
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import resource
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from worker.hosts.base import HostError
from worker.hosts.ssh.connection import ANSWER, INSIDE, Connection, say
from worker.hosts.ssh.reservations import Reservations

_BEAT = 5.0  # seconds between signs of life; the other side gives up after six
_LAST = 5.0  # seconds that ssh has to end after the answer


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pool", type=Path, help="file that lists the machines")
    parser.add_argument("--folder", type=Path, required=True, help="folder of connections and notes")
    parser.add_argument("--owner", required=True, help="for whom the machine is reserved")
    parser.add_argument("--worker", type=int, required=True, help="process that must be alive")
    parser.add_argument("--archive", type=Path, required=True, help="extracted archive to be there")
    parser.add_argument("--there", required=True, help="working folder on the machine")
    parser.add_argument("command", nargs="+")
    options = parser.parse_args()
    variables = _variables()
    try:
        reservations = Reservations(options.pool, options.folder, options.owner)
        connection = reservations.connection(reservations.require())
        connection.supply({options.archive: INSIDE / "archives" / options.archive.name})
        asked = {"do": "run", "owner": options.owner, "folder": options.there, "command": options.command}
        answer = _Run(connection, {**asked, "variables": variables}, options.worker).finish()
    except (HostError, OSError) as error:
        say(str(error))
        return 1
    _keep(answer["outputs"], Path(variables["DITRIT_OUTPUTS"]))
    return _end(answer["code"])


class _Run:
    """An operation under way."""

    def __init__(self, connection: Connection, asked: dict[str, Any], worker: int) -> None:
        self._connection = connection
        self._worker = worker
        self._woken, wake = os.pipe()
        os.set_blocking(wake, False)
        signal.signal(signal.SIGTERM, lambda _number, _frame: None)
        signal.set_wakeup_fd(wake)
        self._process = connection.start()
        self._said = b""
        self._tell(json.dumps(asked).encode() + b"\n")

    def finish(self) -> dict[str, Any]:
        """Wait for the answer.

        Raises:
            HostError: there is none.
        """
        assert self._process.stderr is not None  # noqa: S101 - a pipe
        handle, beat = self._process.stderr.fileno(), time.monotonic() + _BEAT
        while True:
            ready = select.select([handle, self._woken], [], [], 1.0)[0]
            if self._woken in ready and signal.SIGTERM in os.read(self._woken, 64):
                self._tell(b"T")
            if handle in ready:
                data = os.read(handle, 1 << 16)
                self._said += data
                if not data or self._answered():
                    break
            if os.getppid() != self._worker:
                raise HostError("the worker has died")
            if time.monotonic() >= beat:
                self._tell(b".")
                beat = time.monotonic() + _BEAT
        return self._connection.answer(self._said, self._ended())

    def _answered(self) -> bool:
        line = self._said.rpartition(ANSWER)[1:]
        return bool(line[0]) and line[1].endswith(b"\n")

    def _ended(self) -> int:
        with suppress(OSError):
            if self._process.stdin is not None:
                self._process.stdin.close()
        try:
            return self._process.wait(_LAST)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()

    def _tell(self, what: bytes) -> None:
        assert self._process.stdin is not None  # noqa: S101 - a pipe
        with suppress(BrokenPipeError):  # it has ended, and tells why
            self._process.stdin.write(what)
            self._process.stdin.flush()


def _variables() -> dict[str, str]:
    """What this process was started with: Python itself may have added to `os.environ`."""
    pairs = (one.partition(b"=") for one in Path("/proc/self/environ").read_bytes().split(b"\0") if one)
    return {os.fsdecode(name): os.fsdecode(value) for name, _, value in pairs}


def _keep(outputs: str | None, place: Path) -> None:
    """Make the file of outputs here what it was there."""
    if outputs is None:
        os.mkfifo(place, 0o600)  # no plain file there: no plain file here, either
    elif outputs:
        with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            stream.write(base64.b64decode(outputs))


def _end(code: int) -> int:
    """End in the same way: by the same signal, if it was one."""
    if code >= 0:
        return code
    with suppress(OSError):  # of SIGKILL there is nothing to be set
        signal.signal(-code, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.kill(os.getpid(), -code)
    return 128 - code


if __name__ == "__main__":
    sys.exit(main())
