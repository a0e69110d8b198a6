"""A worker that is told to end: what runs is finished, or handed back for others; nothing is said, nothing is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.servers import Server, running
from tests.support.archives import archive

TEMPLATE = """\
tosca_definitions_version: tosca_simple_yaml_1_1
topology_template:
  node_templates:
    app: {type: tosca.nodes.SoftwareComponent, interfaces: {Standard: {create: create.sh}}}
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with running(tmp_path, workers=0) as found:
        yield found


def started(server: Server, grace: float = 8.0) -> subprocess.Popen[str]:
    """A worker that has said where its journal is."""
    command = [sys.executable, "-m", "worker", "--grace", str(grace)]
    variables = os.environ | server.settings
    process = subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    assert "journal" in process.stdout.readline()
    return process


def appears(file: Path) -> str:
    deadline = time.monotonic() + 20
    while not file.exists() or not file.read_text().endswith("\n"):
        assert time.monotonic() < deadline, f"{file} does not appear"
        time.sleep(0.02)
    return file.read_text()


def execution(server: Server, script: str) -> str:
    server.deploy(archive({"service.yaml": TEMPLATE, "create.sh": script}), "m")
    return str(server.put("/exec", params={"model": "m", "instance": "one", "workflow": "install"})["id"])


def succeeded(server: Server, execution: str) -> None:
    deadline = time.monotonic() + 20
    while (record := server.get(f"/exec/{execution}"))["status"] == "running" and time.monotonic() < deadline:
        time.sleep(0.05)
    assert record["status"] == "succeeded", record


def attempts(server: Server, execution: str) -> list[tuple[int, int]]:
    """Number of the attempt and exit code of every operation in the history."""
    history = server.all(f"/exec/{execution}/history")
    return [(item["attempt"], item["exit_code"]) for item in history if "exit_code" in item]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_idle_worker_ends_at_once_and_says_nothing(server: Server, number: int) -> None:
    for pause in (0.0, 0.2, 0.7):
        worker = started(server)
        time.sleep(pause)
        worker.send_signal(number)
        printed, _ = worker.communicate(timeout=5)
        assert (worker.returncode, printed) == (0, "")


def test_what_runs_is_finished_and_committed(server: Server, tmp_path: Path) -> None:
    script = f"echo $$ > {tmp_path}/runs\nsleep 1.5\n"
    worker, made = started(server), execution(server, script)
    appears(tmp_path / "runs")
    worker.terminate()
    printed, _ = worker.communicate(timeout=10)
    assert (worker.returncode, printed) == (0, "")
    assert attempts(server, made) == [(1, 0)]


@pytest.mark.parametrize("signals", [1, 2])
def test_what_outlasts_the_grace_or_a_second_signal_is_handed_back(
    server: Server, tmp_path: Path, signals: int
) -> None:
    script = f"[ $DITRIT_ATTEMPT = 1 ] || exit 0\necho $$ > {tmp_path}/runs\nsleep 60\n"
    worker, made = started(server, grace=0.5 if signals == 1 else 60), execution(server, script)
    process = int(appears(tmp_path / "runs"))
    for _ in range(signals):
        worker.terminate()
        time.sleep(0.1)
    printed, _ = worker.communicate(timeout=10)
    assert (worker.returncode, printed) == (0, "")
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)

    other = started(server)
    succeeded(server, made)
    other.terminate()
    other.communicate(timeout=10)
    assert attempts(server, made) == [(2, 0)]
