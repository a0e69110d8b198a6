"""The server as a process: how it starts and how it ends."""

import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from http.client import HTTPResponse
from pathlib import Path
from typing import Any

import pytest
import requests

from manager.config import ManagerConfig
from manager.server import Server
from tests.support.consul import Cluster
from tests.support.proxy import proxy

Csar = Callable[..., bytes]

WATCHERS = 20
DESCRIPTORS = 256  # that a process may have unless it asks for more


@pytest.fixture
def own(variables: dict[str, str], tmp_path: Path, free_port: Callable[[], int]) -> Iterator[Any]:
    """A manager of the test's own, without workers: process and address."""
    bind = f"127.0.0.1:{free_port()}"
    environment = {**variables, "DITRIT_STATE": str(tmp_path), "DITRIT_BIND": bind, "DITRIT_THREADS": "4"}
    environment |= {"DITRIT_STALL": "3", "DITRIT_WATCHERS": str(WATCHERS)}
    command = ["bash", "-c", f'ulimit -Sn {DESCRIPTORS} && exec "$@"', "-", sys.executable, "-m", "manager"]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE)
    url = f"http://{bind}"
    deadline = time.monotonic() + 30
    while True:
        try:
            requests.get(f"{url}/health", timeout=5)
            break
        except requests.ConnectionError:
            assert time.monotonic() < deadline, "the manager does not answer"
            time.sleep(0.05)
    yield process, url
    process.kill()
    process.communicate()


def running(url: str, csar: Csar) -> str:
    """An execution that never ends, for there are no workers."""
    requests.put(f"{url}/csar", params={"model": "m"}, files={"file": ("a.zip", csar())}, timeout=30)
    requests.put(f"{url}/instance", params={"model": "m", "name": "i"}, timeout=30)
    params = {"model": "m", "instance": "i", "workflow": "install"}
    return str(requests.put(f"{url}/exec", params=params, timeout=30).json()["id"])


def test_a_request_under_way_is_finished_when_it_is_asked_to_end(own: Any, csar: Csar) -> None:
    process, url = own
    sending = threading.Event()

    def slowly() -> Iterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.zip"\r\n\r\n'
        sending.set()
        time.sleep(1.5)
        yield csar()
        yield b"\r\n--x--\r\n"

    answers = []

    def upload() -> None:
        headers = {"Content-Type": "multipart/form-data; boundary=x"}
        answers.append(requests.put(f"{url}/csar?model=m", data=slowly(), headers=headers, timeout=30))

    thread = threading.Thread(target=upload)
    thread.start()
    sending.wait(10)
    time.sleep(0.3)
    process.send_signal(signal.SIGTERM)
    thread.join(20)
    assert [answer.status_code for answer in answers] == [201]
    assert process.wait(10) == 0


def test_streams_end_when_it_is_asked_to_end(own: Any, csar: Csar) -> None:
    process, url = own
    execution = running(url, csar)
    with requests.get(f"{url}/exec/{execution}/events", stream=True, timeout=30) as response:
        chunks = response.iter_content(chunk_size=None)
        assert next(chunks)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert b"event: end" not in b"".join(chunks)
    assert process.wait(10) == 0
    assert time.monotonic() - began < 5


def test_more_clients_may_watch_than_there_are_threads_and_each_is_told_all(own: Any, csar: Csar) -> None:
    _, url = own
    execution = running(url, csar)
    watching = [requests.get(f"{url}/exec/{execution}/events", stream=True, timeout=30) for _ in range(WATCHERS)]
    assert requests.get(f"{url}/health", timeout=5).ok
    refused = requests.get(f"{url}/exec/{execution}/events", stream=True, timeout=30)
    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "too-many-streams")
    assert requests.post(f"{url}/exec/{execution}/cancel", timeout=10).ok
    told = [_seen(stream.text) for stream in watching]
    assert told == [told[0]] * WATCHERS
    assert told[0][-1] == "event: end"
    assert requests.get(f"{url}/exec/{execution}/events", timeout=30).ok, "their places are free again"


