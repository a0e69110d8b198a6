"""Takes requests in until they are whole, so that only then one costs a thread.

Place in the flow: connection → handshake of TLS, head and small body → gunicorn's threads (`manager.server`).  By
itself gunicorn reads all that in a thread: as many clients that send a byte now and then as there are threads would
keep all others out.  Here they cost a descriptor each, and have as long as a client may say nothing.
"""

from __future__ import annotations

import json
import re
import selectors
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress

from gunicorn import http, sock
from gunicorn.config import Config
from gunicorn.workers.gthread import TConn

MOST_HEAD = 64 << 10  # bytes of a request's line and headers
SMALL = 1 << 20  # bytes of a body that is taken in too: of any request that is no upload
MOST_HELD = 64 << 20  # bytes of all requests that are not whole
_CHUNK = 64 << 10
_MOST_LEFT = 16  # chunks
_END = b"\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,9})[ \t]*\r\n", re.IGNORECASE)
_LATER = re.compile(rb"\r\n(?:expect|transfer-encoding):", re.IGNORECASE)  # whose body comes when it is asked for


def _refusal(status: str, code: str, message: str) -> bytes:
    body = json.dumps({"error": {"code": code, "message": message, "problems": [], "request": None}})
    head = f"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    return f"{head}\r\n\r\n{body}".encode("ascii")


TOO_SLOW = _refusal("408 Request Timeout", "request-timeout", "the request was not whole in time")
TOO_LONG = _refusal(
    "431 Request Header Fields Too Large", "head-too-long", f"found no end of the headers in {MOST_HEAD} bytes"
)
TOO_MANY = _refusal("503 Service Unavailable", "too-many-requests-at-once", "others send too much now; try again later")


class Arriving:
    """A connection, and what its client has sent of a request."""

    def __init__(self, conn: TConn, deadline: float) -> None:
        self.conn = conn
        self.deadline = deadline
        self.received = bytearray(conn.parser.unreader.take_buffered() if conn.parser is not None else b"")
        self.waits_for = 0  # events, while it waits

    @property
    def is_whole(self) -> bool:
        """Whether a thread need not wait for more: the head is there, and the body where it is small."""
        end = self.received.find(_END)
        if end < 0:
            return False
        head = bytes(self.received[: end + 2])
        length = _LENGTH.search(head)
        if length is None or int(length[1]) > SMALL or _LATER.search(head):
            return True
        return len(self.received) >= end + len(_END) + int(length[1])

    @property
    def is_too_long(self) -> bool:
        """Whether it will never be taken: a head without an end."""
        return len(self.received) > MOST_HEAD and _END not in self.received


class Reception:
    """The connections whose requests are not whole.  All of it happens in the thread of the server's loop."""

    def __init__(
        self, config: Config, poller: selectors.BaseSelector, stall: float, done: Callable[[TConn, bool], None]
    ) -> None:
        """``done`` is called with each connection, and whether there is a request to be answered."""
        self._config = config
        self._poller = poller
        self._stall = stall
        self._done = done
        self._arriving: dict[TConn, Arriving] = {}
        self._held = 0  # bytes

    def receive(self, conn: TConn) -> None:
        """Take in the next request of a connection."""
        conn.sock.setblocking(False)
        one = self._arriving[conn] = Arriving(conn, time.monotonic() + self._stall)
        self._held += len(one.received)
        self._advance(one)

    def expire(self, *, ending: bool) -> None:
        """Let go of those that took too long; at the end of the server of those too that have not begun."""
        now = time.monotonic()
        for one in list(self._arriving.values()):
            if one.deadline < now:
                self._refuse(one, TOO_SLOW if one.received else b"")
            elif ending and not one.received:
                self._refuse(one, b"")

    def _advance(self, one: Arriving) -> None:
        try:
            self._read(one)
        except (ssl.SSLWantReadError, BlockingIOError):
            self._wait(one, selectors.EVENT_READ)
        except ssl.SSLWantWriteError:
            self._wait(one, selectors.EVENT_WRITE)
        except (OSError, EOFError):
            self._refuse(one, b"")

    def _read(self, one: Arriving) -> None:
        """Read on until the request is whole.

        Raises:
            BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError: there is no more now.
            OSError, EOFError: the client has gone, or speaks no TLS.
        """
        conn = one.conn
        if self._config.is_ssl and not isinstance(conn.sock, ssl.SSLSocket):
            conn.sock = sock.ssl_wrap_socket(conn.sock, self._config)
        if isinstance(conn.sock, ssl.SSLSocket) and not conn.initialized:
            conn.sock.do_handshake()
        while not one.is_whole:
            said = conn.sock.recv(_CHUNK)
            if not said and _END in one.received:
                break  # a body that ends too early: the application says so
            if not said:
                raise EOFError
            if not one.received:
                one.deadline = time.monotonic() + self._stall
            one.received += said
            self._held += len(said)
            if one.is_too_long or self._held > MOST_HELD:
                self._refuse(one, TOO_LONG if one.is_too_long else TOO_MANY)
                return
        self._forget(one)
        conn.sock.setblocking(True)
        if conn.parser is None:
            conn.parser = http.get_parser(self._config, conn.sock, conn.client)
        conn.parser.unreader.unread(bytes(one.received))
        conn.initialized = conn.data_ready = True
        self._done(conn, True)

    def _wait(self, one: Arriving, events: int) -> None:
        if one.waits_for != events:
            register = self._poller.modify if one.waits_for else self._poller.register
            register(one.conn.sock, events, lambda _: self._advance(one))
            one.waits_for = events

    def _refuse(self, one: Arriving, answer: bytes) -> None:
        self._forget(one)
        if answer:
            with suppress(OSError):
                one.conn.sock.send(answer)
                one.conn.sock.shutdown(socket.SHUT_WR)
                for _ in range(_MOST_LEFT):  # what is not read when it is closed could cost the client its answer
                    if not one.conn.sock.recv(_CHUNK):
                        break
        self._done(one.conn, False)

    def _forget(self, one: Arriving) -> None:
        del self._arriving[one.conn]
        self._held -= len(one.received)
        if one.waits_for:
            self._poller.unregister(one.conn.sock)
            one.waits_for = 0
