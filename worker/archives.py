"""The archives that a worker has at hand, extracted.

Place in the flow: the daemon asks for the folder of an operation's CSAR before it starts the operation; what is not
there is fetched from the artifact store, verified and extracted.

Several worker processes share one cache folder.  For each digest there is a lock file: whoever uses the archive holds
it shared, whoever makes or removes the folder holds it alone; the kernel frees the locks of a process that is killed.
A folder gets its name only when it is complete, so what a killed worker has left is never taken for an archive.
"""

from __future__ import annotations

import fcntl
import logging
import os
import random
import shutil
import time
from collections import defaultdict
from contextlib import suppress
from pathlib import Path

from engine.artifacts import ArtifactStore
from engine.artifacts.base import csar_key
from tosca.csar import open_csar

logger = logging.getLogger(__name__)

_PARTIAL = ".partial"


class ArchiveCache:
    """Extracted archives under one folder, the least recently used removed when they take more than ``limit_bytes``.

    An archive in use is never removed, so the limit is exceeded while more is in use.  The one that was used last
    counts as in use until another one is asked for: operations that follow each other do not look for it anew.
    """

    def __init__(self, artifacts: ArtifactStore, folder: Path, limit_bytes: int) -> None:
        self._artifacts = artifacts
        self._folder = folder
        self._locks = folder / "locks"
        self._limit = limit_bytes
        self._held: dict[str, _Hold] = {}
        self._last: str | None = None  # an archive that nobody uses now, still held
        self._locks.mkdir(parents=True, exist_ok=True)

    def folder(self, digest: str) -> Path:
        """The folder with the extracted archive ``csar/<digest>``; it stays until `release` was called as often.

        Raises:
            ArtifactError: no such archive, a corrupt one, or an unreachable store.
            tosca.CsarError: the archive cannot be extracted.
            OSError: the disk is full, or the like.
        """
        if self._last != digest or not (self._folder / digest).is_dir():
            self._let_go()
        self._last = None
        hold = self._held.get(digest) or self._hold(digest)
        hold.uses += 1
        self._held[digest] = hold
        return self._folder / digest

    def release(self, digest: str) -> None:
        """Say that one user of the folder has ended; afterwards the archive may be removed to make room."""
        hold = self._held[digest]
        hold.uses -= 1
        if hold.uses == 0:
            self._let_go()
            self._last = digest

    def _let_go(self) -> None:
        if self._last is not None:
            lock = self._held.pop(self._last).lock
            self._last = None
            os.utime(lock)  # the moment of its last use
            os.close(lock)

    def _hold(self, digest: str) -> _Hold:
        key = csar_key(digest)
        lock = os.open(self._locks / digest, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            while not self._shared(lock, digest):
                if self._alone(lock) and not (self._folder / digest).is_dir():
                    self._extract(key, digest)
            os.utime(lock)
        except BaseException:
            os.close(lock)
            raise
        return _Hold(lock)

    def _shared(self, lock: int, digest: str) -> bool:
        fcntl.flock(lock, fcntl.LOCK_SH)
        return (self._folder / digest).is_dir()

    def _alone(self, lock: int) -> bool:
        """Whether nobody else holds the lock.

        Never wait for that: whoever has just extracted the archive goes on holding it, for as long as it likes.
        """
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            fcntl.flock(lock, fcntl.LOCK_UN)
            time.sleep(random.uniform(0.001, 0.01))  # noqa: S311 - jitter
            return False
        return True

    def _extract(self, key: str, digest: str) -> None:
        partial = self._folder / (digest + _PARTIAL)
        _remove(partial)
        partial.mkdir()
        try:
            self._artifacts.fetch(key, partial / "archive")
            open_csar(partial / "archive").extract(partial / "content")
            (partial / "content").rename(self._folder / digest)
        finally:
            _remove(partial)
        self._make_room(digest)

    def _make_room(self, newest: str) -> None:
        """Remove what was not used for longest until the rest fits, the newest apart."""
        sizes: dict[str, int] = defaultdict(int)
        for path in self._folder.iterdir():
            if path != self._locks:
                sizes[path.name.removesuffix(_PARTIAL)] += _size(path)
        excess = sum(sizes.values()) - self._limit
        for digest in sorted(sizes, key=self._last_use):
            if excess > 0 and digest != newest and self._evict(digest):
                excess -= sizes[digest]

    def _last_use(self, digest: str) -> float:
        try:
            return (self._locks / digest).stat().st_mtime
        except FileNotFoundError:
            return 0.0

    def _evict(self, digest: str) -> bool:
        """Remove an archive unless somebody uses it; tell whether it was removed."""
        lock = os.open(self._locks / digest, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            partial = self._folder / (digest + _PARTIAL)
            _remove(partial)
            with suppress(FileNotFoundError):
                (self._folder / digest).rename(partial)  # from here on nobody takes it for an archive
                _remove(partial)
            logger.info("removed archive %s from the cache", digest)
        except BlockingIOError:
            return False
        finally:
            os.close(lock)
        return True


class _Hold:
    """A shared lock of this process, and how many operations need it."""

    def __init__(self, lock: int) -> None:
        self.lock = lock
        self.uses = 0


def _size(path: Path) -> int:
    """What a file or folder takes on the disk; files that vanish meanwhile count nothing."""
    total = 0
    for folder, _, names in os.walk(path):
        for name in names:
            with suppress(FileNotFoundError):
                total += Path(folder, name).lstat().st_blocks * 512
    return total


def _remove(path: Path) -> None:
    shutil.rmtree(path, ignore_errors=True)
