"""Places for answers that last: each such answer holds a thread, so their number is bounded.

Place in the flow: `manager.api` takes a place before it starts a stream; the server sets ``stopping`` when it is asked
to end, and every stream ends with it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator

from manager.errors import Busy


class Streams:
    """The places for streams, and the event that ends them all."""

    def __init__(self, places: int) -> None:
        self._places = threading.BoundedSemaphore(max(places, 1))
        self.stopping = threading.Event()

    def opened(self, chunks: Iterator[str]) -> StreamPlace:
        """Take a place for these chunks.

        Raises:
            Busy: no place is free.
        """
        if not self._places.acquire(blocking=False):
            raise Busy("too-many-streams", "too many streams are open on this manager; try again later")
        return StreamPlace(chunks, self._places)


class StreamPlace:
    """An iterable of chunks that gives its place back when it is closed, read to its end or not."""

    def __init__(self, chunks: Iterator[str], places: threading.BoundedSemaphore) -> None:
        self._chunks = chunks
        self._places = places
        self._open = True

    def __iter__(self) -> Iterator[str]:
        return self._chunks

    def close(self) -> None:
        """Called by the server at the end of every answer."""
        if self._open:
            self._open = False
            self._places.release()
