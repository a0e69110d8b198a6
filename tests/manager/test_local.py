"""``ditrit up`` as a program: manager and workers as one."""

import os
import re
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from manager.config import ManagerConfig
from manager.local import url
from tests.acceptance.running import Up


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    made = Up(tmp_path)
    yield made
    if made.process.poll() is None:
        made.end()


def children(process: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text()
        except OSError:
            continue  # it has ended since
        if int(text.rpartition(")")[2].split()[1]) == process:
            found.append(int(stat.parent.name))
    return sorted(found)


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def until(condition: Callable[[], bool], patience: float = 15) -> None:
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


def test_it_prints_where_it_is_and_ends_cleanly(up: Up, tmp_path: Path) -> None:
    up.until("Ctrl-C")
    assert f"{up.url}/" in up.text
    assert f"web page           {up.url}/ui/" in up.text
    assert requests.get(f"{up.url}/ready", timeout=5).ok
    up.until(r"worker-2 +\| .*journal " + re.escape(str(tmp_path / "execs")))
    until(lambda: up.workers() == ["worker-1", "worker-2"])
    family = children(up.process.pid)
    assert len(family) == 3
    began = time.monotonic()
    assert up.end(signal.SIGINT) == 0
    assert time.monotonic() - began < 10
    assert "Traceback" not in up.text
    assert not any(alive(process) for process in family)


def test_a_worker_that_died_is_started_again(up: Up) -> None:
    up.until(r"worker-1 +\| ")
    up.until(r"worker-2 +\| ")
    victim = children(up.process.pid)[-1]
    os.kill(victim, signal.SIGKILL)
    up.until("killed by SIGKILL")
    until(lambda: len(children(up.process.pid)) == 3)
    until(lambda: up.workers() == ["worker-1", "worker-2"])


def test_no_child_outlives_it_even_when_it_is_killed(up: Up) -> None:
    up.until("Ctrl-C")
    family = children(up.process.pid)
    up.end(signal.SIGKILL)
    until(lambda: not any(alive(process) for process in family))


def test_a_second_one_over_the_same_folder_says_who_runs_there(up: Up, tmp_path: Path) -> None:
    up.until("Ctrl-C")
    second = Up(tmp_path)
    assert second.ended() == 1
    assert "runs over" in second.text
    assert str(up.process.pid) in second.text
    assert "Traceback" not in second.text


def test_a_port_in_use_is_told(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        other = Up(tmp_path, port=port)
        assert other.ended() == 1
        assert f"cannot listen on 127.0.0.1:{port}: Address already in use" in other.text
        assert "--port" in other.text


def test_a_state_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    other = Up(tmp_path, "--state", str(tmp_path / "file" / "state"))
    assert other.ended() == 1
    assert "--state" in other.text
    assert "Traceback" not in other.text


@pytest.mark.parametrize(
    ("bind", "address"),
    [
        ("127.0.0.1:5000", "http://127.0.0.1:5000"),
        ("0.0.0.0:80", "http://127.0.0.1:80"),
        ("[::1]:5000", "http://[::1]:5000"),
        ("localhost:1", "http://localhost:1"),
    ],
)
def test_the_address_for_clients_follows_from_where_it_listens(bind: str, address: str, tmp_path: Path) -> None:
    assert url(ManagerConfig(state=tmp_path, bind=bind)) == address


def browser(folder: Path, text: str) -> str:
    """A program that is called as browsers are."""
    file = folder / "browser"
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)
    return str(file)


def test_it_opens_the_web_page_in_a_browser_when_it_is_asked_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = tmp_path / "seen"
    monkeypatch.setenv("BROWSER", browser(tmp_path, f'echo "$1" > {seen}.part && mv {seen}.part {seen}'))
    up = Up(tmp_path, "--workers", "0", "--open")
    until(seen.exists)
    assert seen.read_text() == f"{up.url}/ui/\n"
    assert up.end() == 0


def test_where_no_browser_opens_it_says_where_to_go_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROWSER", browser(tmp_path, "exit 1"))
    up = Up(tmp_path, "--workers", "0", "--open")
    up.until("no browser could be opened; go to http")
    assert requests.get(f"{up.url}/ready", timeout=5).ok
    assert up.end() == 0
