"""Waits for the bell while the worker has nothing to do, and tells its loop.

The loop waits for descriptors (operations that end); the space waits in its own way.  A thread waits in the space when
it is asked to and makes a pipe readable when there is something to look at.
"""

from __future__ import annotations

import logging
import os
import queue
import threading

from engine.space import keys
from engine.space.base import Space
from engine.space.errors import SpaceError

logger = logging.getLogger(__name__)

PREFIX = keys.prefix("bell")
_LONGEST = 10.0  # seconds: so often an idle worker looks without being rung


class BellWatch:
    """The thread and its pipe."""

    def __init__(self, space: Space) -> None:
        self._space = space
        self._asked: queue.SimpleQueue[int | None] = queue.SimpleQueue()
        self._reading, self._writing = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        self.armed = False
        self._heard = -1
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="bell", daemon=True)
        self._thread.start()

    def fileno(self) -> int:
        """Readable when the bell has rung since `arm`."""
        return self._reading

    def arm(self, index: int) -> None:
        """Watch for a ring later than ``index``, which must have been read before the space was looked through."""
        if not self.armed:
            self.armed = True
            self._asked.put(index)

    def disarm(self) -> int | None:
        """Take note that it rang; the index that it rang with, None when that is not known."""
        if b"r" not in os.read(self._reading, 64):
            return None
        self.armed = False
        return self._heard if self._heard >= 0 else None

    def ring(self) -> None:
        """Make the loop look, whatever the space says."""
        os.write(self._writing, b"!")

    def close(self) -> None:
        """Let the thread end at the next ring."""
        self._closed.set()
        self._asked.put(None)

    def join(self, timeout: float) -> None:
        """Wait until the thread has ended: then the space may be closed."""
        self._thread.join(timeout)

    def _watch(self) -> None:
        while (index := self._asked.get()) is not None:
            self._heard = -1
            try:
                self._heard = self._space.wait(PREFIX, index, _LONGEST)
            except SpaceError as error:
                if not self._closed.is_set():
                    logger.warning("cannot wait for the bell: %s", error)
                self._closed.wait(1.0)
            os.write(self._writing, b"r")
