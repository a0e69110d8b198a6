"""What an operation can do wrong, and that nothing but its node suffers.

Every archive has a node ``bad`` whose ``start`` goes wrong, a node ``good`` that has nothing to do with it, and a node
``after`` that connects to ``bad`` and so must not start.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.servers import Server, running
from tests.support.archives import archive

TEMPLATE = """\
tosca_definitions_version: tosca_simple_yaml_1_1
topology_template:
  node_templates:
    bad: {type: tosca.nodes.SoftwareComponent, interfaces: {Standard: {create: ok.sh, start: bad.sh, delete: ok.sh}}}
    good: {type: tosca.nodes.SoftwareComponent, interfaces: {Standard: {create: ok.sh, start: ok.sh, delete: ok.sh}}}
    after:
      type: tosca.nodes.SoftwareComponent
      requirements: [{dependency: {node: bad, relationship: tosca.relationships.ConnectsTo}}]
      interfaces: {Standard: {create: ok.sh, start: ok.sh, delete: ok.sh}}
"""
LIMIT = 2  # seconds that an operation may last here
FAILURES = {
    "exits": ("echo it is broken\nexit 1", 1, "exit code 1: it is broken"),
    "hangs": ("echo I wait\nsleep 600", -15, f"time limit of {LIMIT} s exceeded"),
    "hangs-deaf": ("trap '' TERM\nwhile :; do sleep 1; done", -9, f"time limit of {LIMIT} s exceeded"),
    "killed": ("kill -9 $$", -9, "killed by SIGKILL"),
    "talks": ("head -c 10000000 /dev/zero | tr '\\0' x\necho\necho enough\nexit 3", 3, "exit code 3: enough"),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("failures")
    settings = folder / "settings.yaml"
    settings.write_text(f"worker: {{time_limit: {LIMIT}}}\n")
    with running(folder, 2, "--config", str(settings)) as found:
        yield found


def failing(script: str) -> bytes:
    return archive({"service.yaml": TEMPLATE, "ok.sh": "echo $OPERATION of $NODE\n", "bad.sh": f"{script}\n"})


def ended(server: Server, name: str, workflow: str) -> Any:
    execution = server.put("/exec", params={"model": name, "instance": "one", "workflow": workflow})["id"]
    deadline = time.monotonic() + 60
    while (record := server.get(f"/exec/{execution}"))["status"] == "running":
        assert time.monotonic() < deadline, record
        time.sleep(0.05)
    return record


def states(server: Server, name: str) -> dict[str, str]:
    return {node["node"]: node["state"] for node in server.get(f"/instance/{name}/one")["nodes"]}


def journalled(journal: Path, execution: str, text: str) -> str:
    """The line of an operation, which is written after the commit."""
    deadline = time.monotonic() + 30
    while True:
        lines = [line for line in journal.read_text().splitlines() if execution in line and text in line]
        if lines or time.monotonic() > deadline:
            return "\n".join(lines)
        time.sleep(0.05)


@dataclass(frozen=True)
class Failed:
    """An execution that has failed, and what is to be told of it."""

    model: str
    record: Any
    states: dict[str, str]
    code: int
    reason: str


@pytest.fixture(scope="module", params=list(FAILURES))
def failed(server: Server, request: pytest.FixtureRequest) -> Failed:
    script, code, reason = FAILURES[request.param]
    server.deploy(failing(script), request.param)
    record = ended(server, request.param, "install")
    return Failed(request.param, record, states(server, request.param), code, reason)


def test_an_operation_that_goes_wrong_fails_the_execution_with_the_reason(failed: Failed) -> None:
    assert failed.record["status"] == "failed"
    assert "bad" in failed.record["error"]
    assert failed.reason in failed.record["error"]
    assert failed.record["operations"]["failed"] == 1
    assert failed.record["operations"]["running"] == 0


def test_it_costs_its_node_and_what_waits_for_it_alone(failed: Failed) -> None:
    assert (failed.states["bad"], failed.states["good"]) == ("error", "started")
    assert failed.states["after"] not in {"starting", "started", "error"}


def test_operations_history_and_journal_tell_it(server: Server, failed: Failed) -> None:
    path = f"/exec/{failed.record['id']}"
    wrong = ("bad", "start", failed.code)
    operations = [item for item in server.all(f"{path}/operations") if item["state"] == "failed"]
    assert [(item["node"], item["operation"], item["exit_code"]) for item in operations] == [wrong]
    history = [item for item in server.all(f"{path}/history") if item.get("exit_code")]
    assert [(item["node"], item["operation"], item["exit_code"]) for item in history] == [wrong]
    assert f" exit={failed.code} " in journalled(server.journal, failed.record["id"], "bad[0] Standard.start")


def test_it_can_be_taken_down(server: Server, failed: Failed) -> None:
    record = ended(server, failed.model, "uninstall")
    assert record["status"] == "succeeded", record["error"]
    assert set(states(server, failed.model).values()) == {"deleted"}


def test_an_operation_that_prints_ten_megabytes_and_ends_well_has_succeeded(server: Server) -> None:
    server.deploy(failing("echo first\nhead -c 10000000 /dev/zero | tr '\\0' x\necho\necho last"), "chatty")
    execution = server.execute("chatty", "install")
    text = server.text(f"/exec/{execution}/log", node="bad", operation="start")
    assert len(text) < 2_000_000
    assert text.startswith("first\n")
    assert text.endswith("\nlast\n")


def test_an_instance_installs_beside_one_that_fails(server: Server) -> None:
    server.deploy(failing("exit 1"), "sad")
    server.deploy(failing("true"), "glad")
    sad = server.put("/exec", params={"model": "sad", "instance": "one", "workflow": "install"})["id"]
    server.execute("glad", "install")
    assert set(states(server, "glad").values()) == {"started"}
    assert server.get(f"/exec/{sad}")["status"] in {"running", "failed"}
