"""An operator stops an execution in the middle, mends what was wrong, and lets it go on."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.acceptance.servers import Server, running
from tests.support.archives import archive

TEMPLATE = """\
tosca_definitions_version: tosca_simple_yaml_1_1
topology_template:
  node_templates:
    server:
      type: tosca.nodes.Compute
      capabilities: { scalable: { properties: { default_instances: 4, min_instances: 1, max_instances: 4 } } }
      interfaces: { Standard: { create: create.sh } }
    part:
      type: tosca.nodes.SoftwareComponent
      requirements: [ { host: server } ]
      interfaces: { Standard: { create: part.sh, start: part.sh } }
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, space_flags: Sequence[str]) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("cancel"), 2, *space_flags) as found:
        yield found


def deploy(server: Server, name: str, create: str, part: str = "true") -> str:
    server.deploy(archive({"service.yaml": TEMPLATE, "create.sh": create, "part.sh": part}), name)
    execution = server.put("/exec", params={"model": name, "instance": "one", "workflow": "install"})
    return str(execution["id"])


def post(server: Server, execution: str, action: str) -> requests.Response:
    return requests.post(f"{server.url}/exec/{execution}/{action}", timeout=30)


def until(server: Server, execution: str, condition: Callable[[Any], bool]) -> Any:
    deadline = time.monotonic() + 60
    while not condition(record := server.get(f"/exec/{execution}")):
        assert time.monotonic() < deadline, server.diagnosis(execution)
        time.sleep(0.05)
    return record


def successes(server: Server, execution: str) -> Counter[str]:
    events = (event for event in server.all(f"/exec/{execution}/history") if event.get("operation"))
    return Counter(f"{event['node']}{event['index']}{event['operation']}" for event in events if not event["exit_code"])


def test_what_runs_is_let_end_and_the_execution_goes_on_from_there(server: Server, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    execution = deploy(server, "cancelled", f'while [ ! -e "{gate}" ]; do sleep 0.05; done')
    until(server, execution, lambda record: record["operations"]["running"] == 4)

    answer = post(server, execution, "cancel")
    assert (answer.status_code, answer.json()["status"]) == (202, "cancelling")
    assert post(server, execution, "resume").status_code == 409
    busy = requests.put(
        f"{server.url}/exec", params={"model": "cancelled", "instance": "one", "workflow": "uninstall"}, timeout=30
    )
    assert busy.status_code == 409
    gate.touch()
    record = until(server, execution, lambda record: record["status"] != "cancelling")
    assert record["status"] == "cancelled"
    assert record["operations"] == {"total": 12, "done": 4, "running": 0, "failed": 0}
    states = {operation["state"] for operation in server.all(f"/exec/{execution}/operations")}
    assert states == {"succeeded", "cancelled"}
    assert post(server, execution, "cancel").json()["status"] == "cancelled"

    answer = post(server, execution, "resume")
    assert (answer.status_code, answer.json()["id"], answer.json()["status"]) == (202, execution, "running")
    record = until(server, execution, lambda record: record["status"] != "running")
    assert (record["status"], record["operations"]["done"]) == ("succeeded", 12)
    assert set(successes(server, execution).values()) == {1}
    assert server.states("cancelled") == Counter(started=8)
    for action in ("cancel", "resume"):
        refused = post(server, execution, action)
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "execution-ended")


def test_what_failed_is_tried_again_by_the_command_and_what_was_done_is_not(server: Server, tmp_path: Path) -> None:
    cure = tmp_path / "cure"
    part = f'echo "attempt $DITRIT_ATTEMPT"; [ "$INSTANCE" != 2,0 ] || [ "$OPERATION" = create ] || [ -e "{cure}" ]'
    execution = deploy(server, "failed", "true", part)
    assert until(server, execution, lambda record: record["ended"])["status"] == "failed"
    before = successes(server, execution)
    cure.touch()
    command = [sys.executable, "-m", "manager.cli", "resume", execution, "--follow", "--server", server.url]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "install of failed/one succeeded, 12/12 operations" in ended.stdout
    after = successes(server, execution)
    assert after - before == Counter({"part[2, 0]start": 1})
    log = server.text(f"/exec/{execution}/log", node="part", index="2,0", operation="start")
    assert "attempt 2\n" in log


def test_an_unknown_execution_is_not_found(server: Server) -> None:
    for action in ("cancel", "resume"):
        answer = post(server, "nothing", action)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "unknown-execution")
