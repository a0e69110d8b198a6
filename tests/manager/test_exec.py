"""Executions over the API, carried out by a real worker."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

Refused = Callable[[requests.Response, int, str], dict[str, Any]]
Csar = Callable[..., bytes]
Together = Callable[[list[Callable[[], requests.Response]]], list[requests.Response]]


@pytest.fixture
def model(api: Any, csar: Csar, name: str, worker: str) -> str:
    api.upload(name, csar())
    api.create(name)
    return name


def test_install_starts_every_node_and_uninstall_deletes_it_and_install_works_again(api: Any, model: str) -> None:
    for workflow, state in (("install", "started"), ("uninstall", "deleted"), ("install", "started")):
        record = api.run(model, workflow)
        assert record["status"] == "succeeded", record
        assert record["operations"]["done"] == record["operations"]["total"] > 0
        assert record["operations"]["failed"] == record["operations"]["running"] == 0
        assert record["ended"] >= record["created"]
        instance = api("GET", f"/instance/{model}/i").json()
        assert (instance["status"], {node["state"] for node in instance["nodes"]}) == (state, {state})


def test_an_execution_is_accepted_with_its_location(api: Any, model: str) -> None:
    response = api.execute(model, "install")
    assert response.status_code == 202
    record = response.json()
    assert (record["model"], record["instance"], record["workflow"]) == (model, "i", "install")
    assert record["status"] == "running"
    assert response.headers["Location"] == f"/exec/{record['id']}"
    api.ended(record["id"])


def test_deploy_and_undeploy_are_other_names(api: Any, model: str) -> None:
    assert api.run(model, "deploy")["workflow"] == "install"
    assert api.run(model, "undeploy")["workflow"] == "uninstall"


def test_a_second_execution_is_refused_and_the_first_is_named(
    api: Any, csar: Csar, name: str, worker: str, refused: Refused
) -> None:
    scripts = {f"scripts/{name}.sh": "#!/bin/sh\nsleep 1\n" for name in ("create", "start", "delete")}
    api.upload(name, csar(scripts=scripts))
    api.create(name, servers=1)
    first = api.execute(name, "install").json()
    found = refused(api.execute(name, "install"), 409, "execution-running")
    assert first["id"] in found["message"]
    refused(api("DELETE", f"/instance/{name}/i"), 409, "execution-running")
    api.ended(first["id"])


def test_of_many_executions_at_once_one_runs(api: Any, csar: Csar, name: str, worker: str, together: Together) -> None:
    slow = "#!/bin/sh\nsleep 2\n"  # an execution outlasts the slowest request
    api.upload(name, csar(scripts={f"scripts/{name}.sh": slow for name in ("create", "start", "delete")}))
    api.create(name, servers=1)
    params = {"model": name, "instance": "i", "workflow": "install"}
    answers = together([lambda: requests.put(f"{api.server}/exec", params=params, timeout=30) for _ in range(8)])
    accepted = [answer for answer in answers if answer.status_code == 202]
    assert sorted(answer.status_code for answer in answers) == [202] + [409] * 7
    assert api.ended(accepted[0].json()["id"])["status"] == "succeeded"


def test_the_operations_are_listed_with_what_became_of_them(api: Any, model: str, worker: str) -> None:
    record = api.run(model, "install")
    items = api("GET", f"/exec/{record['id']}/operations").json()["items"]
    assert len(items) == record["operations"]["total"] == 4
    first = next(item for item in items if item["operation"] == "create" and item["index"] == [1, 0])
    assert (first["node"], first["interface"], first["relationship"]) == ("app", "Standard", None)
    assert first["implementation"].endswith("scripts/create.sh")
    assert (first["state"], first["exit_code"], first["attempt"], first["worker"]) == ("succeeded", 0, 1, worker)
    assert first["queued"] <= first["started"] <= first["ended"]


def test_the_history_rises_by_seq_and_pages(api: Any, model: str) -> None:
    record = api.run(model, "install")
    whole = api("GET", f"/exec/{record['id']}/history").json()
    assert whole["next"] is None
    numbers = [item["seq"] for item in whole["items"]]
    assert numbers == sorted(set(numbers))
    pages, after = [], None
    while True:
        page = api("GET", f"/exec/{record['id']}/history", params={"limit": 3, "after": after}).json()
        pages += page["items"]
        after = page["next"]
        if after is None:
            break
    assert pages == whole["items"]
    states = [item["state"] for item in pages if item["node"] == "app" and item["index"] == [0, 0] and "state" in item]
    assert states[-1] == "started"


def test_the_log_holds_what_the_operations_printed(api: Any, model: str, refused: Refused) -> None:
    record = api.run(model, "install")
    path = f"/exec/{record['id']}/log"
    one = api("GET", path, params={"node": "app", "index": "0,0", "operation": "create"})
    assert one.text == "create of app\n"
    assert one.headers["Content-Type"].startswith("text/plain")
    every = api("GET", path).text
    assert every.count("create of app") == 2
    assert "=== app[1,0] Standard.start: succeeded" in every
    followed = api("GET", path, params={"node": "app", "follow": "true"})
    assert followed.text.count("start of app") == 2
    refused(api("GET", path, params={"node": "nobody"}), 404, "unknown-operation")
    refused(api("GET", path, params={"index": "x"}), 422, "invalid-parameter")


def test_a_failing_operation_fails_the_execution_with_the_reason(api: Any, csar: Csar, name: str, worker: str) -> None:
    scripts = {
        "scripts/create.sh": "#!/bin/sh\nexit 0\n",
        "scripts/start.sh": "#!/bin/sh\necho it is broken\nexit 7\n",
        "scripts/delete.sh": "#!/bin/sh\n",
    }
    api.upload(name, csar(scripts=scripts))
    api.create(name, servers=1)
    record = api.run(name, "install")
    assert record["status"] == "failed"
    assert "app" in record["error"]
    assert "7" in record["error"]
    assert record["operations"]["failed"] == 1
    log = api("GET", f"/exec/{record['id']}/log", params={"operation": "start"})
    assert log.text == "it is broken\n"


def test_an_instance_that_is_up_is_deleted_only_by_force(api: Any, model: str, refused: Refused) -> None:
    api.run(model, "install")
    refused(api("DELETE", f"/instance/{model}/i"), 409, "not-taken-down")
    assert api("DELETE", f"/instance/{model}/i", params={"force": "true"}).status_code == 204
    refused(api("GET", f"/instance/{model}/i"), 404, "unknown-instance")
    api.create(model)
    assert api("GET", f"/instance/{model}/i").json()["status"] == "initial"
    assert api.run(model, "install")["status"] == "succeeded"


def test_force_ends_what_runs_and_the_instance_can_be_made_again(
    api: Any, csar: Csar, name: str, worker: str, refused: Refused
) -> None:
    scripts = {f"scripts/{step}.sh": "#!/bin/sh\nsleep 1\n" for step in ("create", "start", "delete")}
    api.upload(name, csar(scripts=scripts))
    api.create(name)
    record = api.execute(name, "install").json()
    assert api("DELETE", f"/instance/{name}/i", params={"force": "true"}).status_code == 204
    ended = api.ended(record["id"])
    assert (ended["status"], "deleted by force" in ended["error"]) == ("cancelled", True)
    api.create(name)
    assert api.run(name, "install")["status"] == "succeeded"


def test_executions_are_listed_and_filtered(api: Any, model: str, refused: Refused) -> None:
    first, second = api.run(model, "install"), api.run(model, "uninstall")
    items = api("GET", "/exec", params={"model": model}).json()["items"]
    assert {item["id"] for item in items} == {first["id"], second["id"]}
    assert api("GET", "/exec", params={"model": model, "status": "failed"}).json()["items"] == []
    assert api("GET", "/exec", params={"model": model, "instance": "other"}).json()["items"] == []
    refused(api("GET", "/exec", params={"status": "dancing"}), 422, "invalid-parameter")


def test_unknown_things_are_404(api: Any, model: str, refused: Refused) -> None:
    refused(api.execute("none", "install"), 404, "unknown-instance")
    refused(api.execute(model, "install", "none"), 404, "unknown-instance")
    refused(api.execute(model, "dance"), 404, "unknown-workflow")
    for path in ("", "/operations", "/history", "/log", "/events"):
        refused(api("GET", f"/exec/none{path}"), 404, "unknown-execution")


@pytest.mark.parametrize("missing", ["model", "instance", "workflow"])
def test_a_missing_parameter_is_named(api: Any, missing: str, refused: Refused) -> None:
    params = {name: "x" for name in ("model", "instance", "workflow") if name != missing}
    assert missing in refused(api("PUT", "/exec", params=params), 400, "missing-parameter")["message"]


def test_a_workflow_takes_no_inputs(api: Any, model: str, refused: Refused) -> None:
    params = {"model": model, "instance": "i", "workflow": "install"}
    refused(api("PUT", "/exec", params=params, json={"inputs": {"x": 1}}), 422, "invalid-inputs")


def events(response: requests.Response) -> list[dict[str, str]]:
    blocks = [block for block in response.text.split("\n\n") if block and not block.startswith(":")]
    return [dict(line.split(": ", 1) for line in block.split("\n")) for block in blocks]


def test_the_history_comes_as_events_until_the_end(api: Any, model: str, refused: Refused) -> None:
    execution = api.execute(model, "install").json()["id"]
    response = api("GET", f"/exec/{execution}/events")
    assert response.headers["Content-Type"].startswith("text/event-stream")
    got = events(response)
    history = api("GET", f"/exec/{execution}/history").json()["items"]
    assert [int(event["id"]) for event in got[:-1]] == [item["seq"] for item in history]
    assert got[-1]["event"] == "end"
    assert '"succeeded"' in got[-1]["data"]
    again = api("GET", f"/exec/{execution}/events", headers={"Last-Event-ID": got[2]["id"]})
    assert events(again) == got[3:]
    refused(api("GET", f"/exec/{execution}/events", headers={"Last-Event-ID": "x"}), 422, "invalid-parameter")


def test_who_has_nearly_all_events_does_not_decide_what_others_are_told(
    api: Any, csar: Csar, name: str, worker: str, tmp_path: Path
) -> None:
    """One client that goes on where it was, and one that wants all, watch the same execution at the same time."""
    gate = tmp_path / "open"
    waits = f"#!/bin/sh\nwhile ! test -e {gate}; do sleep 0.05; done\n"
    api.upload(name, csar(scripts=dict.fromkeys((f"scripts/{one}.sh" for one in ("create", "start", "delete")), waits)))
    api.create(name)
    execution = api.execute(name, "install").json()["id"]
    deadline = time.monotonic() + 30
    while not (found := api("GET", f"/exec/{execution}/history").json()["items"]):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    path = f"{api.server}/exec/{execution}/events"
    with requests.get(path, stream=True, timeout=30, headers={"Last-Event-ID": str(found[-1]["seq"])}) as late:
        with requests.get(path, stream=True, timeout=30) as early:
            gate.touch()
            everything = events(early)
        rest = events(late)
    assert [int(event["id"]) for event in everything][: len(found)] == [item["seq"] for item in found]
    assert rest == everything[len(everything) - len(rest) :]
    assert 1 < len(rest) <= len(everything) - len(found)


def test_workers_are_listed_while_they_live(api: Any, worker: str) -> None:
    items = api("GET", "/workers").json()["items"]
    found = next(item for item in items if item["id"] == worker)
    assert found["slots"] == 4
    assert isinstance(found["running"], list)
    assert found["host"]
    assert found["since"]


def test_the_journal_has_a_line_for_each_operation(api: Any, model: str, state: Path) -> None:
    record = api.run(model, "install")
    deadline = time.monotonic() + 30
    while (state / "execs").read_text().count(record["id"]) < record["operations"]["total"]:  # written after the commit
        assert time.monotonic() < deadline, "a line is missing"
        time.sleep(0.05)
    assert (state / "execs").read_text().count(record["id"]) == record["operations"]["total"]


def test_the_figures_count_what_is_there(api: Any, model: str) -> None:
    api.run(model, "install")
    response = api("GET", "/metrics")
    assert response.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    figures = dict(line.rsplit(" ", 1) for line in response.text.splitlines() if not line.startswith("#"))
    assert int(figures['ditrit_executions{status="succeeded"}']) >= 1
    assert int(figures["ditrit_workers"]) >= 1
    assert int(figures["ditrit_slots"]) >= 4
    assert figures['ditrit_operations{state="running"}'] == "0"
