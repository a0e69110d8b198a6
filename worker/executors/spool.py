"""What an operation prints, held while it runs and bounded.

Place in the flow: an executor gives the descriptor to the process as stdout and stderr; when the process has ended,
`Spool.finish` makes the file of the result.

The spool is a file and not a pipe: a daemon that a start script leaves behind goes on writing into it, whatever becomes
of the worker.  It has no name, so nothing of it is left when the worker is killed.
"""

from __future__ import annotations

import itertools
import logging
import os
import tempfile
from contextlib import suppress
from pathlib import Path

from engine.masking import Mask

NOTHING = Mask(())
SLACK = 16 << 20  # a spool longer than this is cut while the operation runs, unless more is to be kept

logger = logging.getLogger(__name__)

_numbers = itertools.count()


class Spool:
    """An append-mode file of which the first and the last half of ``limit`` bytes are kept."""

    def __init__(self, folder: Path, limit: int, mask: Mask = NOTHING) -> None:
        """``mask`` hides what nobody is to see of it, when it is finished."""
        self._folder = folder
        self._half = limit // 2
        self._mask = mask
        self._longest = max(SLACK, limit)  # shorter than what is kept must not be cut
        self._head: bytes | None = None  # the first half, once the file was cut
        self._tail = b""  # the last bytes before the last cut
        self._total = 0  # bytes that stood in the file at the cuts
        self._seen = 0  # bytes that there were when it was last shown
        self.handle = _open(folder)

    def note(self, line: str) -> None:
        """Add a line of our own."""
        os.write(self.handle, (line + "\n").encode(errors="backslashreplace"))

    def tend(self) -> None:
        """Cut the file when it has grown long; writers, in append mode, go on at its new end."""
        size = os.fstat(self.handle).st_size
        if size <= self._longest:
            return
        if self._head is None:
            self._head = os.pread(self.handle, self._half, 0)
        self._tail = os.pread(self.handle, self._half, max(0, size - self._half))
        self._total += size
        os.ftruncate(self.handle, 0)

    def so_far(self) -> bytes | None:
        """What would be kept if this were the end; None when nothing came since it was last asked for."""
        total = self._total + os.fstat(self.handle).st_size
        if total == self._seen:
            return None
        self._seen = total
        return self._mask.begun(self._kept())

    def finish(self) -> tuple[Path | None, bytes]:
        """Close it; return the file with what is kept, None if nothing was printed, and the last bytes of it."""
        content = self._kept()
        self.close()
        return (self._save(content) if content else None), content[-4096:]

    def close(self) -> None:
        os.close(self.handle)

    def _save(self, content: bytes) -> Path | None:
        path = self._folder / f"{os.getpid()}-{next(_numbers)}.log"
        try:
            path.write_bytes(content)
        except OSError as error:  # a full disk must cost the output, not the worker
            logger.warning("lost what an operation printed: %s", error)
            path.unlink(missing_ok=True)
            return None
        return path

    def _kept(self) -> bytes:
        size = os.fstat(self.handle).st_size
        if self._head is None and size <= 2 * self._half:
            return self._mask.data(os.pread(self.handle, size, 0)) if size else b""
        head = os.pread(self.handle, self._half, 0) if self._head is None else self._head
        tail = (self._tail + os.pread(self.handle, self._half, max(0, size - self._half)))[-self._half :]
        dropped = self._total + size - len(head) - len(tail)
        # Where something was left out, a part of a secret may stand that nobody would know for one.
        head, tail = self._mask.data(self._mask.begun(head)), self._mask.data(self._mask.ended(tail))
        return head + f"\n[... {dropped} bytes left out ...]\n".encode() + tail


def sweep(folder: Path) -> None:
    """Remove the files of workers that are no more."""
    for path in folder.glob("*-*.log"):
        pid = path.name.partition("-")[0]
        if not Path("/proc", pid).exists():
            path.unlink(missing_ok=True)


def _open(folder: Path) -> int:
    flags = os.O_RDWR | os.O_APPEND | os.O_CLOEXEC
    with suppress(OSError):
        return os.open(folder, flags | os.O_TMPFILE, 0o600)
    handle, name = tempfile.mkstemp(dir=folder)  # a file system that knows no files without a name
    os.close(handle)
    try:
        return os.open(name, flags)
    finally:
        os.unlink(name)
