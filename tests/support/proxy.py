"""A TCP proxy before a server, which loses answers when it is told to."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum


class Answers(Enum):
    """What becomes of the server's answers."""

    PASS = "they arrive"
    CUT = "the connection ends instead"
    SILENCE = "nothing arrives, and the connection stays"


class Proxy:
    """Passes on what clients say, each connection in threads of its own."""

    def __init__(self, host: str, port: int) -> None:
        self._target = host, port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self.answers = Answers.PASS
        self.lost = 0  # answers that did not arrive
        self.requests = 0
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    @property
    def netloc(self) -> str:
        host, port = self._listener.getsockname()
        return f"{host}:{port}"

    def close(self) -> None:
        for one in [self._listener, *self._open]:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        for one in [self._listener, *self._open]:
            one.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return  # closed
            server = socket.create_connection(self._target)
            self._open += [client, server]
            for pump in (self._ask, self._answer):
                thread = threading.Thread(target=pump, args=(client, server))
                thread.start()
                self._threads.append(thread)

    def _ask(self, client: socket.socket, server: socket.socket) -> None:
        for data in _received(client):
            self.requests += data.startswith((b"GET ", b"PUT "))
            server.sendall(data)
        _end(server)

    def _answer(self, client: socket.socket, server: socket.socket) -> None:
        for data in _received(server):
            if self.answers is Answers.PASS:
                client.sendall(data)
                continue
            self.lost += 1
            if self.answers is Answers.CUT:
                break
        _end(client)


@contextmanager
def proxy(host: str, port: int) -> Iterator[Proxy]:
    """A proxy before the server at this address."""
    found = Proxy(host, port)
    try:
        yield found
    finally:
        found.close()


def _received(source: socket.socket) -> Iterator[bytes]:
    with contextlib.suppress(OSError):
        while data := source.recv(1 << 16):
            yield data


def _end(sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_RDWR)
