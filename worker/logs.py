"""What operations printed, on its way to the artifact store.

Place in the flow: the daemon files the output of an operation before it commits the result, so that whoever sees the
result finds the log.  While the store is away outputs wait here, and a thread asks until it is back: neither results
nor the worker's loop wait for it.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from pathlib import Path

from engine.artifacts import ArtifactError, ArtifactStore
from engine.artifacts.base import ArtifactUnreachable

logger = logging.getLogger(__name__)

_MOST = 64 << 20  # bytes of outputs that wait at most: the oldest go first
_PAUSE = 2.0  # seconds between two attempts


class LogFiler:
    """Moves files into the store, in order, sooner or later."""

    def __init__(self, artifacts: ArtifactStore, *, most: int = _MOST, pause: float = _PAUSE) -> None:
        self._artifacts = artifacts
        self._most = most
        self._pause = pause
        self._waiting: deque[tuple[str, Path, int]] = deque()  # key, file, bytes
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None  # while outputs wait

    def file(self, key: str, path: Path) -> None:
        """Store the file, which is gone afterwards; when the store is away, later."""
        if self._thread is None:
            try:
                self._store(key, path)
            except ArtifactUnreachable as error:
                logger.warning("the output of operations waits for the artifact store: %s", error)
            else:
                return
        self._wait_with(key, path)

    def close(self, patience: float = 0.0) -> None:
        """Store what waits within so many seconds, or say what is lost."""
        self._closed.set()
        if (thread := self._thread) is not None:
            thread.join(patience)
        for key, path, _ in self._waiting:
            self._lose(key, path)

    def _wait_with(self, key: str, path: Path) -> None:
        with self._lock:
            self._waiting.append((key, path, path.stat().st_size))
            while sum(size for _, _, size in self._waiting) > self._most and len(self._waiting) > 1:
                self._lose(*self._waiting.popleft()[:2])
            if self._thread is None:
                self._thread = threading.Thread(target=self._catch_up, name="logs", daemon=True)
                self._thread.start()

    def _catch_up(self) -> None:
        """Store one after another, while there are any; the last attempt is made when it is closed."""
        while True:
            last = self._closed.wait(self._pause)
            while (waiting := self._next()) is not None:
                try:
                    self._store(*waiting[:2])
                except ArtifactUnreachable:
                    with self._lock:
                        self._waiting.appendleft(waiting)
                    break
            else:
                return
            if last:
                return

    def _next(self) -> tuple[str, Path, int] | None:
        """What has waited longest; when nothing waits, outputs are stored at once again."""
        with self._lock:
            if self._waiting:
                return self._waiting.popleft()
            self._thread = None
            return None

    def _store(self, key: str, path: Path) -> None:
        try:
            self._artifacts.put_file(key, path)
        except ArtifactUnreachable:
            raise
        except (ArtifactError, OSError) as error:
            logger.error("the output of an operation, %s, is lost: %s", key, error)
            path.unlink(missing_ok=True)

    def _lose(self, key: str, path: Path) -> None:
        logger.error("the output of an operation, %s, is lost: the artifact store is away for too long", key)
        path.unlink(missing_ok=True)
