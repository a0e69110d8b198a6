"""Workflows of a topology, run by real workers with real scripts: in order, on failures, and while workers die."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.acceptance.servers import Server, running
from tests.support.archives import archive

EXAMPLE = (Path(__file__).parents[2] / "example/workflows.zip").read_bytes()
TEMPLATE = """\
tosca_definitions_version: tosca_simple_yaml_1_3
topology_template:
  inputs: { place: { type: string, default: here } }
  node_templates:
    srv:
      type: tosca.nodes.Compute
      capabilities: { scalable: { properties: { default_instances: 3, min_instances: 1, max_instances: 3 } } }
    app:
      type: tosca.nodes.SoftwareComponent
      requirements:
        - host: srv
        - dependency:
            node: db
            relationship:
              type: tosca.relationships.ConnectsTo
              interfaces: { Configure: { operations: { add_target: ok.sh, pre_configure_target: ok.sh } } }
      interfaces: { Standard: { operations: { create: ok.sh, start: ok.sh, stop: ok.sh, delete: ok.sh } } }
    db:
      type: tosca.nodes.SoftwareComponent
      interfaces: { Standard: { operations: { create: ok.sh, start: ok.sh, stop: said.sh, delete: bad.sh } } }
  groups: { both: { type: tosca.groups.Root, members: [ app, db ] } }
  workflows:
    rolling:
      steps:
        stop:
          target: app
          activities: [ { set_state: stopping }, { call_operation: Standard.stop }, { set_state: stopped } ]
          on_success: [ link, db ]
        link:
          target: app
          target_relationship: dependency
          operation_host: SOURCE
          activities: [ { call_operation: Configure.add_target } ]
          on_success: [ start ]
        db: { target: db, activities: [ { call_operation: Standard.start } ], on_success: [ start ] }
        start: { target: both, activities: [ { delegate: install } ] }
    rescued:
      steps:
        first:
          target: db
          activities: [ { call_operation: Standard.delete } ]
          on_success: [ never ]
          on_failure: [ then ]
        never: { target: app, activities: [ { call_operation: Standard.stop } ] }
        then: { target: db, activities: [ { set_state: started } ] }
    unhandled:
      steps:
        first: { target: db, activities: [ { call_operation: Standard.delete } ], on_success: [ never ] }
        never: { target: app, activities: [ { call_operation: Standard.stop } ] }
        beside: { target: app, activities: [ { call_operation: Standard.start } ] }
    tagged:
      inputs: { tag: { type: string, constraints: [ { max_length: 5 } ] }, times: { type: integer, default: 2 } }
      steps:
        say:
          target: db
          activities:
            - call_operation:
                operation: Standard.stop
                inputs: { tag: { get_input: tag }, times: { get_input: times }, place: { get_input: place } }
    only:
      preconditions: [ { target: both, condition: [ { state: [ { equal: started } ] } ] } ]
      steps:
        one:
          target: app
          filter: [ { tosca_id: [ { equal: "app[1,0]" } ] } ]
          activities: [ { call_operation: Standard.stop } ]
