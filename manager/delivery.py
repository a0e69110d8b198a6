"""Sends streams of events to their clients, all of them from one thread.

Place in the flow: `manager.feeds` → **delivery** → browser or program.  The server hands a connection over when the
headers of its answer are sent; from then on it takes no thread, only a descriptor.
"""

from __future__ import annotations

import logging
import selectors
import socket
import ssl
import threading
import time
from collections import deque
from contextlib import suppress
from typing import Protocol

logger = logging.getLogger(__name__)

BEAT = 1.0  # seconds after which a silent stream says that it is there
STALL = 60.0  # seconds in which a client must take something of what waits for it
_MOST_SAID = 16 << 10  # bytes that a client may send, which nobody reads
_LAST = b"0\r\n\r\n"  # the chunk that ends an answer
_SILENCE = b": waiting\n\n"  # so that each end knows that the other is there
_WAITS = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Source(Protocol):
    """What one client is sent."""

    @property
    def done(self) -> bool:
        """Whether `take` has given all that there will ever be."""

    def take(self) -> bytes:
        """What the client has not got yet, or a part of it; nothing when there is nothing now."""

    def close(self) -> None:
        """The client has got all of it, or is gone."""


class _Stream:
    """One client: its connection, and what is on its way to it."""

    def __init__(self, connection: socket.socket, source: Source, chunked: bool) -> None:
        self.connection = connection
        self._source = source
        self.said = 0
        self.sent = time.monotonic()
        self._chunked = chunked
        self._ended = False
        self._rest = memoryview(b"")

    @property
    def waits(self) -> bool:
        """Whether the client has to take something first."""
        return len(self._rest) > 0

    def advance(self) -> bool:
        """Send what there is and the connection takes; False when all is sent that there will ever be.

        Raises:
            OSError: the client has gone.
        """
        while self._flush():
            if self._ended:
                return False
            if chunk := self._source.take():
                self._rest = memoryview(self._framed(chunk))
            elif self._source.done:
                self._ended = True
                self._rest = memoryview(_LAST if self._chunked else b"")
            elif time.monotonic() - self.sent >= BEAT:
                self._rest = memoryview(self._framed(_SILENCE))
            else:
                break
        return True

    def end(self) -> None:
        """Close the connection, by the rules of TLS where it has that."""
        with suppress(OSError, ValueError):
            if self._chunked and not self._rest and not self._ended:
                self.connection.send(_LAST)
            if isinstance(self.connection, ssl.SSLSocket):
                self.connection.unwrap()
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_WR)
        self.connection.close()
        self._source.close()

    def _flush(self) -> bool:
        """Send of what waits as much as goes; whether all has gone."""
        while self._rest:
            try:
                count = self.connection.send(self._rest)
            except _WAITS:
                return False
            self._rest = self._rest[count:]
            self.sent = time.monotonic()
        return True

    def _framed(self, chunk: bytes) -> bytes:
        return b"%x\r\n%b\r\n" % (len(chunk), chunk) if self._chunked else chunk


class Delivery:
    """The connections of all who watch, and the thread that serves them."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._heard, self._bell = socket.socketpair()
        self._heard.setblocking(False)
        self._bell.setblocking(False)
        self._selector.register(self._heard, selectors.EVENT_READ)
        self._new: deque[_Stream] = deque()
        self._streams: dict[int, _Stream] = {}  # by descriptor
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="delivery", daemon=True)
        self._thread.start()

    def ring(self) -> None:
        """There may be something to send.  Called from any thread."""
        with suppress(OSError):  # full of rings already, or closed
            self._bell.send(b"!")

    def adopt(self, connection: socket.socket, source: Source, *, chunked: bool) -> None:
        """Send what a source gives over this connection, which is ours from now on; then close it."""
        connection.setblocking(False)
        self._new.append(_Stream(connection, source, chunked))
        self.ring()

    def close(self) -> None:
        """End all streams as far as they have come; clients ask another manager for the rest."""
        self._closing = True
        self.ring()
        self._thread.join()
        for stream in [*self._streams.values(), *self._new]:
            stream.end()
        self._selector.close()
        self._heard.close()
        self._bell.close()

    def _run(self) -> None:
        looked = time.monotonic()
        while not self._closing:
            ready = [key.fd for key, _ in self._selector.select(BEAT)]
            rung = self._heard.fileno() in ready
            if rung:
                self._heard.recv(4096)
            while self._new:
                self._welcome(self._new.popleft())
            now = time.monotonic()
            if rung or now - looked >= BEAT / 2:
                looked, ready = now, [*self._streams]
            for descriptor in ready:
                if (stream := self._streams.get(descriptor)) is not None:
                    self._serve(descriptor, stream, now)

    def _welcome(self, stream: _Stream) -> None:
        descriptor = stream.connection.fileno()
        self._streams[descriptor] = stream
        self._selector.register(descriptor, selectors.EVENT_READ)

    def _serve(self, descriptor: int, stream: _Stream, now: float) -> None:
        try:
            if self._listens(stream) and stream.advance() and not (stream.waits and now - stream.sent > STALL):
                wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if stream.waits else 0)
                self._selector.modify(descriptor, wanted)
                return
        except OSError as error:
            logger.debug("a stream has ended: %s", error)
        del self._streams[descriptor]
        self._selector.unregister(descriptor)
        stream.end()

    def _listens(self, stream: _Stream) -> bool:
        """Whether the client is still there; what it says is not read."""
        try:
            said = stream.connection.recv(4096)
        except _WAITS:
            return True
        stream.said += len(said)
        return len(said) > 0 and stream.said <= _MOST_SAID
