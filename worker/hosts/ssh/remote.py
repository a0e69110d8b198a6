"""What runs on a machine of the pool: reserves it, starts operations there, and ends what they leave.

Place in the flow: copied there with `worker.executors.leftovers` and nothing else, so it must do with the Python that
the machine has (3.9).  It reads one line of JSON that says what to do, for nothing that an operation is told may stand
in an argument; it answers with one line of JSON on stderr, since stdout is the operation's.

While an operation runs, what follows on stdin is life: ``.`` now and then, ``T`` to ask the operation to end.  At the
end of stdin, or when it has been silent for long, nobody waits for the operation any more and all of it is killed.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from worker.executors.leftovers import kill_leftovers

ROOT = Path("/var/lib/ditrit")
SILENCE = 30.0  # seconds after which whoever started an operation is taken for gone
MOST_BYTES = 64 << 10  # of outputs: as `worker.executors.outputs`
_LONGEST = 16 << 20  # bytes of output after which the file that holds it is emptied
_CHUNK = 1 << 16
_ALL = 1 << 62  # an attempt that is later than any
_HOME = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}


def main() -> int:
    # A handler and not SIG_IGN: what is started here must not ignore it.
    signal.signal(signal.SIGHUP, lambda _number, _frame: None)
    line, rest = _first_line()
    asked = json.loads(line)
    try:
        if asked["do"] in ("kill", "run"):
            answer = kill(asked) if asked["do"] == "kill" else run(asked, rest)
        else:
            with (ROOT / "lock").open("w") as lock:  # one after the other: a late release finds another's reservation
                fcntl.flock(lock, fcntl.LOCK_EX)
                answer = reserve(asked) if asked["do"] == "reserve" else release(asked)
    except OSError as error:
        answer = {"error": f"{error.strerror}: {error.filename}" if error.filename else str(error.strerror)}
    sys.stderr.write("\x1e" + json.dumps(answer) + "\n")
    sys.stderr.flush()
    return 0


def owner() -> str | None:
    """For whom the machine is reserved."""
    try:
        return (ROOT / "reserved/owner").read_text()
    except FileNotFoundError:
        return None


def reserve(asked: dict[str, Any]) -> dict[str, Any]:
    """Reserve the machine unless it is; say for whom it is then.

    The folder gets its place complete, in one step: whoever dies here leaves no reservation without an owner.  It is
    never put in the place of another: a folder with something in it is not replaced.
    """
    if owner() is None:
        made = Path(tempfile.mkdtemp(prefix=".", dir=ROOT))
        (made / "owner").write_text(asked["owner"])
        made.rename(ROOT / "reserved")
    return {"owner": owner()}


def release(asked: dict[str, Any]) -> dict[str, Any]:
    """End what operations have left, remove what was copied, and give the machine back, in this order."""
    if owner() != asked["owner"]:
        return {"owner": owner()}
    for operation in _operations():
        kill_leftovers(operation, _ALL)
    for name in ("archives", "outputs"):
        shutil.rmtree(ROOT / name, ignore_errors=True)
    gone = Path(tempfile.mkdtemp(prefix=".", dir=ROOT))
    (ROOT / "reserved").rename(gone / "reserved")
    shutil.rmtree(gone)
    return {"owner": None}


def kill(asked: dict[str, Any]) -> dict[str, Any]:
    """End what attempts of an operation have left."""
    return {"killed": kill_leftovers(asked["operation"], asked["attempt"])}


def run(asked: dict[str, Any], rest: bytes) -> dict[str, Any]:
    """Run an operation to its end, after the end of its earlier attempts."""
    if owner() != asked["owner"]:
        return {"error": "it is not reserved for this node instance"}
    marks = asked["variables"]["DITRIT_OPERATION"], int(asked["variables"]["DITRIT_ATTEMPT"])
    kill_leftovers(marks[0], marks[1] - 1)
    outputs = ROOT / "outputs"
    outputs.mkdir(mode=0o700, exist_ok=True)
    said = outputs / os.urandom(16).hex()
    own = {name: os.environ[name] for name in ("HOME", "USER") if name in os.environ}
    variables = {**asked["variables"], **_HOME, **own, "DITRIT_OUTPUTS": str(said)}
    # A file and not a pipe: a daemon that a script leaves behind goes on writing into it.
    with tempfile.TemporaryFile(dir=outputs, buffering=0) as printed:
        fcntl.fcntl(printed.fileno(), fcntl.F_SETFL, os.O_APPEND)
        try:
            process = subprocess.Popen(  # noqa: S603 - running what the CSAR brings is what this module is for
                asked["command"],
                stdin=subprocess.DEVNULL,
                stdout=printed.fileno(),
                stderr=printed.fileno(),
                cwd=asked["folder"],
                env=variables,
                start_new_session=True,
            )
        except FileNotFoundError as error:
            return {"error": f"its interpreter or its folder is not there: {error.filename}"}
        stopped = _Attendance(process, printed.fileno(), rest).attend()
        if stopped:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            kill_leftovers(*marks)
    code = process.wait()
    try:
        return {"code": code, "outputs": _content(said)}
    finally:
        with suppress(OSError):
            said.unlink()


class _Attendance:
    """Passes on what a process prints, and hears what it is to be told."""

    def __init__(self, process: subprocess.Popen[bytes], printed: int, heard: bytes) -> None:
        self._process = process
        self._printed = printed
        self._passed = 0  # bytes of the file that were passed on
        self._stopped = False
        self._heard_at = time.monotonic()
        self._handle = os.pidfd_open(process.pid)
        os.set_blocking(1, False)
        self._hear(heard or b".")

    def attend(self) -> bool:
        """Return when the process has ended or nobody waits for it; whether something of it must not stay."""
        ended = False
        try:
            while not ended or self._waiting():
                ready = select.select([0, *([] if ended else [self._handle])], [], [], 0.05)[0]
                ended = ended or self._handle in ready
                if 0 in ready and not self._hear(os.read(0, _CHUNK)):
                    return True
                if time.monotonic() - self._heard_at > SILENCE:
                    return True
                self._pass_on()
        except OSError:  # nobody reads what it prints
            return True
        finally:
            os.close(self._handle)
        return self._stopped

    def _hear(self, data: bytes) -> bool:
        if b"T" in data:
            self._stopped = True
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGTERM)
        self._heard_at = time.monotonic()
        return bool(data)

    def _waiting(self) -> bool:
        return os.fstat(self._printed).st_size > self._passed

    def _pass_on(self) -> None:
        while self._waiting():
            try:
                self._passed += os.write(1, os.pread(self._printed, _CHUNK, self._passed))
            except BlockingIOError:
                select.select([0], [1], [], 0.1)
                return
            if self._passed >= _LONGEST and not self._waiting():
                os.ftruncate(self._printed, 0)
                self._passed = 0


def _first_line() -> tuple[bytes, bytes]:
    found = b""
    while b"\n" not in found:
        data = os.read(0, _CHUNK)
        if not data:
            sys.exit(1)  # whoever called has died
        found += data
    line, _, rest = found.partition(b"\n")
    return line, rest


def _content(path: Path) -> str | None:
    """The outputs in base 64, a byte more than are allowed at most; None when there is something but no plain file."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return ""
    except OSError:
        return None
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return None
        return base64.b64encode(os.read(handle, MOST_BYTES + 1)).decode()
    finally:
        os.close(handle)


def _operations() -> set[str]:
    """All operations of which processes are left."""
    mark, found = b"DITRIT_OPERATION=", set()
    for path in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            variables = path.read_bytes().split(b"\0")
            found |= {os.fsdecode(one[len(mark) :]) for one in variables if one.startswith(mark)}
    return found


if __name__ == "__main__":
    sys.exit(main())
