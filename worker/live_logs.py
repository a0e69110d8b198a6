"""What operations have printed while they run, for people who watch.

Place in the flow: the daemon looks now and then → **the artifact store**, under the very key that the whole output gets
when the operation has ended.  A thread of its own stores it, always the latest only, so that neither the loop nor the
results wait for a slow store; while the store is away, nothing is kept.
"""

from __future__ import annotations

import logging
import threading
import time

from engine.artifacts import ArtifactError, ArtifactStore

logger = logging.getLogger(__name__)

_PAUSE = 2.0  # seconds between two looks at one operation


class LiveLogs:
    """The latest output of each operation that runs."""

    def __init__(self, artifacts: ArtifactStore, *, pause: float = _PAUSE) -> None:
        self._artifacts = artifacts
        self._pause = pause
        self._due: dict[str, float] = {}  # when each is looked at again
        self._pending: dict[str, bytes] = {}
        self._storing: str | None = None
        self._changed = threading.Condition()
        self._closed = False
        self._thread: threading.Thread | None = None  # once there was something to store

    def wants(self, key: str) -> bool:
        """Whether it is time to look again."""
        return time.monotonic() >= self._due.get(key, 0.0)

    def show(self, key: str, content: bytes) -> None:
        """Store what there is so far, soon; returns at once."""
        with self._changed:
            self._due[key] = time.monotonic() + self._pause
            self._pending[key] = content
            if self._thread is None:
                self._thread = threading.Thread(target=self._store_all, name="live-logs", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def end(self, key: str) -> None:
        """Store nothing more under this key; what is just being stored is waited for, so that it replaces nothing."""
        with self._changed:
            self._due.pop(key, None)
            self._pending.pop(key, None)
            self._changed.wait_for(lambda: self._storing != key)

    def close(self) -> None:
        """Store nothing more at all."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _store_all(self) -> None:
        while (found := self._next()) is not None:
            try:
                self._artifacts.put(*found)
            except (ArtifactError, OSError) as error:  # the whole output is stored when it has ended
                logger.debug("what an operation has printed so far is not stored: %s", error)
            finally:
                with self._changed:
                    self._storing = None
                    self._changed.notify_all()

    def _next(self) -> tuple[str, bytes] | None:
        """What has waited longest, marked as being stored; None in the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._pending or self._closed)
            if self._closed:
                return None
            self._storing = next(iter(self._pending))
            return self._storing, self._pending.pop(self._storing)
