"""Instances over the API."""

from collections.abc import Callable
from typing import Any

import pytest
import requests

Refused = Callable[[requests.Response, int, str], dict[str, Any]]
Csar = Callable[..., bytes]
Together = Callable[[list[Callable[[], requests.Response]]], list[requests.Response]]


@pytest.fixture
def model(api: Any, csar: Csar, name: str) -> str:
    api.upload(name, csar())
    return name


def test_an_instance_is_created_with_its_node_instances(api: Any, model: str) -> None:
    response = api.create(model)
    assert response.status_code == 201
    assert response.json() == {"model": model, "instance": "i", "node_instances": 4}
    assert response.headers["Location"] == f"/instance/{model}/i"


def test_the_same_instance_again_answers_200(api: Any, model: str) -> None:
    api.create(model, servers=3)
    response = api.create(model, servers=3)
    assert (response.status_code, response.json()["node_instances"]) == (200, 6)


def test_an_instance_with_other_inputs_is_refused(api: Any, model: str, refused: Refused) -> None:
    api.create(model, servers=3)
    refused(api.create(model, servers=4), 409, "instance-exists")
    refused(api.create(model), 409, "instance-exists")


def test_a_refusal_names_the_inputs_that_differ_but_tells_no_value(
    api: Any, csar: Csar, template: str, name: str, refused: Refused
) -> None:
    """An input may be a password."""
    api.upload(name, csar(template.replace("  inputs:", "  inputs:\n    password: {type: string, default: none}")))
    api.create(name, servers=3, password="hunter2")
    found = refused(api.create(name, servers=3, password="hunter3"), 409, "instance-exists")
    assert "other inputs: password" in found["message"]
    assert "hunter" not in found["message"]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("null", "found null as the body"),
        ("true", "found true as the body"),
        ('{"inputs": null}', 'found null as "inputs"'),
        ('{"inputs": {"servers": null}}', "found null, expected integer"),
        ('{"inputs": {"servers": "é"}}', 'found "é", expected integer'),
        ('{"inputs": {"servers": "%s"}}' % ("x" * 10_000), "xxx…, expected integer"),
    ],
)
def test_what_was_found_is_shown_as_the_client_wrote_it(api: Any, model: str, body: str, says: str) -> None:
    response = api("PUT", "/instance", params={"model": model, "name": "i"}, data=body.encode())
    assert says in response.json()["error"]["message"]
    assert len(response.text) < 2000


def test_an_instance_shows_every_node_with_index_host_and_state(api: Any, model: str) -> None:
    api.create(model)
    answer = api("GET", f"/instance/{model}/i").json()
    assert answer["status"] == "initial"
    shown = {(node["node"], tuple(node["index"])): node for node in answer["nodes"]}
    assert set(shown) == {("server", (0,)), ("server", (1,)), ("app", (0, 0)), ("app", (1, 0))}
    assert shown["app", (1, 0)]["host"] == {"node": "server", "index": [1]}
    assert shown["server", (1,)]["host"] is None
    assert {node["state"] for node in answer["nodes"]} == {"initial"}
    assert shown["app", (1, 0)]["attributes"]["tosca_id"] == "app[1,0]"
    assert len(answer["relationships"]) == 2
    assert answer["outputs"] == {}


def test_instances_are_listed_for_all_models_or_one(api: Any, csar: Csar, model: str, name: str) -> None:
    for instance in ("b", "a"):
        api.create(model, instance)
    items = api("GET", "/instance", params={"model": model}).json()["items"]
    assert [item["instance"] for item in items] == ["a", "b"]
    everything = api("GET", "/instance", params={"limit": 1000}).json()["items"]
    assert {(model, "a"), (model, "b")} <= {(item["model"], item["instance"]) for item in everything}


def test_instances_of_a_model_whose_name_starts_alike_are_not_listed(api: Any, csar: Csar, name: str) -> None:
    for suffix in ("", "x"):
        api.upload(name + suffix, csar())
        api.create(name + suffix)
    items = api("GET", "/instance", params={"model": name}).json()["items"]
    assert [item["model"] for item in items] == [name]


