"""Outputs of an instance."""

from typing import Any

import pytest

from manager.outputs import evaluated
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


def output(value: Any) -> Any:
    template = ServiceTemplate(
        "tosca_simple_yaml_1_1",
        inputs={"port": Parameter("port", "integer", default=80)},
        outputs={"x": Parameter("x", "string", value=value)},
        node_templates={"server": SERVER, "app": APP},
    )
    return evaluated(template, {})["x"]


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
