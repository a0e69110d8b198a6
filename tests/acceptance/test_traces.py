"""Executions become traces: a real receiver gets them from a real manager and real workers."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.acceptance.running import free_port
from tests.acceptance.servers import Server, running, start_worker
from tests.acceptance.test_secrets import PASSWORD, PLANTED, SCRIPTS, TEMPLATE, TOKEN
from tests.support.archives import archive
from tests.support.otlp import HEADER, Received, Receiver, receiver

EXAMPLE = Path(__file__).parents[2] / "example" / "appli.zip"
CALLER = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
TELLING = """\
tosca_definitions_version: tosca_simple_yaml_1_1
topology_template:
  node_templates:
    teller:
      type: tosca.nodes.Root
      metadata: { ditrit.retries: "1", ditrit.retry_pause: 10 ms }
      interfaces: { Standard: { create: tell.sh, start: mend.sh } }
"""
# The second one fails, each time after one more try, until its execution is resumed: then the fence is higher.
TELL = {
    "service.yaml": TELLING,
    "tell.sh": '#!/bin/sh\necho "parent $TRACEPARENT"\n',
    "mend.sh": '#!/bin/sh\necho "parent $TRACEPARENT"\n[ "$DITRIT_FENCE" -gt 2000000 ]\n',
}


@pytest.fixture(scope="module")
def traces() -> Iterator[Receiver]:
    with receiver() as found:
        yield found


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, traces: Receiver) -> Iterator[Server]:
    own = {"OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=test,host.name=elsewhere"}
    folder = tmp_path_factory.mktemp("traces")
    with running(folder, 2, "--slots", "2", environment={**traces.variables, **own}) as found:
        yield found


def put(server: Server, name: str, files: dict[str, str], inputs: Any = None) -> None:
    server.put("/csar", params={"model": name}, files={"file": archive(files)})
    server.put("/instance", params={"model": name, "name": "one"}, json=inputs)


def ended(server: Server, execution: str) -> dict[str, Any]:
    with requests.get(f"{server.url}/exec/{execution}/events", timeout=60) as events:
        assert "event: end" in events.text
    record: dict[str, Any] = server.get(f"/exec/{execution}")
    return record


def execute(server: Server, name: str, **headers: str) -> dict[str, Any]:
    params = {"model": name, "instance": "one", "workflow": "install"}
    return ended(server, server.put_with(headers, "/exec", params=params)["id"])


def committed(server: Server, execution: str) -> list[dict[str, Any]]:
    return [item for item in server.all(f"/exec/{execution}/history") if "operation" in item]


def nanoseconds(time: str) -> int:
    whole, _, micro = time.removesuffix("Z").partition(".")
    return int(datetime.fromisoformat(f"{whole}+00:00").timestamp()) * 10**9 + int(micro) * 1000


def whole(operations: int, executions: int = 1) -> Any:
    """Whether so many spans have come."""
    return lambda spans: len(spans) >= operations + executions


def parents(server: Server, execution: str) -> set[tuple[str, str]]:
    """The traces and spans that operations have printed."""
    return set(re.findall(r"parent 00-(\w{32})-(\w{16})-01", server.text(f"/exec/{execution}/log")))


def roots(spans: list[Received]) -> list[Received]:
    return [span for span in spans if span.operation is None]


def test_each_operation_of_the_history_is_one_span_below_that_of_its_execution(
    server: Server, traces: Receiver
) -> None:
    server.deploy(EXAMPLE.read_bytes(), "appli")
    execution = server.execute("appli", "install")
    operations = {item["id"]: item for item in committed(server, execution)}
    assert len(operations) > 100

    spans = traces.until(execution, whole(len(operations)))

    (root,) = roots(spans)
    record = server.get(f"/exec/{execution}")
    assert (root.parent, root.name, root.failed) == ("", "install appli", False)
    assert root.attributes["ditrit.status"] == "succeeded"
    assert (root.started, root.ended) == (nanoseconds(record["created"]), nanoseconds(record["ended"]))
    told = [span for span in spans if span is not root]
    assert Counter(span.operation for span in told) == Counter(list(operations))
    assert {(span.trace, span.parent) for span in told} == {(root.trace, root.id)}
    assert len({span.id for span in spans}) == len(spans)
    for span in told:
        operation = operations[str(span.operation)]
        assert (span.started, span.ended) == (nanoseconds(operation["started"]), nanoseconds(operation["ended"]))
        assert root.started <= span.started <= span.ended <= root.ended
        assert not span.failed


def test_a_span_says_what_was_done_to_whom_by_whom(server: Server, traces: Receiver) -> None:
    server.deploy(EXAMPLE.read_bytes(), "again")
    execution = server.execute("again", "install")
    operations = {item["id"]: item for item in committed(server, execution)}
    spans = traces.until(execution, whole(len(operations)))
    for span in spans:
        same = {"ditrit.model": "again", "ditrit.instance": "one", "ditrit.workflow": "install"}
        assert same.items() <= span.attributes.items()
        assert span.resource["deployment.environment.name"] == "test"
        assert span.resource["host.name"] == "elsewhere"
    for span in spans:
        if span.operation is not None:
            operation = operations[span.operation]
            about = {
                "ditrit.node": operation["node"],
                "ditrit.index": ",".join(map(str, operation["index"])),
                "ditrit.interface": operation["interface"],
                "ditrit.operation": operation["operation"],
                "ditrit.worker": operation["worker"],
                "ditrit.attempt": 1,
                "ditrit.exit_code": 0,
                "ditrit.queued": operation["queued"],
            }
            assert about.items() <= span.attributes.items()
            assert span.name == f"{operation['node']} {operation['interface']}.{operation['operation']}"
            assert span.attributes["ditrit.host"]
            assert span.resource["service.name"] == "ditrit-worker"
            assert span.resource["service.instance.id"] == operation["worker"]
            between = {"ditrit.relationship", "ditrit.relationship.source", "ditrit.relationship.target"}
            assert (between <= span.attributes.keys()) == (operation["relationship"] is not None)
    connections = [span for span in spans if span.attributes.get("ditrit.relationship", "").startswith("A.")]
    assert any(re.fullmatch(r"A\[\d,\d\]", span.attributes["ditrit.relationship.source"]) for span in connections)


def test_a_failure_has_its_reason_and_no_span_a_secret(server: Server, traces: Receiver) -> None:
    inputs = {"inputs": {"password": PASSWORD, "login": {"user": "me", "token": TOKEN}}}
    put(server, "shop", {"service.yaml": TEMPLATE, **SCRIPTS}, inputs)
    record = execute(server, "shop")
    assert record["status"] == "failed"

    spans = traces.until(record["id"], whole(3))

    (root,) = roots(spans)
    assert (root.failed, root.attributes["ditrit.status"]) == (True, "failed")
    assert root.reason.endswith("Standard.start: exit code 3: cannot log in with ***")
    (failed,) = [span for span in spans if span.failed and span is not root]
    assert failed.reason == "exit code 3: cannot log in with ***"
    assert (failed.attributes["ditrit.operation"], failed.attributes["ditrit.exit_code"]) == ("start", 3)
    for secret in PLANTED:
        assert [body for body in traces.bodies if secret.encode() in body] == []
    assert {headers["x-key"] for headers in traces.headers} == {HEADER}


def test_an_execution_is_a_part_of_the_trace_of_who_asked_for_it(server: Server, traces: Receiver) -> None:
    server.deploy(EXAMPLE.read_bytes(), "called")
    record = execute(server, "called", traceparent=CALLER)
    spans = traces.until(record["id"], whole(len(committed(server, record["id"]))))
    _, trace, caller, _ = CALLER.split("-")
    (root,) = roots(spans)
    assert root.parent == caller
    assert {span.trace for span in spans} == {trace}


def test_a_malformed_traceparent_is_ignored(server: Server, traces: Receiver) -> None:
    put(server, "malformed", TELL)
    record = execute(server, "malformed", traceparent="00-4bf9-00f0-01")
    spans = traces.until(record["id"], whole(2))
    assert roots(spans)[0].parent == ""


def test_operations_can_go_on_with_the_trace_through_retries_and_when_resumed(server: Server, traces: Receiver) -> None:
    put(server, "tell", TELL)
    execution = execute(server, "tell")["id"]
    first = traces.until(execution, whole(2))
    printed = parents(server, execution)
    requests.post(f"{server.url}/exec/{execution}/resume", timeout=60).raise_for_status()
    assert ended(server, execution)["status"] == "succeeded"
    spans = traces.until(execution, whole(3, 2))

    assert [span.attributes["ditrit.status"] for span in roots(spans)] == ["failed", "succeeded"]
    assert [span.attributes.get("ditrit.resumed") for span in roots(spans)] == [None, 1]
    assert len({span.trace for span in spans}) == 1
    assert len({span.id for span in spans}) == len(spans) == 5
    assert {span.parent for span in spans[len(first) :] if span.operation} == {roots(spans)[1].id}
    printed |= parents(server, execution)
    operations = {(span.trace, span.id) for span in spans if span.operation is not None}
    assert printed == operations


def test_who_ends_an_execution_tells_it_also_when_that_is_a_manager(tmp_path: Path, traces: Receiver) -> None:
    variables = {**traces.variables, "OTEL_SERVICE_NAME": "orchestration"}
    with running(tmp_path, 0, environment=variables) as server:
        put(server, "idle", TELL)
        execution = server.put("/exec", params={"model": "idle", "instance": "one", "workflow": "install"})["id"]
        requests.post(f"{server.url}/exec/{execution}/cancel", timeout=60).raise_for_status()
        (root,) = traces.until(execution, whole(0))
        assert (root.attributes["ditrit.status"], root.failed) == ("cancelled", False)
        assert root.resource["service.name"] == "orchestration"


def test_what_is_left_is_sent_when_a_worker_is_told_to_stop(tmp_path: Path, traces: Receiver) -> None:
    late = {**traces.variables, "OTEL_BSP_SCHEDULE_DELAY": "600000"}
    with running(tmp_path, 1, environment=late) as server:
        put(server, "late", TELL)
        execution = execute(server, "late")["id"]
        assert traces.of(execution) == []
    assert len(traces.of(execution)) == 3


def test_a_receiver_that_is_away_costs_a_line_of_the_log_and_nothing_else(tmp_path: Path) -> None:
    away = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{free_port()}/?key=qu-51ab-secret",
        "OTEL_BSP_SCHEDULE_DELAY": "50",
    }
    with running(tmp_path, 1, environment=away) as server:
        assert server.up is not None
        for name in ("one", "two"):
            server.deploy(EXAMPLE.read_bytes(), name)
            server.execute(name, "install")
        server.up.until("worker-1 .*traces are lost, all else goes on")
        began = time.monotonic()
    assert time.monotonic() - began < 8
    assert server.up.text.count("traces are lost") == 1, server.up.text
    assert "qu-51ab" not in server.up.text
    assert "Traceback" not in server.up.text


def test_without_an_exporter_operations_pass_on_what_the_caller_said_or_see_nothing(tmp_path: Path) -> None:
    with running(tmp_path, 1) as server:
        put(server, "plain", TELL)
        assert "parent \n" in server.text(f"/exec/{execute(server, 'plain')['id']}/log")
        put(server, "passed", TELL)
        assert f"parent {CALLER}\n" in server.text(f"/exec/{execute(server, 'passed', traceparent=CALLER)['id']}/log")


def test_who_takes_over_from_a_worker_that_died_goes_on_in_its_trace(tmp_path: Path, traces: Receiver) -> None:
    lasting = {**TELL, "mend.sh": '#!/bin/sh\necho "parent $TRACEPARENT"\n[ "$DITRIT_ATTEMPT" -gt 1 ] || sleep 60\n'}
    with running(tmp_path, 0, environment=traces.variables) as server:
        put(server, "died", lasting)
        execution = server.put("/exec", params={"model": "died", "instance": "one", "workflow": "install"})["id"]
        own = Server(server.url, {**server.settings, **traces.variables}, server.up)
        first = start_worker(own)
        before = traces.until(execution, whole(1, 0), patience=60)
        deadline = time.monotonic() + 30
        while not (begun := parents(server, execution) - {(before[0].trace, before[0].id)}):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        first.kill()
        first.wait()
        second = start_worker(own)
        try:
            assert ended(server, execution)["status"] == "succeeded"
        finally:
            second.terminate()
            second.wait(15)
    spans = traces.of(execution)
    assert len({span.resource["service.instance.id"] for span in spans}) == 2
    assert [span.attributes.get("ditrit.attempt") for span in spans if span.operation] == [1, 2]
    assert {(span.trace, span.id) for span in spans if span.operation} == {(before[0].trace, before[0].id), *begun}
    assert len({span.trace for span in spans}) == len(roots(spans)) == 1


def test_a_worker_that_joins_later_contributes_to_the_same_trace(tmp_path: Path, traces: Receiver) -> None:
    with running(tmp_path, 0, environment=traces.variables) as server:
        server.deploy(EXAMPLE.read_bytes(), "shared")
        execution = server.put("/exec", params={"model": "shared", "instance": "one", "workflow": "install"})["id"]
        own = Server(server.url, {**server.settings, **traces.variables}, server.up)
        workers = [start_worker(own) for _ in range(2)]
        try:
            ended(server, execution)
        finally:
            for worker in workers:
                worker.terminate()
                worker.wait(15)
        spans = traces.until(execution, whole(len(committed(server, execution))))
    assert len({span.resource["service.instance.id"] for span in spans}) == 2
    assert len({span.trace for span in spans}) == len(roots(spans)) == 1
