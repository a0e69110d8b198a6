"""Places for answers that last and hold a thread each: logs that are followed.

Place in the flow: `manager.api` takes a place before it starts such an answer; the server sets ``stopping`` when it is
asked to end, and every stream ends with it.
"""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Iterator

from manager.errors import Busy


class Streams:
    """The places for streams, and the event that ends them all."""

    def __init__(self, places: int) -> None:
        self._places = threading.BoundedSemaphore(max(places, 1))
        self.stopping = threading.Event()

    def opened(self, chunks: Iterator[str], connection: socket.socket | None = None) -> StreamPlace:
        """Take a place for these chunks, which end when the client at the end of this connection has gone.

        Raises:
            Busy: no place is free.
        """
        if not self._places.acquire(blocking=False):
            raise Busy("too-many-streams", "too many streams are open on this manager; try again later")
        return StreamPlace(chunks, connection, self._places)


class StreamPlace:
    """An iterable of chunks that gives its place back when it is closed, read to its end or not."""

    def __init__(
        self, chunks: Iterator[str], connection: socket.socket | None, places: threading.BoundedSemaphore
    ) -> None:
        self._chunks = chunks
        self._connection = connection
        self._places = places
        self._open = True

    def __iter__(self) -> Iterator[str]:
        for chunk in self._chunks:
            if not chunk and self._connection is not None and _has_gone(self._connection):
                return
            yield chunk

    def close(self) -> None:
        """Called by the server at the end of every answer."""
        if self._open:
            self._open = False
            self._places.release()


def _has_gone(connection: socket.socket) -> bool:
    """Whether the client has closed its end: it is not noticed otherwise as long as there is nothing to send."""
    poll = select.poll()
    poll.register(connection, select.POLLRDHUP)
    return bool(poll.poll(0))
