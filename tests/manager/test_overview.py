"""An instance as one picture, in little space."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.gates import GATED

EXAMPLES = Path(__file__).parents[2] / "example"
Refused = Callable[[requests.Response, int, str], dict[str, Any]]
Csar = Callable[..., bytes]


@pytest.fixture
def model(api: Any, csar: Csar, name: str) -> str:
    api.upload(name, csar())
    return name


def picture(api: Any, model: str) -> dict[str, Any]:
    found: dict[str, Any] = api("GET", f"/instance/{model}/i/graph").json()
    return found


def test_the_picture_has_each_template_once_and_each_state_as_a_number(api: Any, model: str) -> None:
    api.create(model, servers=3)
    found = picture(api, model)
    assert (found["status"], found["execution"], found["seq"], found["node_instances"]) == ("initial", None, None, 6)
    assert found["states"] == ["initial"]
    assert found["nodes"] == [
        {"name": "server", "type": "tosca.nodes.Compute", "host": None, "radix": [3], "states": [0, 0, 0]},
        {
            "name": "app",
            "type": "tosca.nodes.SoftwareComponent",
            "host": "server",
            "radix": [3, 1],
            "states": [0, 0, 0],
        },
    ]
    assert [(edge["source"], edge["target"], edge["hosted_on"]) for edge in found["relationships"]] == [
        ("app", "server", True)
    ]


def test_the_picture_and_the_instance_tell_the_same_states(api: Any, worker: str, model: str) -> None:
    api.create(model)
    api.run(model, "install")
    found = picture(api, model)
    told = {node["name"]: [found["states"][number] for number in node["states"]] for node in found["nodes"]}
    instance = api("GET", f"/instance/{model}/i").json()
    assert found["status"] == instance["status"] == "started"
    for name, states in told.items():
        assert states == [node["state"] for node in instance["nodes"] if node["node"] == name]


def test_two_thousand_node_instances_fit_into_a_few_kilobytes(api: Any, csar: Csar, template: str, name: str) -> None:
    api.upload(name, csar(template.replace("max_instances: 100", "max_instances: 1000")))
    api.create(name, servers=1000)
    assert picture(api, name)["node_instances"] == 2000
    assert len(api("GET", f"/instance/{name}/i/graph").content) < 10_000


def test_events_after_the_seq_of_a_picture_are_those_that_it_does_not_have(api: Any, model: str) -> None:
    """No worker needs to run: the first states are committed by what starts the execution."""
    api.create(model)
    execution = api.execute(model, "install").json()["id"]
    found = picture(api, model)
    assert found["execution"] == execution
    history = api("GET", f"/exec/{execution}/history").json()["items"]
    later = api("GET", f"/exec/{execution}/history", params={"after": found["seq"]}).json()["items"]
    assert history == [] or found["seq"] >= history[-1]["seq"] or later != []


def test_there_is_no_picture_of_what_is_not_there(api: Any, refused: Refused) -> None:
    refused(api("GET", "/instance/nothing/i/graph"), 404, "unknown-instance")


def test_a_list_sums_the_states_up_when_it_is_asked_to(api: Any, model: str) -> None:
    api.create(model)
    plain = api("GET", "/instance", params={"model": model}).json()["items"]
    summed = api("GET", "/instance", params={"model": model, "states": "true"}).json()["items"]
    assert "states" not in plain[0]
    assert (summed[0]["status"], summed[0]["states"]) == ("initial", {"initial": 4})


def test_executions_are_listed_newest_first_when_that_is_asked_for(api: Any, worker: str, model: str) -> None:
    api.create(model)
    ids = [api.run(model, workflow)["id"] for workflow in ("install", "uninstall", "install")]
    params: dict[str, str] = {"model": model, "limit": "2", "newest": "true"}
    first = api("GET", "/exec", params=params).json()
    second = api("GET", "/exec", params={**params, "after": first["next"]}).json()
    listed = [item["id"] for item in [*first["items"], *second["items"]]]
    assert listed == sorted(ids, reverse=True)
    assert second["next"] is None
    assert json.dumps(first).count('"workflow"') == 2


def test_one_node_instance_is_told_with_its_properties_and_attributes(api: Any, model: str) -> None:
    api.create(model)
    found = api("GET", f"/instance/{model}/i/node/app", params={"index": "1,0"}).json()
    assert (found["node"], found["index"], found["state"]) == ("app", [1, 0], "initial")
    assert found["host"] == {"node": "server", "index": [1]}
    assert found["attributes"]["tosca_id"] == "app[1,0]"


def test_properties_are_told_with_what_they_ask_for(api: Any, csar: Csar, name: str, tmp_path: Any) -> None:
    api.upload(name, csar(GATED.template, GATED.scripts))
    api.create(name, gates=str(tmp_path))
    found = api("GET", f"/instance/{name}/i/node/database", params={"index": "0,0"}).json()
    assert found["properties"] == {"gates": str(tmp_path), "name": "database"}


@pytest.mark.parametrize(("node", "index"), [("nothing", "0"), ("app", "7,0"), ("app", "0")])
def test_a_node_instance_that_is_not_there_is_not_found(
    api: Any, model: str, refused: Refused, node: str, index: str
) -> None:
    api.create(model)
    refused(api("GET", f"/instance/{model}/i/node/{node}", params={"index": index}), 404, "unknown-node")


def test_the_index_of_a_node_instance_must_be_given_as_numbers(api: Any, model: str, refused: Refused) -> None:
    api.create(model)
    refused(api("GET", f"/instance/{model}/i/node/app"), 400, "missing-parameter")
    refused(api("GET", f"/instance/{model}/i/node/app", params={"index": "x"}), 422, "invalid-parameter")


def test_a_model_tells_which_inputs_its_instances_and_workflows_take(api: Any, csar: Csar, name: str) -> None:
    api.upload(name, csar(GATED.template, GATED.scripts))
    assert api("GET", f"/model/{name}/inputs").json() == {
        "inputs": [
            {
                "name": "gates",
                "type": "string",
                "required": True,
                "default": None,
                "description": "The folder where gates are opened",
            },
            {"name": "servers", "type": "integer", "required": False, "default": 2, "description": ""},
        ],
        "workflows": {"install": [], "uninstall": []},
    }


def test_workflows_of_the_topology_have_inputs_of_their_own(api: Any, name: str) -> None:
    api.upload(name, (EXAMPLES / "workflows.zip").read_bytes())
    told = api("GET", f"/model/{name}/inputs").json()["workflows"]
    assert told["install"] == []
    assert {"name", "type", "required", "default", "description"} == set(told["backup"][0])


def test_a_model_that_is_not_there_has_no_inputs(api: Any, refused: Refused) -> None:
    refused(api("GET", "/model/nothing/inputs"), 404, "unknown-model")
