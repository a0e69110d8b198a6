"""Outputs of an instance."""

import json
from typing import Any

import pytest

from engine.executions.outputs import Outputs
from engine.instances.scaling import scale_of
from engine.space.backends.memory import MemorySpace
from engine.space.verbs import Set
from manager.inputs import completed
from manager.outputs import Deployed, Values
from tosca.model import (
    Capability,
    Function,
    NodeTemplate,
    Parameter,
    Relationship,
    ServiceTemplate,
)

HOST = Relationship("app.host", "host", "app", "server", "tosca.relationships.HostedOn", ())
SERVER = NodeTemplate(
    "server",
    "tosca.nodes.Compute",
    ("tosca.nodes.Compute",),
    properties={"size": 3, "loop": Function("get_property", ("server", "loop"))},
    capabilities={"endpoint": Capability("endpoint", "t", properties={"port": Function("get_input", ("port",))})},
    attributes={"zone": "north"},
)
APP = NodeTemplate("app", "my.App", ("my.App",), properties={"names": ["a", {"b": 1}]}, relationships=(HOST,))


def values(value: Any, said: dict[str, Any] | None = None, kind: str = "") -> Values:
    """The values of an instance of the topology with one output, whose server has said something at create."""
    template = ServiceTemplate(
        "tosca_simple_yaml_1_1",
        inputs={"port": Parameter("port", "integer", default=80)},
        outputs={"x": Parameter("x", kind or "string", value=value, primitive=kind)},
        node_templates={"server": SERVER, "app": APP},
    )
    space = MemorySpace()
    space.transact([Set("output/m/i/server/0/Standard/create", json.dumps(said or {}).encode())])
    scale = scale_of(template, {})
    found = Outputs(space, "m", "i")
    return Values(Deployed(template, scale, completed(template, {}), found, lambda node, flat: "started"))


def output(value: Any, said: dict[str, Any] | None = None, kind: str = "") -> Any:
    return values(value, said, kind).outputs()["x"]


@pytest.mark.parametrize(
    ("kind", "said", "value"),
    [
        ("integer", "5432", 5432),
        ("integer", 5432, 5432),
        ("integer", "many", "many"),
        ("float", "1.5", 1.5),
        ("boolean", "yes", True),
        ("string", 5432, "5432"),
        ("string", True, "true"),
        ("string", {"a": 1}, {"a": 1}),
        ("integer", ["1", 2], [1, 2]),
        ("list", ["1", 2], ["1", 2]),
        ("map", {"a": "1"}, {"a": "1"}),
        ("any", "5432", "5432"),
        ("", "5432", "5432"),
        ("version", 1.2, 1.2),
        ("scalar-unit.size", "1 GB", "1 GB"),
    ],
)
def test_an_output_is_of_the_type_that_it_declares(kind: str, said: Any, value: Any) -> None:
    found = output(Function("get_attribute", ("server", "address")), {"address": said}, kind)

    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("call", "value"),
    [
        (Function("get_input", ("port",)), 80),
        (Function("get_property", ("server", "size")), 3),
        (Function("get_property", ("server", "endpoint", "port")), 80),
        (Function("get_property", ("app", "host", "size")), 3),
        (Function("get_property", ("app", "names", 1, "b")), 1),
        (Function("get_attribute", ("server", "size")), 3),
        (Function("get_attribute", ("server", "zone")), "north"),
        (Function("get_attribute", ("server", "tosca_name")), "server"),
        (Function("get_attribute", ("server", "tosca_id")), "server[0]"),
        (Function("get_attribute", ("server", "state")), "started"),
        (Function("get_nodes_of_type", ("my.App",)), ["app"]),
        (Function("concat", ("http://x:", Function("get_input", ("port",)))), "http://x:80"),
        ("plain", "plain"),
    ],
)
def test_what_is_known_is_evaluated(call: Any, value: Any) -> None:
    assert output(call) == value


@pytest.mark.parametrize(
    "call",
    [
        Function("get_input", ("nothing",)),
        Function("get_property", ("nobody", "size")),
        Function("get_property", ("server", "nothing")),
        Function("get_property", ("app", "nothing", "size")),
        Function("get_property", ("app", "names", 7)),
        Function("get_property", ("server", "loop")),
        Function("get_attribute", ("server", "private_address")),
        Function("get_operation_output", ("server", "Standard", "create", "x")),
        Function("get_artifact", ("app", "x")),
        Function("token", ("a", "", 1)),
    ],
)
def test_what_is_not_known_is_null(call: Any) -> None:
    assert output(call) is None


def test_what_operations_have_said_comes_before_what_the_template_tells() -> None:
    said = {"size": "4", "zone": "south", "address": "10.0.0.7", "endpoint.port": 81}
    for path, value in ((("server", "size"), "4"), (("server", "zone"), "south"), (("server", "endpoint", "port"), 81)):
        assert output(Function("get_attribute", path), said) == value
    assert output(Function("get_attribute", ("app", "host", "address")), said) == "10.0.0.7"
    assert output(Function("get_operation_output", ("server", "Standard", "create", "address")), said) == "10.0.0.7"
    assert output(Function("get_property", ("server", "size")), said) == 3


def test_a_node_has_the_attributes_that_are_declared_and_those_that_were_said() -> None:
    found = values(None, {"address": "10.0.0.7", "state": "broken"})
    assert found.attributes("server", 0) == {"zone": "north", "address": "10.0.0.7"}
    assert found.attributes("app", 0) == {}
