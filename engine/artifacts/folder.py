"""Artifacts in a local folder: one file for each object.

Place in the flow: the backend of ``file:///path``; the default, which needs no server.

The names of the files are those of `engine.artifacts.encoding`.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from engine.artifacts.base import ArtifactError, ArtifactMissing, ArtifactStore, check_key
from engine.artifacts.encoding import decoded, encoded

_INCOMING = "%incoming"  # no encoded component looks like it
_LOSABLE = "log/"  # a power cut may cost the last logs: nobody was promised them, and each would cost two fsyncs
_ABANDONED = 86400.0  # seconds after which an unfinished write is surely nobody's


class FolderStore(ArtifactStore):
    """Keeps objects as files under one folder, on one machine or a shared file system."""

    def __init__(self, folder: Path, *, fsync: bool = True) -> None:
        self._folder = folder
        self._fsync = fsync
        self._incoming = folder / _INCOMING
        try:
            self._incoming.mkdir(parents=True, exist_ok=True)
            self._sweep()
        except OSError as error:
            raise ArtifactError(f"artifact folder {str(folder)!r} cannot be used: {error.strerror}") from error

    def write(self, key: str, content: bytes | Path) -> None:
        try:
            partial = self._copy(content)
        except OSError as error:
            raise ArtifactError(f"cannot store artifact {key!r}: {error.strerror}") from error
        try:
            self._publish(key, partial)
        finally:
            partial.unlink(missing_ok=True)

    def take(self, key: str, path: Path) -> None:
        if self._may_move(path):
            self._publish(key, path)
        else:
            super().take(key, path)

    def open(self, key: str) -> BinaryIO:
        try:
            return self._path(key).open("rb")
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
            raise ArtifactMissing(key) from error
        except OSError as error:
            raise ArtifactError(f"cannot read artifact {key!r}: {error.strerror}") from error

    def size(self, key: str) -> int:
        path = self._path(key)
        if not path.is_file():
            raise ArtifactMissing(key)
        return path.stat().st_size

    def delete(self, key: str) -> None:
        path = self._path(key)
        if path.is_file():
            path.unlink(missing_ok=True)
            self._prune(path.parent)

    def list(self, prefix: str = "") -> Iterator[str]:
        parents = prefix.split("/")[:-1]  # the last component may be only the beginning of a name
        if "" in parents:
            return iter(())
        start = self._folder / encoded("/".join(parents)) if parents else self._folder
        keys = (self._key(path) for path in _files(start, self._incoming))
        return iter(sorted(key for key in keys if key.startswith(prefix)))

    def _copy(self, content: bytes | Path) -> Path:
        handle, name = tempfile.mkstemp(dir=self._incoming)
        try:
            with os.fdopen(handle, "wb") as target:
                if isinstance(content, bytes):
                    target.write(content)
                else:
                    with content.open("rb") as source:
                        shutil.copyfileobj(source, target, 1 << 20)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        return Path(name)

    def _publish(self, key: str, partial: Path) -> None:
        path = self._path(key)
        durable = self._fsync and not key.startswith(_LOSABLE)
        try:
            if durable:
                _sync(partial)
            self._rename(partial, path)
            if durable:
                _sync_upwards(path.parent, self._folder)
        except OSError as error:
            raise ArtifactError(f"cannot store artifact {key!r}: {error.strerror}") from error

    def _rename(self, partial: Path, path: Path) -> None:
        # Another process may remove a folder of ours while it is still empty (`_prune`): then make it once more.
        for _ in range(100):
            try:
                partial.replace(path)
                return
            except FileNotFoundError:
                with suppress(FileNotFoundError, FileExistsError):
                    path.parent.mkdir(parents=True, exist_ok=True)
        partial.replace(path)

    def _prune(self, folder: Path) -> None:
        """Remove the folders that the last object has left."""
        while folder != self._folder:
            try:
                folder.rmdir()
            except OSError:
                return
            folder = folder.parent

    def _sweep(self) -> None:
        """Remove what writers that were killed have left."""
        before = time.time() - _ABANDONED
        for path in self._incoming.iterdir():
            if path.stat().st_mtime < before:
                path.unlink(missing_ok=True)

    def _may_move(self, path: Path) -> bool:
        """Whether the file is its folder's alone and on our file system: another name of it could still be written."""
        try:
            found = path.lstat()
            return stat.S_ISREG(found.st_mode) and found.st_nlink == 1 and found.st_dev == self._incoming.stat().st_dev
        except OSError:
            return False

    def _path(self, key: str) -> Path:
        check_key(key)
        return self._folder / encoded(key)

    def _key(self, path: Path) -> str:
        return decoded(path.relative_to(self._folder).as_posix())


def _files(start: Path, besides: Path) -> Iterator[Path]:
    for folder, _, names in os.walk(start):
        if Path(folder) != besides:
            yield from (Path(folder) / name for name in names)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sync_upwards(folder: Path, top: Path) -> None:
    """Make the names on the way from ``folder`` up to ``top`` durable."""
    while True:
        with suppress(FileNotFoundError):  # the object was deleted at once, and its folder with it
            _sync(folder)
        if folder == top:
            return
        folder = folder.parent
