"""Operations that fail are tried again where their node asks for it, and never where it forbids it."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.acceptance.servers import Server, running, start_worker
from tests.support.archives import archive

TEMPLATE = """\
tosca_definitions_version: tosca_simple_yaml_1_1
topology_template:
  node_templates:
    shop:
      type: tosca.nodes.SoftwareComponent
      metadata: {{ {metadata} }}
      interfaces: {{ Standard: {{ create: create.sh, start: start.sh }} }}
      requirements: [ {{ host: server }} ]
    server: {{ type: tosca.nodes.Compute }}
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("retries"), 0) as found:
        yield found


def shop(metadata: str, create: str) -> bytes:
    template = TEMPLATE.format(metadata=metadata)
    return archive({"service.yaml": template, "create.sh": create, "start.sh": "true"})


def begin(server: Server, name: str, metadata: str, create: str) -> str:
    server.deploy(shop(metadata, create), name)
    answer = server.put("/exec", params={"model": name, "instance": "one", "workflow": "install"})
    return str(answer["id"])


def ended(server: Server, execution: str) -> Any:
    deadline = time.monotonic() + 60
    while (record := server.get(f"/exec/{execution}"))["status"] in ("running", "cancelling"):
        assert time.monotonic() < deadline, server.diagnosis(execution)
        time.sleep(0.05)
    return record


def created(server: Server, execution: str) -> list[dict[str, Any]]:
    events = server.all(f"/exec/{execution}/history")
    return [event for event in events if event.get("operation") == "create"]


@contextmanager
def worker(server: Server) -> Iterator[subprocess.Popen[bytes]]:
    """A worker, which ends well unless the test has killed it."""
    process = start_worker(server)
    try:
        yield process
        if process.returncode is None:
            process.terminate()
            assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()


def waits(log: Path, lines: int) -> None:
    deadline = time.monotonic() + 30
    while not log.exists() or len(log.read_text().splitlines()) < lines:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def waits_for_attempt(server: Server, execution: str, number: int) -> None:
    """Until the operation is at that attempt, begun or waiting."""
    deadline = time.monotonic() + 30
    while all(one["attempt"] < number for one in server.all(f"/exec/{execution}/operations")):
        assert time.monotonic() < deadline, server.diagnosis(execution)
        time.sleep(0.05)


QUICK = 'ditrit.retries: "3", ditrit.retry_pause: 100 ms'


def test_what_fails_is_tried_again_until_it_succeeds(server: Server, tmp_path: Path) -> None:
    log = tmp_path / "log"
    script = f'echo "try $DITRIT_ATTEMPT" | tee -a "{log}"; [ "$DITRIT_ATTEMPT" = 3 ]'
    with worker(server):
        execution = begin(server, "again", QUICK, script)
        assert ended(server, execution)["status"] == "succeeded"
        (event,) = created(server, execution)
        assert (event["attempt"], event["exit_code"]) == (3, 0)
        assert log.read_text() == "try 1\ntry 2\ntry 3\n"
        assert server.text(f"/exec/{execution}/log", node="shop", operation="create").endswith("try 3\n")

        execution = begin(server, "never-well", QUICK, "echo no; exit 4")
        record = ended(server, execution)
        assert record["status"] == "failed"
        assert "exit code 4: no" in record["error"]
        assert [event["attempt"] for event in created(server, execution)] == [4]


def test_a_worker_that_ends_leaves_the_next_try_to_another(server: Server, tmp_path: Path) -> None:
    log = tmp_path / "log"
    script = f'echo "try $DITRIT_ATTEMPT" >> "{log}"; [ "$DITRIT_ATTEMPT" = 2 ]'
    with worker(server):
        execution = begin(server, "handed-on", 'ditrit.retries: "1", ditrit.retry_pause: 60 s', script)
        waits_for_attempt(server, execution, 2)
    with worker(server):
        assert ended(server, execution)["status"] == "succeeded"
    assert log.read_text() == "try 1\ntry 2\n"


def test_a_try_that_waits_ends_with_its_execution(server: Server, tmp_path: Path) -> None:
    log = tmp_path / "log"
    metadata = 'ditrit.retries: "9", ditrit.retry_pause: 1 s'
    with worker(server):
        execution = begin(server, "cancelled", metadata, f'echo x >> "{log}"; exit 1')
        waits(log, 1)
        answer = requests.post(f"{server.url}/exec/{execution}/cancel", timeout=30)
        assert answer.status_code == 202
        # There was nothing else to do: its end is the failure, or that it was cancelled before that was committed.
        assert ended(server, execution)["status"] in ("cancelled", "failed")
    assert log.read_text().count("x") < 4


def test_what_must_not_be_begun_twice_fails_when_its_worker_dies(server: Server, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with worker(server) as first:
        execution = begin(server, "once", "ditrit.restart: never", f'echo x >> "{log}"; sleep 600')
        waits(log, 1)
        first.kill()
        first.wait()
    with worker(server):
        record = ended(server, execution)
    assert record["status"] == "failed"
    assert "its worker died while it ran, and it must not be begun a second time" in record["error"]
    assert log.read_text() == "x\n"


def test_metadata_that_say_nothing_are_refused_at_upload(server: Server) -> None:
    answer = requests.put(
        f"{server.url}/csar",
        params={"model": "bad"},
        files={"file": shop('ditrit.retries: "often"', "true")},
        timeout=30,
    )
    assert answer.status_code == 422
    assert "found ditrit.retries 'often', expected a whole number" in answer.json()["error"]["message"]
