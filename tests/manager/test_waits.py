"""What waits for what, and what made an execution last as long as it did."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.gates import GATED, opened, until

Refused = Callable[[requests.Response, int, str], dict[str, Any]]
Csar = Callable[..., bytes]
TOGETHER = (
    GATED.template[: GATED.template.index("  node_templates:")]
    + """\
  node_templates:
    server: {type: tosca.nodes.Compute}
    app: {type: test.Gated, properties: {gates: {get_input: gates}, name: app}, requirements: [{host: server}]}
    other: {type: test.Gated, properties: {gates: {get_input: gates}, name: other}, requirements: [{host: server}]}
"""
)


@pytest.fixture
def gated(api: Any, worker: str, csar: Csar, name: str, tmp_path: Path) -> Callable[..., str]:
    """Begins to install a database and two servers that connect to it; each start waits for a gate to be opened."""
    api.upload(name, csar(GATED.template, GATED.scripts))
    api.create(name, gates=str(tmp_path))
    return lambda: str(api.execute(name, "install").json()["id"])


def waits(api: Any, execution: str, **params: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api("GET", f"/exec/{execution}/waits", params=params).json()["items"]
    return found


def running(api: Any, execution: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api("GET", f"/exec/{execution}/operations", params={"state": "running"}).json()[
        "items"
    ]
    return found


def test_a_node_that_waits_is_told_with_what_it_waits_for(api: Any, gated: Callable[..., str], tmp_path: Path) -> None:
    execution = gated()
    until(lambda: [item["operation"] for item in running(api, execution)] == ["start"])

    found = until(lambda: [item for item in waits(api, execution, node="app") if item["waits"]])
    assert [item["text"] for item in found] == [
        "app[0,0] waits for database[0,0] to be started",
        "app[1,0] waits for database[0,0] to be started",
    ]
    assert found[0]["count"] == 1
    reason = {key: value for key, value in found[0]["waits"][0].items() if value}
    assert reason == {"node": "database", "index": [0, 0], "state": "started", "text": "database[0,0] to be started"}

    assert [item["index"] for item in waits(api, execution, node="app", index="1,0")] == [[1, 0]]
    assert waits(api, execution, node="database") == []

    opened(tmp_path, "database", "app")
    assert api.ended(execution)["status"] == "succeeded"
    assert waits(api, execution) == []


def test_who_waits_for_what_has_failed_is_told_that_it_never_will_be(
    api: Any, gated: Callable[..., str], tmp_path: Path
) -> None:
    execution = gated()
    opened(tmp_path, "database", fail=True)
    assert api.ended(execution)["status"] == "failed"
    texts = [item["text"] for item in waits(api, execution, node="app")]
    assert texts == [f"app[{i},0] waits for database[0,0] to be started, which never will be" for i in range(2)]
    assert all(item["waits"][0]["failed"] for item in waits(api, execution, node="app"))


def test_waits_come_in_pages(api: Any, gated: Callable[..., str], tmp_path: Path) -> None:
    execution = gated()
    until(lambda: len(waits(api, execution, node="app")) == 2)
    first = api("GET", f"/exec/{execution}/waits", params={"node": "app", "limit": 1}).json()
    second = api("GET", f"/exec/{execution}/waits", params={"node": "app", "limit": 1, "after": first["next"]}).json()
    assert [item["index"] for item in [*first["items"], *second["items"]]] == [[0, 0], [1, 0]]
    assert second["next"] is None
    opened(tmp_path, "database", "app")
    api.ended(execution)


def test_the_critical_path_leads_over_what_everything_waited_for(
    api: Any, gated: Callable[..., str], tmp_path: Path
) -> None:
    execution = gated()
    until(lambda: len(waits(api, execution, node="app")) == 2)
    opened(tmp_path, "database", "app")
    api.ended(execution)
    ids = api("GET", f"/exec/{execution}/critical-path").json()["operations"]
    events = {item["id"]: item for item in api("GET", f"/exec/{execution}/history").json()["items"] if "id" in item}
    path = [events[found] for found in ids]
    assert [(event["node"], event["operation"]) for event in path][-2:] == [("database", "start"), ("app", "start")]
    assert path[-1]["ended"] == max(event["ended"] for event in events.values())
    assert all(one["time"] <= other["time"] for one, other in pairwise(path))


def test_an_execution_without_operations_has_no_critical_path(api: Any, worker: str, csar: Csar, name: str) -> None:
    api.upload(name, csar("tosca_definitions_version: tosca_simple_yaml_1_1\ntopology_template: {}\n", {}))
    api.create(name)
    execution = api.run(name, "install")["id"]
    assert api("GET", f"/exec/{execution}/critical-path").json() == {"operations": []}


def test_operations_are_found_by_node_index_and_state(api: Any, gated: Callable[..., str], tmp_path: Path) -> None:
    execution = gated()
    opened(tmp_path, "database", "app")
    api.ended(execution)

    def found(**params: str) -> list[tuple[str, list[int], str]]:
        items = api("GET", f"/exec/{execution}/operations", params=params).json()["items"]
        return [(item["node"], item["index"], item["operation"]) for item in items]

    assert found(node="app", index="1,0") == [("app", [1, 0], "create"), ("app", [1, 0], "start")]
    assert len(found(node="app")) == 4
    assert len(found(state="succeeded")) == 6
    assert found(state="failed") == found(state="running") == found(node="nobody") == []


def test_an_unknown_state_of_operations_is_refused(
    api: Any, worker: str, csar: Csar, name: str, refused: Refused
) -> None:
    api.upload(name, csar())
    api.create(name)
    execution = api.run(name, "install")["id"]
    response = api("GET", f"/exec/{execution}/operations", params={"state": "lost"})
    assert "expected one of ready, running" in refused(response, 422, "invalid-parameter")["message"]


@pytest.mark.parametrize("what", ["waits", "critical-path"])
def test_an_execution_that_is_not_there_has_none_of_it(api: Any, refused: Refused, what: str) -> None:
    refused(api("GET", f"/exec/nothing/{what}"), 404, "unknown-execution")


def test_an_operation_that_waits_for_its_turn_on_a_host_says_whose(
    api: Any, worker: str, csar: Csar, name: str, tmp_path: Path
) -> None:
    """Operations on one host never overlap (TOSCA 1.1, 7.2.2.4)."""
    api.upload(name, csar(TOGETHER, GATED.scripts))
    api.create(name, gates=str(tmp_path))
    execution = str(api.execute(name, "install").json()["id"])
    until(lambda: [item["operation"] for item in running(api, execution)] == ["start"])

    found = until(lambda: waits(api, execution, node="other") or waits(api, execution, node="app"))
    assert [item["text"] for item in found] == [
        f"{found[0]['node']}[0,0] waits for its turn on server[0], where operations do not overlap"
    ]
    opened(tmp_path, "app", "other")
    api.ended(execution)
    path = api("GET", f"/exec/{execution}/critical-path").json()["operations"]
    assert len(path) == 4  # one after another, all of them made it last
