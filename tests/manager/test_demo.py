"""``ditrit demo`` as a program."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

ROOT = Path(__file__).parents[2]
Csar = Callable[..., bytes]


@pytest.fixture
def command(free_port: Callable[[], int]) -> list[str]:
    return [sys.executable, "-m", "manager.cli", "demo", "--port", str(free_port())]


@pytest.fixture
def environment(variables: dict[str, str], tmp_path: Path) -> dict[str, str]:
    return {**variables, "TMPDIR": str(tmp_path)}


def run(command: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def slow(folder: Path, csar: Csar, script: str) -> Path:
    path = folder / "slow.zip"
    path.write_bytes(csar(scripts={f"scripts/{step}.sh": script for step in ("create", "start", "delete")}))
    return path


def test_it_installs_and_uninstalls_an_example_and_leaves_nothing_behind(
    command: list[str], environment: dict[str, str], tmp_path: Path
) -> None:
    ended = run([*command, "minimal", "--once"], environment)
    assert ended.returncode == 0, ended.stderr
    assert "install succeeded: 2 operations" in ended.stdout
    assert re.search(r"^page\[0,0\] +started +server\[0\]", ended.stdout, re.MULTILINE)
    assert "uninstall succeeded: 1 operations" in ended.stdout
    assert re.search(r"^page\[0,0\] +deleted +server\[0\]", ended.stdout, re.MULTILINE)
    assert list(tmp_path.glob("ditrit-demo-*")) == []


def test_a_deployment_that_fails_makes_it_exit_with_1(
    command: list[str], environment: dict[str, str], csar: Csar, tmp_path: Path
) -> None:
    ended = run([*command, str(slow(tmp_path, csar, "#!/bin/sh\nexit 3\n")), "--once"], environment)
    assert ended.returncode == 1
    assert "exit code 3" in ended.stderr
    assert "install failed: 2 operations, 2 failed\n" in ended.stdout


def test_an_archive_with_errors_makes_it_exit_with_1(
    command: list[str], environment: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "bad.zip").write_bytes(b"bad")
    ended = run([*command, str(tmp_path / "bad.zip")], environment)
    assert ended.returncode == 1
    assert ended.stderr.startswith("error: ")
    assert "Traceback" not in ended.stderr


def test_without_once_it_stays_until_it_is_told_to_end(command: list[str], environment: dict[str, str]) -> None:
    process = subprocess.Popen(
        [*command, "minimal"], env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True, bufsize=1
    )
    assert process.stdout is not None
    with process.stdout as lines:
        printed = ""
        while "Ctrl-C ends it." not in printed:
            printed += lines.readline()
        url = next(word for word in printed.split() if word.startswith("http://127.0.0.1:"))
        shown = requests.get(f"{url}instance/un_model/une_instance", timeout=5).json()
        assert shown["status"] == "started"
        process.send_signal(signal.SIGINT)
        assert process.wait(15) == 0


def test_it_says_so_when_it_takes_another_port(environment: dict[str, str]) -> None:
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):  # somebody else holds it then
            holder.bind(("127.0.0.1", 5000))
            holder.listen()
        ended = run([sys.executable, "-m", "manager.cli", "demo", "minimal", "--once"], environment)
    assert ended.returncode == 0, ended.stderr
    assert re.search(r"^port 5000 is taken; serving on port \d+ instead$", ended.stdout, re.MULTILINE)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_deployment_under_way_can_be_broken_off(
    command: list[str], environment: dict[str, str], csar: Csar, tmp_path: Path, number: int
) -> None:
    """Also when it was started with SIGINT ignored, as shells start what they put into the background."""
    archive = slow(tmp_path, csar, "#!/bin/sh\necho $$ >> $TMPDIR/started\nexec sleep 60\n")
    in_background = ["sh", "-c", 'trap "" INT; exec "$@"', "sh", *command, str(archive)]
    process = subprocess.Popen(in_background, env=environment, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 30
    while not (tmp_path / "started").exists():
        assert time.monotonic() < deadline, "no operation was started"
        time.sleep(0.05)
    time.sleep(0.3)
    process.send_signal(number)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 1
    assert "Traceback" not in errors
    for operation in (tmp_path / "started").read_text().split():
        with pytest.raises(ProcessLookupError):
            os.kill(int(operation), 0)
