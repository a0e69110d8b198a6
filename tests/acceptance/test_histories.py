"""The examples, deployed and taken down by a manager and two workers: what was committed obeys the standard.

The manager, the workers and the space are real; the checker knows nothing of them.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.acceptance.checker import check
from tests.acceptance.topologies import Topology, appli, legacy, minimal

EXAMPLES = Path(__file__).parents[2] / "example"
TOPOLOGIES = {"appli": appli(), "legacy": legacy(), "minimal": minimal()}


@dataclass(frozen=True)
class Server:
    """A manager and two workers, and the journal that these share."""

    url: str
    journal: Path

    def put(self, path: str, **options: Any) -> Any:
        answer = requests.put(self.url + path, timeout=60, **options)
        assert answer.status_code in {200, 201, 202}, answer.text
        return answer.json()

    def get(self, path: str, **parameters: Any) -> Any:
        answer = requests.get(self.url + path, params=parameters, timeout=60)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def all(self, path: str) -> list[Any]:
        page = self.get(path, limit=100)
        items: list[Any] = page["items"]
        while page["next"] is not None:
            page = self.get(path, limit=100, after=page["next"])
            items += page["items"]
        return items

    def deploy(self, example: str, name: str, weaving: str) -> None:
        with (EXAMPLES / f"{example}.zip").open("rb") as archive:
            self.put("/csar", params={"model": name, "weaving": weaving}, files={"file": archive})
        self.put("/instance", params={"model": name, "name": "one"})

    def execute(self, name: str, workflow: str, seconds: float = 60.0) -> str:
        execution = self.put("/exec", params={"model": name, "instance": "one", "workflow": workflow})["id"]
        deadline = time.monotonic() + seconds
        while (record := self.get(f"/exec/{execution}"))["status"] == "running" and time.monotonic() < deadline:
            time.sleep(0.05)
        assert record["status"] == "succeeded", record
        return str(execution)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("up")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "manager", "up", "--workers", "2", "--port", str(port), "--state", str(folder)]
    variables = {**os.environ, "DITRIT_JOURNAL": str(folder / "execs")}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=variables)
    try:
        _await(f"http://127.0.0.1:{port}/workers", folder / "log")
        yield Server(f"http://127.0.0.1:{port}", folder / "execs")
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


def _await(url: str, log: Path) -> None:
    """Wait for both workers."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if len(requests.get(url, timeout=5).json()["items"]) == 2:
                return
        except (requests.RequestException, KeyError):
            pass
        time.sleep(0.1)
    raise AssertionError(log.read_text())


@pytest.mark.parametrize("weaving", ["interleaved", "strict"])
@pytest.mark.parametrize("example", sorted(TOPOLOGIES))
def test_what_is_committed_obeys_the_standard(server: Server, example: str, weaving: str) -> None:
    """Install, uninstall and install again."""
    topology, name = TOPOLOGIES[example], f"{example}-{weaving}"
    server.deploy(example, name, weaving)
    for workflow, end in (("install", "started"), ("uninstall", "deleted"), ("install", "started")):
        execution = server.execute(name, workflow)
        history = server.all(f"/exec/{execution}/history")
        assert check(history, topology, workflow, strict=weaving == "strict") == []
        assert states(server, name) == Counter({end: instances(topology)})
        assert journal_lines(server, execution) == len([item for item in history if "operation" in item])


def states(server: Server, name: str) -> Counter[str]:
    return Counter(node["state"] for node in server.get(f"/instance/{name}/one")["nodes"])


def instances(topology: Topology) -> int:
    return sum(len(topology.instances(node.name)) for node in topology.nodes)


def journal_lines(server: Server, execution: str) -> int:
    """The lines of an execution, once the workers have written them, which they do after the commit."""
    time.sleep(0.3)
    return sum(line.split()[2] == execution for line in server.journal.read_text().splitlines())
