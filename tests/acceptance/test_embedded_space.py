"""The embedded space in trouble: its disk is full or read-only, or everything is killed at once; then all goes on."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import requests

from tests.acceptance.checker import check
from tests.acceptance.running import Up
from tests.acceptance.servers import Server, running
from tests.acceptance.test_consul import until
from tests.acceptance.test_killed_workers import slow_example
from tests.acceptance.topologies import appli

SIZE = 8 << 20  # bytes of a small disk


def processes(state: Path) -> list[int]:
    """All processes of a deployment: they have the folder in their environment."""
    mark = f"DITRIT_STATE={state}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if int(folder.name) != os.getpid() and mark in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
    return found


class Disk:
    """A small file system of its own; where none can be mounted, a limit to how long files may become."""

    def __init__(self, folder: Path, state: Path) -> None:
        self.folder = folder
        self._state = state
        folder.mkdir()
        self.mounted = _mount("-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder))

    @contextmanager
    def full(self) -> Iterator[None]:
        with self._filled() if self.mounted else self._limited():
            yield

    @contextmanager
    def read_only(self) -> Iterator[None]:
        """For as long as nobody has a file on it open."""
        if self.mounted:
            assert _mount("-o", "remount,ro", str(self.folder))
        else:
            self.folder.chmod(0o555)
            for file in self.folder.iterdir():
                file.chmod(0o444 if file.is_file() else 0o555)
        try:
            yield
        finally:
            if self.mounted:
                assert _mount("-o", "remount,rw", str(self.folder))
            else:
                self.folder.chmod(0o755)
                for file in self.folder.iterdir():
                    file.chmod(0o644 if file.is_file() else 0o755)

    def close(self) -> None:
        if self.mounted:
            subprocess.run(["umount", "--lazy", str(self.folder)], check=True)

    @contextmanager
    def _filled(self) -> Iterator[None]:
        filler = self.folder / "filler"
        with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(b"x" * 4096)
        try:
            yield
        finally:
            filler.unlink()

    @contextmanager
    def _limited(self) -> Iterator[None]:
        limit = max(file.stat().st_size for file in self.folder.glob("space.db*") if file.is_file())
        with ExitStack() as stack:
            for process in processes(self._state):
                soft, hard = resource.prlimit(process, resource.RLIMIT_FSIZE)
                resource.prlimit(process, resource.RLIMIT_FSIZE, (limit, hard))
                stack.callback(resource.prlimit, process, resource.RLIMIT_FSIZE, (soft, hard))
            yield


def _mount(*arguments: str) -> bool:
    return subprocess.run(["mount", *arguments], check=False, capture_output=True).returncode == 0


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    found = Disk(tmp_path / "disk", tmp_path / "up" / "state")
    yield found
    found.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "up").mkdir()
    return tmp_path / "up"


def space_of(disk: Disk) -> tuple[str, str]:
    return "--space", f"sqlite://{disk.folder}/space.db"


def begun(server: Server, folder: Path) -> str:
    """An installation of the example that is in its middle."""
    server.deploy(slow_example(folder / "slow"), "appli")
    execution = str(server.put("/exec", params={"model": "appli", "instance": "one", "workflow": "install"})["id"])
    until(lambda: server.get(f"/exec/{execution}")["operations"]["done"] >= 10)
    return execution


def ended_well(server: Server, execution: str, *flags: str) -> None:
    until(lambda: server.get(f"/exec/{execution}")["status"] != "running", 90)
    assert server.get(f"/exec/{execution}")["status"] == "succeeded"
    assert check(server.all(f"/exec/{execution}/history"), appli(), "install") == []
    assert server.states("appli") == {"started": 19}
    command = [sys.executable, "-m", "manager.cli", "space", "check", "--state", server.settings["DITRIT_STATE"]]
    ended = subprocess.run([*command, *flags], capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_a_full_disk_is_told_and_all_goes_on_when_there_is_room_again(disk: Disk, folder: Path) -> None:
    with running(folder, 2, *space_of(disk)) as server:
        execution = begun(server, folder)
        promised = []
        with disk.full():
            for number in range(500):  # what was written and thrown away leaves room for a while
                parameters = {"model": "appli", "name": f"i{number}"}
                answer = requests.put(f"{server.url}/instance", params=parameters, timeout=60)
                if answer.status_code == 503:
                    break
                promised.append(parameters["name"])
            assert answer.status_code == 503
            message = answer.json()["error"]["message"]
            assert f"the space '{disk.folder}/space.db' cannot be used: " in message
            assert ("full" if disk.mounted else "disk I/O error") in message
            assert server.get(f"/exec/{execution}")["status"] == "running"  # reading needs no room
        ended_well(server, execution, *space_of(disk))
        there = {item["instance"] for item in server.all("/instance")}
        assert there >= {"one", *promised}


def test_a_space_that_cannot_be_written_is_told_at_the_start_and_is_as_it_was_afterwards(
    disk: Disk, folder: Path
) -> None:
    if os.geteuid() == 0:
        assert disk.mounted, "root writes whatever the permissions are: it must be a file system of its own"
    with running(folder, 0, *space_of(disk)) as server:
        server.deploy(slow_example(folder / "slow"), "appli")
    with disk.read_only():
        up = Up(folder, "--workers", "0", *space_of(disk))
        assert up.ended(30) != 0
        assert f"the space '{disk.folder}/space.db' cannot be" in up.text
        assert "Traceback" not in up.text
    with running(folder, 2, *space_of(disk)) as server:
        server.execute("appli", "install")
        assert server.states("appli") == {"started": 19}


def test_everything_is_killed_at_once_in_the_middle_and_started_again(folder: Path) -> None:
    up = Up(folder, "--workers", "2")
    up.until("Swagger UI")
    settings = {"DITRIT_STATE": str(folder / "state"), "DITRIT_JOURNAL": str(up.journal)}
    execution = begun(Server(up.url, settings), folder)
    while found := processes(folder / "state"):
        for process in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        up.process.poll()
        time.sleep(0.05)
    up.ended()

    with running(folder, 2) as server:
        ended_well(server, execution)