def _seen(events: str) -> list[str]:
    return [line for line in events.splitlines() if line.startswith(("id:", "event:"))]


def test_a_head_request_takes_no_place(own: Any, csar: Csar) -> None:
    _, url = own
    execution = running(url, csar)
    for path in ("events", "log?follow=true"):
        for _ in range(WATCHERS + 1):
            assert requests.head(f"{url}/exec/{execution}/{path}", timeout=10).status_code == 200


def test_followed_logs_leave_room_for_requests_and_one_too_many_is_refused(own: Any, csar: Csar) -> None:
    _, url = own
    path = f"{url}/exec/{running(url, csar)}/log?follow=true"
    opened = [requests.get(path, stream=True, timeout=30) for _ in range(2)]
    refused = requests.get(path, timeout=30)
    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "too-many-streams")
    assert requests.get(f"{url}/health", timeout=5).ok
    for response in opened:
        response.close()
    deadline = time.monotonic() + 10
    while requests.get(path, stream=True, timeout=30).status_code == 503:
        assert time.monotonic() < deadline, "the places are never free again"
        time.sleep(0.1)


def test_two_managers_over_one_space_are_equal(
    own: Any, csar: Csar, variables: dict[str, str], tmp_path: Path, free_port: Callable[[], int]
) -> None:
    _, url = own
    bind = f"127.0.0.1:{free_port()}"
    environment = {**variables, "DITRIT_STATE": str(tmp_path), "DITRIT_BIND": bind}
    second = subprocess.Popen([sys.executable, "-m", "manager"], env=environment)
    try:
        execution = running(url, csar)
        deadline = time.monotonic() + 30
        while True:
            try:
                assert requests.get(f"http://{bind}/exec/{execution}", timeout=5).json()["id"] == execution
                break
            except requests.ConnectionError:
                assert time.monotonic() < deadline
                time.sleep(0.05)
        assert requests.get(f"http://{bind}/csar/m/archive", timeout=5).content == csar()
    finally:
        second.terminate()
        second.wait(15)


def test_it_prints_a_line_per_request_only_when_told(own: Any) -> None:
    process, url = own
    requests.get(f"{url}/nothing", timeout=5)
    process.send_signal(signal.SIGTERM)
    _, printed = process.communicate(timeout=15)
    assert printed == b""


STALLED = {
    "in the headers": b"GET /health HTTP/1.1\r\nHost: localhost\r\n",
    "in the body": b"PUT /instance?model=m&name=i HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50\r\n\r\n{",
    "in an upload": b"PUT /csar?model=m HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000\r\n"
    b"Content-Type: multipart/form-data; boundary=x\r\n\r\n--x\r\n",
    "before a body that is too large": b"PUT /instance?model=m HTTP/1.1\r\nHost: localhost\r\n"
    b"Content-Length: 9000000\r\n\r\n",
}


@pytest.mark.parametrize("where", STALLED)
def test_clients_that_fall_silent_do_not_keep_others_out(own: Any, where: str) -> None:
    """More of them than there are threads; each is let go when it has said nothing for as long as it may."""
    _, url = own
    host, port = url.removeprefix("http://").split(":")
    silent = [socket.create_connection((host, int(port))) for _ in range(8)]
    try:
        for client in silent:
            client.sendall(STALLED[where])
        assert requests.get(f"{url}/health", timeout=20).ok
        assert requests.get(f"{url}/csar", timeout=20).json()["items"] == []
    finally:
        for client in silent:
            client.close()


@pytest.mark.parametrize("where", ["in the headers", "in the body"])
def test_clients_that_send_a_byte_now_and_then_keep_nobody_out(own: Any, where: str) -> None:
    """More of them than there are threads, and none is ever silent for long."""
    _, url = own
    host, port = url.removeprefix("http://").split(":")
    over = threading.Event()
    with ExitStack() as stack:
        slow = [stack.enter_context(socket.create_connection((host, int(port)))) for _ in range(8)]

        def send() -> None:
            for client in slow:
                client.sendall(STALLED[where])
            while not over.wait(0.2):
                for client in slow:
                    with suppress(OSError):  # let go of in the end
                        client.sendall(b" ")

        thread = threading.Thread(target=send)
        thread.start()
        try:
            for _ in range(20):
                assert requests.get(f"{url}/health", timeout=10).ok
                time.sleep(0.1)
        finally:
            over.set()
            thread.join()