def test_an_instance_at_rest_can_be_deleted(api: Any, model: str, refused: Refused) -> None:
    api.create(model)
    assert api("DELETE", f"/instance/{model}/i").status_code == 204
    refused(api("GET", f"/instance/{model}/i"), 404, "unknown-instance")
    refused(api("DELETE", f"/instance/{model}/i"), 404, "unknown-instance")
    assert api("DELETE", f"/csar/{model}").status_code == 204


@pytest.mark.parametrize("instance", ["a/b", "a b", "x" * 300, "a\x00b", "", "-"])
def test_a_wrong_name_is_refused(api: Any, model: str, instance: str) -> None:
    response = api.create(model, instance)
    assert response.status_code == (422 if instance else 400)


def test_an_unknown_model_is_404(api: Any, refused: Refused) -> None:
    refused(api.create("none"), 404, "unknown-model")
    refused(api("GET", "/instance/none/i"), 404, "unknown-instance")


@pytest.mark.parametrize(
    ("inputs", "code"),
    [({"server": 1}, "unknown-input"), ({"servers": "many"}, "wrong-type"), ({"servers": None}, "wrong-type")],
)
def test_wrong_inputs_are_refused_with_problems(
    api: Any, model: str, inputs: dict[str, Any], code: str, refused: Refused
) -> None:
    found = refused(api.create(model, **inputs), 422, "invalid-inputs")
    assert found["problems"][0]["code"] == code


def test_a_missing_required_input_is_refused(api: Any, csar: Csar, template: str, name: str, refused: Refused) -> None:
    api.upload(name, csar(template.replace(", default: 2", "")))
    found = refused(api.create(name), 422, "invalid-inputs")
    assert found["problems"][0]["code"] == "missing-input"
    assert api.create(name, servers=1).status_code == 201


def test_a_number_of_instances_that_cannot_be_is_refused(api: Any, model: str) -> None:
    response = api.create(model, servers=-1)
    assert response.status_code == 422, response.text


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("{", "invalid-json"),
        ("[1]", "invalid-json"),
        ("3", "invalid-json"),
        ('{"inputs": [1]}', "invalid-body"),
        ('{"input": {}}', "invalid-body"),
        ('{"inputs": {"servers": NaN}}', "invalid-json"),
        ("[" * 100_000, "invalid-json"),
        ("\xff", "invalid-json"),
        ('{"inputs": {"servers": "\\ud800"}}', "invalid-json"),
        ('{"inputs": {"\\udfff": 1}}', "invalid-json"),
    ],
)
def test_a_malformed_body_is_400(api: Any, model: str, body: str, code: str, refused: Refused) -> None:
    response = api("PUT", "/instance", params={"model": model, "name": "i"}, data=body.encode("latin-1"))
    refused(response, 400, code)


def put(api: Any, path: str, **options: Any) -> requests.Response:
    """A call on a connection of its own, as another client makes it."""
    return requests.put(api.server + path, timeout=30, **options)


def test_the_same_instance_many_times_at_once_is_created_once(api: Any, model: str, together: Together) -> None:
    params = {"model": model, "name": "i"}
    answers = together([lambda: put(api, "/instance", params=params) for _ in range(8)])
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]


@pytest.mark.parametrize("round_", range(10))
def test_a_model_replaced_and_an_instance_created_at_once_never_disagree(
    api: Any, csar: Csar, template: str, name: str, together: Together, round_: int
) -> None:
    """Whoever comes second sees the first: the instance's model never changes under it."""
    api.upload(name, csar())
    files = {"file": ("a.zip", csar(template.replace("default: 2", "default: 5")))}
    uploaded, created = together(
        [
            lambda: put(api, "/csar", params={"model": name}, files=files),
            lambda: put(api, "/instance", params={"model": name, "name": "i"}),
        ]
    )
    assert created.status_code == 201
    nodes = created.json()["node_instances"]
    assert (uploaded.status_code, nodes) in {(201, 10), (409, 4)}
    assert len(api("GET", f"/instance/{name}/i").json()["nodes"]) == nodes


def test_an_instance_of_a_topology_without_nodes_is_initial(api: Any, csar: Csar, name: str) -> None:
    api.upload(name, csar("tosca_definitions_version: tosca_simple_yaml_1_1\ntopology_template: {}\n", {}))
    api.create(name)
    assert api("GET", f"/instance/{name}/i").json()["status"] == "initial"
