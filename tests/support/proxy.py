"""A TCP proxy before a server: it loses answers, keeps bytes back, slows them down or refuses, when it is told to."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum

_AT_ONCE = struct.pack("ii", 1, 0)  # SO_LINGER: the end of a connection is a reset, and what was not sent is lost


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
        self._port = int(self._listener.getsockname()[1])
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._flows = threading.Event()
        self._flows.set()
        self.answers = Answers.PASS
        self.latency = 0.0  # seconds that everything takes, in both directions
        self.lost = 0  # answers that did not arrive
        self.requests = 0
        self._accepting = self._started(self._accept, self._listener)

    @property
    def netloc(self) -> str:
        return f"127.0.0.1:{self._port}"

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """Connections are reset, and new ones refused."""
        self._stop_listening()
        try:
            yield
        finally:
            self._listener = socket.create_server(("127.0.0.1", self._port))
            self._accepting = self._started(self._accept, self._listener)

    @contextmanager
    def silent(self) -> Iterator[None]:
        """Nothing is passed on, in both directions; afterwards all of it is, however late."""
        self._flows.clear()
        try:
            yield
        finally:
            self._flows.set()

    @contextmanager
    def slow(self, latency: float) -> Iterator[None]:
        """Everything takes longer; a request arrives although its client has given up."""
        self.latency = latency
        try:
            yield
        finally:
            self.latency = 0.0

    @contextmanager
    def losing(self, answers: Answers) -> Iterator[None]:
        """Requests arrive, and their answers do not."""
        self.answers = answers
        try:
            yield
        finally:
            self.answers = Answers.PASS

    def close(self) -> None:
        self._closed.set()
        self._flows.set()
        self._stop_listening()

    def _stop_listening(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._accepting.join()
        self._listener.close()
        with self._lock:
            for one in self._open:
                with contextlib.suppress(OSError):
                    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
                    one.shutdown(socket.SHUT_RDWR)

    def _started(self, work: object, *arguments: object) -> threading.Thread:
        assert callable(work)
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        thread.start()
        return thread

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return  # closed
            self._started(self._connect, client)

    def _connect(self, client: socket.socket) -> None:
        """Serve one connection to its end."""
        try:
            server = socket.create_connection(self._target, timeout=10)
        except OSError:
            client.close()
            return
        server.settimeout(None)
        for one in (client, server):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
        with self._lock:
            self._open |= {client, server}
        answering = self._started(self._answer, client, server)
        self._ask(client, server)
        answering.join()
        with self._lock:
            self._open -= {client, server}
        client.close()
        server.close()

    def _ask(self, client: socket.socket, server: socket.socket) -> None:
        for data in _received(client):
            self.requests += data.startswith((b"GET ", b"PUT "))
            self._delay()
            with contextlib.suppress(OSError):
                server.sendall(data)
        self._delay()
        _end(server)

    def _answer(self, client: socket.socket, server: socket.socket) -> None:
        for data in _received(server):
            self._delay()
            if self.answers is Answers.PASS:
                with contextlib.suppress(OSError):
                    client.sendall(data)
                continue
            self.lost += 1
            if self.answers is Answers.CUT:
                break
        _end(client)

    def _delay(self) -> None:
        self._flows.wait()
        if self.latency:
            self._closed.wait(self.latency)


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
