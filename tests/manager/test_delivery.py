"""Streams of events on their way: what goes wrong with one client is nothing to the others."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
import trustme

from manager import delivery
from manager.delivery import Delivery


class Source:
    """Chunks for one client; more may come as long as it is not done."""

    def __init__(self, *chunks: bytes, done: bool = True) -> None:
        self._chunks = list(chunks)
        self._done = done
        self.closed = threading.Event()

    @property
    def done(self) -> bool:
        return self._done and not self._chunks

    def take(self) -> bytes:
        return self._chunks.pop(0) if self._chunks else b""

    def close(self) -> None:
        self.closed.set()


@pytest.fixture
def deliver() -> Iterator[Callable[..., socket.socket]]:
    """Hands a connection over with its source; the client's end."""
    delivery, clients = Delivery(), []

    def adopt(source: Source, *, chunked: bool = False) -> socket.socket:
        ours, client = socket.socketpair()
        client.settimeout(20)
        delivery.adopt(ours, source, chunked=chunked)
        clients.append(client)
        return client

    yield adopt
    delivery.close()
    for client in clients:
        client.close()


Deliver = Callable[..., socket.socket]


def everything(client: socket.socket) -> bytes:
    return b"".join(iter(lambda: client.recv(1 << 16), b""))


def test_all_is_sent_and_the_connection_closed(deliver: Deliver) -> None:
    source = Source(b"one", b"two")
    assert everything(deliver(source)) == b"onetwo"
    assert source.closed.wait(10)


def test_chunks_are_framed_for_clients_of_http_1_1(deliver: Deliver) -> None:
    assert everything(deliver(Source(b"one", b"0123456789abcdef"), chunked=True)) == (
        b"3\r\none\r\n10\r\n0123456789abcdef\r\n0\r\n\r\n"
    )


def test_a_stream_with_nothing_to_tell_says_that_it_is_there(deliver: Deliver) -> None:
    client = deliver(Source(b"one", done=False))
    assert client.recv(100) == b"one"
    assert client.recv(100) == b": waiting\n\n"
    assert client.recv(100) == b": waiting\n\n"


def test_who_does_not_read_holds_nobody_up_and_gets_all_when_it_does(deliver: Deliver) -> None:
    much = [bytes([number]) * 100_000 for number in range(100)]
    slow = deliver(Source(*much))
    for _ in range(10):
        assert everything(deliver(Source(b"quick"))) == b"quick"
    assert everything(slow) == b"".join(much)


def test_who_takes_nothing_for_long_is_let_go(deliver: Deliver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "STALL", 0.5)
    source = Source(*[b"x" * 100_000] * 100)
    deliver(source)
    assert source.closed.wait(10)


def test_who_has_gone_is_let_go(deliver: Deliver) -> None:
    source = Source(b"one", done=False)
    client = deliver(source)
    assert client.recv(100) == b"one"
    client.close()
    assert source.closed.wait(10)


def test_who_talks_without_end_is_let_go(deliver: Deliver) -> None:
    source = Source(done=False)
    client = deliver(source)
    deadline = time.monotonic() + 10
    while not source.closed.is_set():
        assert time.monotonic() < deadline
        with suppress(OSError):
            client.send(b"x" * 1024)


def test_what_is_open_at_the_end_is_closed_in_form() -> None:
    delivery, source = Delivery(), Source(b"one", done=False)
    ours, client = socket.socketpair()
    with client:
        delivery.adopt(ours, source, chunked=True)
        assert client.recv(100) == b"3\r\none\r\n"
        delivery.close()
        assert everything(client) == b"0\r\n\r\n"
    assert source.closed.is_set()


def test_it_is_the_same_over_tls() -> None:
    """Much at once, so that the connection takes it in parts; the end is told by the rules of TLS."""
    much = [bytes([number]) * 100_000 for number in range(100)]
    delivery, source, (server, client) = Delivery(), Source(*much), _over_tls()
    with client:
        delivery.adopt(server, source, chunked=False)
        assert everything(client) == b"".join(much)
    assert source.closed.wait(10)
    delivery.close()


def _over_tls() -> tuple[ssl.SSLSocket, ssl.SSLSocket]:
    authority = trustme.CA()
    of_server, of_client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.issue_cert("here").configure_cert(of_server)
    authority.configure_trust(of_client)
    ours, client = socket.socketpair()
    with ThreadPoolExecutor(1) as pool:
        server = pool.submit(of_server.wrap_socket, ours, server_side=True)
        secret = of_client.wrap_socket(client, server_hostname="here", suppress_ragged_eofs=False)
        return server.result(), secret
