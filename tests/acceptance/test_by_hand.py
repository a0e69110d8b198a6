"""A manager and three workers started by hand on one space: the lines of the README work as with ``ditrit up``."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.acceptance.running import free_port
from tests.acceptance.servers import Server

ROOT = Path(__file__).parents[2]
LINES = [line for line in (ROOT / "README.md").read_text().splitlines() if line.startswith("curl -X PUT")]


@contextmanager
def ditrit(*arguments: str, settings: dict[str, str]) -> Iterator[None]:
    """A daemon in the foreground, ended as a Ctrl-C ends it."""
    command = [sys.executable, "-m", "manager.cli", *arguments]
    process = subprocess.Popen(command, env=os.environ | settings, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        yield
    finally:
        process.send_signal(2)
        printed, _ = process.communicate(timeout=15)
    assert process.returncode == 0, printed
    assert printed.count(b"\n") == 1, printed  # where it serves, or where its journal is; nothing else


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    bind = f"127.0.0.1:{free_port()}"
    found = Server(f"http://{bind}", {"DITRIT_STATE": str(tmp_path), "DITRIT_JOURNAL": str(tmp_path / "execs")})
    settings = dict(found.settings)
    with ExitStack() as daemons:
        daemons.enter_context(ditrit("manager", "--bind", bind, settings=settings))
        for number in range(3):
            daemons.enter_context(ditrit("worker", "--name", f"hand-{number}", settings=settings))
        until_three_workers_are_there(found)
        yield found


def until_three_workers_are_there(server: Server) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            if len(server.get("/workers")["items"]) == 3:
                return
        except requests.ConnectionError:
            pass  # the manager is starting
        assert time.monotonic() < deadline, "they do not come"
        time.sleep(0.1)


def curl(server: Server, line: str) -> Any:
    command = shlex.split(line.replace("http://localhost:5000", server.url))
    ended = subprocess.run([*command, "-sS"], cwd=ROOT, capture_output=True, text=True, timeout=30, check=True)
    return json.loads(ended.stdout)


def test_the_lines_of_the_readme_work_with_daemons_started_by_hand(server: Server) -> None:
    record = [curl(server, line) for line in LINES][-1]
    deadline = time.monotonic() + 60
    while record["status"] == "running" and time.monotonic() < deadline:
        time.sleep(0.1)
        record = server.get(f"/exec/{record['id']}")
    assert record["status"] == "succeeded", record
    nodes = server.get("/instance/un_model/une_instance")["nodes"]
    assert Counter(node["state"] for node in nodes) == Counter(started=19)
    workers = {item["worker"] for item in server.all(f"/exec/{record['id']}/operations")}
    assert workers <= {"hand-0", "hand-1", "hand-2"}
    assert len(workers) > 1
