"""Tells which sessions of the embedded space belong to a process that has died.

Each session is a file that its process keeps locked (`flock`).  The kernel releases the lock at the process's death,
so a file whose lock can be had belongs to nobody.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import uuid
from pathlib import Path


class SessionFiles:
    """The folder of the sessions' files."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._mine: dict[str, int] = {}

    def create(self) -> str:
        """A new session's name; its file is locked by this process."""
        session = uuid.uuid4().hex
        descriptor = os.open(self._folder / session, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        self._mine[session] = descriptor
        return session

    def abandoned(self, session: str) -> bool:
        """Whether no living process owns the session."""
        try:
            descriptor = os.open(self._folder / session, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return True
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        else:
            return True
        finally:
            os.close(descriptor)

    def remove(self, session: str) -> None:
        """Forget a session that has ended."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._folder / session)
        descriptor = self._mine.pop(session, None)
        if descriptor is not None:
            os.close(descriptor)

    def close(self) -> None:
        """Let go of this process's sessions: they count as abandoned from now on."""
        for descriptor in self._mine.values():
            os.close(descriptor)
        self._mine.clear()