def test_a_client_that_is_too_slow_or_has_too_long_a_head_is_told(own: Any) -> None:
    _, url = own
    host, port = url.removeprefix("http://").split(":")
    for sent, status in ((STALLED["in the headers"], 408), (b"GET / HTTP/1.1\r\nX: " + b"x" * 70_000, 431)):
        with socket.create_connection((host, int(port))) as client:
            client.sendall(sent)
            client.settimeout(20)
            answer = HTTPResponse(client)
            answer.begin()
            assert answer.status == status
            assert json.loads(answer.read())["error"]["message"]


def test_requests_that_follow_each_other_at_once_are_answered_in_turn(own: Any) -> None:
    """The second comes with the first, the third in pieces."""
    _, url = own
    host, port = url.removeprefix("http://").split(":")
    ask = b"GET /%b HTTP/1.1\r\nHost: localhost\r\n\r\n"
    third = ask % b"workers"
    with socket.create_connection((host, int(port))) as client:
        client.settimeout(20)
        client.sendall(ask % b"health" + ask % b"csar" + third[:8])
        with client.makefile("rb") as stream:
            for number in range(3):
                if number == 2:
                    client.sendall(third[8:])
                assert stream.readline().startswith(b"HTTP/1.1 200")
                head = dict(line.split(b": ", 1) for line in iter(stream.readline, b"\r\n"))
                stream.read(int(head[b"Content-Length"]))


def test_a_client_that_ends_in_its_body_is_told(own: Any) -> None:
    _, url = own
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as client:
        client.sendall(STALLED["in the body"])
        client.shutdown(socket.SHUT_WR)
        client.settimeout(20)
        answer = HTTPResponse(client)
        answer.begin()
        assert answer.status == 400
        assert json.loads(answer.read())["error"]["code"] == "invalid-json"


def test_a_client_that_falls_silent_in_its_body_is_told(own: Any) -> None:
    _, url = own
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as client:
        client.sendall(STALLED["in the body"])
        client.settimeout(20)
        answer = HTTPResponse(client)
        answer.begin()
        assert answer.status == 408


def test_connections_that_say_nothing_keep_nobody_out_however_many_there_are(own: Any) -> None:
    """More than a process may have descriptors at first, and than there are threads."""
    process, url = own
    host, port = url.removeprefix("http://").split(":")
    with ExitStack() as silent:
        for _ in range(2 * DESCRIPTORS):
            silent.enter_context(socket.create_connection((host, int(port)), 10))
        for _ in range(10):
            assert requests.get(f"{url}/health", timeout=10).ok
    assert process.poll() is None


def test_a_space_that_goes_away_while_a_manager_starts_is_waited_for(one_consul: Cluster, tmp_path: Path) -> None:
    """It was there when the manager looked, and its process that serves requests opens it once more."""
    consul = one_consul.servers[0]
    with proxy(consul.address, consul.port) as line:
        server = Server(ManagerConfig(state=tmp_path, space=f"consul://{line.netloc}/waiting"))
        thread = threading.Thread(target=server.load)
        with line.refusing():
            thread.start()
            thread.join(1.5)
            assert thread.is_alive()
        thread.join(30)
        assert not thread.is_alive()
        assert server.load().test_client().get("/ready").status_code == 200


def test_a_manager_that_waits_for_its_space_ends_when_it_is_told_to(tmp_path: Path) -> None:
    server = Server(ManagerConfig(state=tmp_path, space="consul://127.0.0.1:1/waiting"))
    server.ending = True
    with pytest.raises(SystemExit) as caught:
        server.load()
    assert caught.value.code == 0
