"""Instances multiply down the HostedOn chain."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.instances.properties import PropertyError, Scope
from engine.instances.scaling import MOST_INSTANCES, ScalingError, scale_of
from tests.support.topologies import Node, appli, topology
from tosca.model import Capability, Function, Parameter, ServiceTemplate, Value


def test_the_reference_example_has_19_node_instances() -> None:
    scale = scale_of(appli(), {})

    assert scale.total == 19
    assert {node: scale.count(node) for node in scale.nodes} == {
        "srvA": 3, "srvB": 1, "srvC": 1, "srvD": 1, "A": 9, "B": 1, "C": 2, "D": 1,
    }  # fmt: skip


def test_the_index_is_the_path_from_the_topmost_host_down() -> None:
    scale = scale_of(appli(), {})

    assert [scale.index("A", flat) for flat in (0, 1, 8)] == [(0, 0), (0, 1), (2, 2)]
    assert scale.flat("A", (2, 1)) == 7
    assert scale.flat("A", (3, 0)) is None
    assert scale.flat("A", (0,)) is None
    assert scale.host("A", 7) == ("srvA", 2)
    assert scale.host("srvA", 2) is None


def with_count(value: Value) -> ServiceTemplate:
    template = topology([Node("A")])
    capability = Capability("scalable", "tosca.capabilities.Scalable", properties={"default_instances": value})
    node = replace(template.node_templates["A"], capabilities={"scalable": capability})
    inputs = {"many": Parameter("many", "integer", default=4)}
    return replace(template, node_templates={"A": node}, inputs=inputs)


def test_the_number_of_instances_may_be_an_input() -> None:
    template = with_count(Function("get_input", ("many",)))

    assert scale_of(template, {}).total == 4
    assert scale_of(template, {"many": 7}).total == 7
    assert scale_of(template, {"many": 0}).total == 0


@pytest.mark.parametrize("value", ["three", -1, 1.5, True])
def test_a_number_of_instances_that_is_none_is_refused(value: Value) -> None:
    with pytest.raises(ScalingError, match=r"'A' has default_instances .*; expected a whole number"):
        scale_of(with_count(value), {})


def test_too_many_instances_are_refused() -> None:
    with pytest.raises(ScalingError, match=str(MOST_INSTANCES)):
        scale_of(topology([Node("A", instances=2000), Node("B", "A", 2000)]), {})


def test_more_instances_than_can_be_written_are_refused() -> None:
    with pytest.raises(ScalingError, match=str(MOST_INSTANCES)):
        scale_of(topology([Node("A", instances=10**3000), Node("B", "A", 10**3000)]), {})


def test_a_long_chain_of_hosts_is_placed_whatever_its_order_in_the_file() -> None:
    nodes = [Node(f"n{i}", f"n{i + 1}" if i < 300 else None) for i in range(301)]

    assert scale_of(topology(nodes), {}).total == 301


def scope() -> Scope:
    template = topology([Node("H"), Node("A", "H"), Node("S", connects=("A",))])
    nodes = dict(template.node_templates)
    port = Capability("endpoint", "tosca.capabilities.Endpoint", properties={"port": 80})
    nodes["H"] = replace(nodes["H"], properties={"zone": "north"})
    nodes["A"] = replace(
        nodes["A"],
        properties={"name": "shop", "tags": ["a", "b"], "loop": Function("get_property", ("SELF", "loop"))},
        capabilities={"endpoint": port},
    )
    return Scope(nodes, nodes["S"], nodes["S"].relationships[0])


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("A", "name"), "shop"),
        (("TARGET", "tags", 1), "b"),
        (("A", "endpoint", "port"), 80),
    ],
)
def test_properties_are_read_where_they_stand(arguments: tuple[Value, ...], expected: Value) -> None:
    value: Value = Function("get_property", arguments)

    assert scope().evaluated({"x": [value]}) == {"x": [expected]}


def test_the_host_is_searched_upwards() -> None:
    found = scope()
    assert Scope(found.nodes, found.nodes["A"]).evaluated(Function("get_property", ("HOST", "zone"))) == "north"


def test_a_property_over_a_requirement_stands_in_the_node_at_its_end() -> None:
    found = scope()
    title = replace(found.nodes["A"], properties={"name": "shop", "title": Function("get_property", ("SELF", "name"))})
    there = Scope({**found.nodes, "A": title}, replace(found.nodes["S"], properties={"name": "another"}))
    assert there.evaluated(Function("get_property", ("SELF", "connection", "title"))) == "shop"


def test_a_property_of_a_capability_of_the_host_is_found_too() -> None:
    found = scope()
    size = Capability("host", "tosca.capabilities.Compute", properties={"num_cpus": 4})
    server = replace(found.nodes["H"], capabilities={"host": size})
    there = Scope({**found.nodes, "H": server}, found.nodes["A"])
    assert there.evaluated(Function("get_property", ("HOST", "num_cpus"))) == 4
    assert there.evaluated(Function("get_property", ("HOST", "zone"))) == "north"


@pytest.mark.parametrize("arguments", [("A", "colour"), ("nobody", "name"), ("A",), ("A", "tags", 9)])
def test_a_property_that_is_not_there_is_an_error(arguments: tuple[Value, ...]) -> None:
    with pytest.raises(PropertyError):
        scope().evaluated(Function("get_property", arguments))


def test_properties_that_lead_in_a_circle_are_an_error() -> None:
    with pytest.raises(PropertyError, match="circle"):
        scope().evaluated(Function("get_property", ("A", "loop")))


def test_other_functions_are_left_and_properties_are_attributes_too() -> None:
    call = Function("concat", ("x", Function("get_input", ("y",)), Function("get_attribute", ("A", "name"))))

    assert scope().evaluated(call) == Function("concat", ("x", Function("get_input", ("y",)), "shop"))
    unknown = Function("get_attribute", ("A", "private_address"))
    assert scope().evaluated(unknown) == unknown