"""
SCRIPTS = {
    "ok.sh": "echo $OPERATION of $NODE\nsleep 0.05\n",
    "said.sh": 'echo "tag $tag, $times times, $place"\n',
    "bad.sh": "echo it is broken\nexit 4\n",
}


def site(template: str = TEMPLATE, **scripts: str) -> bytes:
    return archive({"service.yaml": template, **SCRIPTS, **scripts})


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, space_flags: Sequence[str]) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("workflows"), 2, *space_flags) as found:
        yield found


@pytest.fixture(scope="module")
def model(server: Server) -> str:
    server.deploy(site(), "site")
    server.execute("site", "install")
    return "site"


def asked(server: Server, model: str, workflow: str, **inputs: Any) -> requests.Response:
    about = {"model": model, "instance": "one", "workflow": workflow}
    return requests.put(f"{server.url}/exec", params=about, json={"inputs": inputs} if inputs else None, timeout=60)


def ended(server: Server, model: str, workflow: str, **inputs: Any) -> Any:
    answer = asked(server, model, workflow, **inputs)
    assert answer.status_code == 202, answer.text
    deadline = time.monotonic() + 60
    while (record := server.get(f"/exec/{answer.json()['id']}"))["status"] == "running":
        assert time.monotonic() < deadline, server.diagnosis(answer.json()["id"])
        time.sleep(0.05)
    return record


def history(server: Server, record: Any) -> list[Any]:
    return server.all(f"/exec/{record['id']}/history")


def done(items: list[Any]) -> list[tuple[str, str, str]]:
    """Step, node instance and operation of each that was carried out."""
    return [
        (item["step"], f"{item['node']}{item['index']}", item["operation"]) for item in items if "operation" in item
    ]


def states(server: Server, model: str) -> dict[str, str]:
    nodes = server.get(f"/instance/{model}/one")["nodes"]
    return {f"{node['node']}{node['index']}": node["state"] for node in nodes}


def test_a_model_lists_its_workflows_and_shows_them(server: Server, model: str) -> None:
    listed = server.get(f"/csar/{model}")["workflows"]
    assert listed == ["install", "uninstall", "only", "rescued", "rolling", "tagged", "unhandled"]
    steps = server.get(f"/model/{model}/workflows/rolling")["steps"]
    assert steps["stop"]["on_success"] == ["link", "db"]
    assert steps["link"]["activities"][0]["relationship"] == "app.dependency"


def test_an_unknown_workflow_is_answered_with_what_there_is(server: Server, model: str) -> None:
    answer = asked(server, model, "rollin")
    assert answer.status_code == 404
    assert answer.json()["error"]["message"] == (
        "unknown workflow 'rollin'; this model has install, uninstall, only, rescued, rolling, tagged, unhandled"
    )


def test_steps_run_on_every_instance_and_wait_for_all_of_them(server: Server, model: str) -> None:
    record = ended(server, model, "rolling")
    assert record["status"] == "succeeded", record
    assert record["operations"] == {"total": 13, "done": 13, "running": 0, "failed": 0}
    items = history(server, record)
    steps = [step for step, _, _ in done(items)]
    assert steps[:3] == ["stop"] * 3
    assert sorted(steps[3:7]) == ["db", "link", "link", "link"]
    assert steps[7:] == ["start"] * 6
    delegated = {(node, operation) for step, node, operation in done(items) if step == "start"}
    apps = [f"app[{number}, 0]" for number in range(3)]  # db is started already, and the apps are created
    assert delegated == {(app, operation) for app in apps for operation in ("start", "add_target")}
    links = [item["relationship"] for item in items if item.get("step") == "link"]
    assert {(str(link["source"]["index"]), str(link["target"]["index"])) for link in links} == {
        (f"[{number}, 0]", "[0]") for number in range(3)
    }
    assert set(states(server, model).values()) == {"started"}
    text = server.text(f"/exec/{record['id']}/log", node="app", operation="stop")
    assert text.count("stop of app") == 3


def test_a_failure_that_a_step_is_there_for_is_none_of_the_execution(server: Server, model: str) -> None:
    record = ended(server, model, "rescued")
    assert (record["status"], record["error"]) == ("succeeded", None)
    assert record["operations"] == {"total": 1, "done": 1, "running": 0, "failed": 1}
    items = history(server, record)
    assert [item["state"] for item in items if "state" in item] == ["error", "started"]
    (failed,) = [item for item in items if item.get("exit_code")]
    assert (failed["step"], failed["exit_code"], failed["handled"]) == ("first", 4, True)
    listed = {item["step"]: item["state"] for item in server.all(f"/exec/{record['id']}/operations")}
    assert listed == {"first": "failed", "never": "cancelled"}


def test_any_other_failure_is_and_what_waits_for_it_does_not_run(server: Server) -> None:
    server.deploy(site(), "sad")
    server.execute("sad", "install")
    record = ended(server, "sad", "unhandled")
    assert record["status"] == "failed"
    assert record["error"] == "step first: db[0] Standard.delete: exit code 4: it is broken"
    assert {step for step, _, _ in done(history(server, record))} == {"first", "beside"}
    assert states(server, "sad")["db[0]"] == "error"
    assert ended(server, "sad", "install")["status"] == "succeeded"  # which goes on from where the node was
    assert set(states(server, "sad").values()) == {"started"}


def test_inputs_reach_the_operations_those_of_the_topology_too(server: Server, model: str) -> None:
    record = ended(server, model, "tagged", tag="blue", place="there")
    assert server.text(f"/exec/{record['id']}/log", node="db", operation="stop") == "tag blue, 2 times, there\n"
    record = ended(server, model, "tagged", tag="red", times=3)
    assert server.text(f"/exec/{record['id']}/log", node="db", operation="stop") == "tag red, 3 times, here\n"


@pytest.mark.parametrize(
    ("inputs", "code", "message"),
    [
        ({}, "missing-input", "input 'tag' (string) is required and has no default"),
        ({"tga": "x", "tag": "x"}, "unknown-input", "found input 'tga', did you mean 'tag'?"),
        ({"tag": "x", "times": "many"}, "wrong-type", "input 'times': found \"many\", expected integer"),
        ({"tag": "much too long"}, "constraint-violated", "expected max_length 5"),
        ({"tag": "x", "place": 3}, "wrong-type", "input 'place': found 3, expected string"),
    ],
)
def test_wrong_inputs_are_refused_as_those_of_the_topology_are(
    server: Server, model: str, inputs: dict[str, Any], code: str, message: str
) -> None:
    answer = asked(server, model, "tagged", **inputs)
    assert answer.status_code == 422
    error = answer.json()["error"]
    assert error["code"] == "invalid-inputs"
    assert [problem["code"] for problem in error["problems"]] == [code]
    assert message in error["message"]


def test_a_filter_selects_instances(server: Server, model: str) -> None:
    record = ended(server, model, "only")
    items = history(server, record)
    assert done(items) == [("one", "app[1, 0]", "stop")]
    checks = {f"{item['node']}{item['index']}": item for item in items if "check" in item}
    assert {name: item["met"] for name, item in checks.items()} == {
        "app[0, 0]": False,
        "app[1, 0]": True,
        "app[2, 0]": False,
    }
    assert checks["app[0, 0]"]["found"] == 'found tosca_id "app[0,0]", expected equal app[1,0]'


def test_a_workflow_whose_precondition_is_not_met_is_not_started(server: Server) -> None:
    server.deploy(site(), "early")
    answer = asked(server, "early", "only")
    assert answer.status_code == 409
    error = answer.json()["error"]
    assert (error["code"], error["problems"]) == ("precondition-not-met", [])
    assert error["message"] == (
        "workflow 'only' was not started: its precondition on 'both' is not met by app[0,0]: "
        'found state "initial", expected equal started'
    )
    assert server.get("/exec", model="early")["items"] == []


def test_what_cannot_be_run_is_refused_at_upload(server: Server) -> None:
    wrong = TEMPLATE.replace("{ delegate: install }", "{ delegate: only }")
    answer = requests.put(f"{server.url}/csar", params={"model": "wrong"}, files={"file": site(wrong)}, timeout=60)
    assert answer.status_code == 422
    error = answer.json()["error"]
    assert error["code"] == "unrunnable-step"
    assert error["message"].startswith("step 'start' of workflow 'rolling' cannot be run: found delegate 'only'")


def test_a_workflow_of_the_topology_takes_the_place_of_the_woven_one(server: Server) -> None:
    own = TEMPLATE.replace("    rolling:", "    deploy:").replace("[ link, db ]", "[ ]")
    server.deploy(site(own), "own")
    record = ended(server, "own", "install")
    assert {step for step, _, _ in done(history(server, record))} >= {"stop", "link", "db"}
    assert ended(server, "own", "uninstall")["status"] == "failed"  # which is woven still: delete of db is broken


# -- the example


def test_the_example_backs_up_and_restores_and_patches(server: Server) -> None:
    server.deploy(EXAMPLE, "backups")
    refused = asked(server, "backups", "backup", label="monday")
    assert refused.json()["error"]["code"] == "precondition-not-met"
    server.execute("backups", "install")
    refused = asked(server, "backups", "restore")
    assert "found no value of 'latest', expected min_length 1" in refused.json()["error"]["message"]

    record = ended(server, "backups", "backup", label="monday")
    assert record["status"] == "succeeded", record
    assert [step for step, _, _ in done(history(server, record))] == ["close"] * 2 + ["dump"] + ["open"] * 2 + [
        "verify"
    ]
    assert ended(server, "backups", "restore")["status"] == "succeeded"

    record = ended(server, "backups", "patch")
    assert record["status"] == "succeeded", record
    steps = [step for step, _, _ in done(history(server, record))]
    assert steps[:6] == ["save.close"] * 2 + ["save.dump"] + ["save.open"] * 2 + ["save.verify"]
    assert set(steps[6:]) == {"restart"}
    assert set(states(server, "backups").values()) == {"started"}


def test_the_example_deals_with_a_dump_that_fails_and_still_says_that_there_is_no_backup(server: Server) -> None:
    server.deploy(EXAMPLE, "broken")
    server.execute("broken", "install")
    record = ended(server, "broken", "backup", label="broken")
    assert record["status"] == "failed"
    assert record["error"] == "step verify: database[0,0] Backup.verify: exit code 1: there is no backup broken"
    steps = [step for step, _, _ in done(history(server, record))]
    assert steps.count("open") == 2
    assert "discard" in steps
    assert set(states(server, "broken").values()) == {"started", "error"}  # verify was the last to say


def test_the_command_executes_and_follows_a_workflow(server: Server) -> None:
    server.deploy(EXAMPLE, "followed")
    server.execute("followed", "install")

    def ditrit(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "manager.cli", *arguments, "--server", server.url]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    shown = ditrit("exec", "followed", "one", "backup", "--input", "label=tuesday", "--follow")
    assert shown.returncode == 0, shown.stderr
    assert "web[0,0] filter [close] is met" in shown.stdout
    assert "database[0,0] Backup.dump [dump] done" in shown.stdout
    assert "database[0,0] is backing_up [dump]" in shown.stdout
    assert "succeeded, 6/6 operations" in shown.stdout
    refused = ditrit("exec", "followed", "one", "backup", "--input", "label=No way")
    assert refused.returncode == 1
    assert 'found "No way", expected pattern [a-z0-9-]+' in refused.stderr


def test_what_is_stored_of_them_all_fits_together(server: Server, model: str) -> None:
    ended(server, model, "rescued")
    ended(server, model, "only")
    command = [sys.executable, "-m", "manager.cli", "space", "check"]
    checked = subprocess.run(
        command, env=os.environ | server.settings, capture_output=True, text=True, timeout=60, check=False
    )
    assert (checked.returncode, checked.stdout) == (0, "0 finding(s)\n"), checked.stderr
