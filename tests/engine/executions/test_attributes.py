"""Attributes and outputs of operations as an operation that starts sees them: of which instances, in which order."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from engine.executions.attributes import MOST_INSTANCES, Attributes, States, anchors_of
from engine.executions.errors import NoValue
from engine.executions.outputs import Outputs
from engine.instances.properties import PropertyError
from engine.instances.references import Place
from engine.instances.scaling import scale_of
from engine.space.backends.memory import MemorySpace
from engine.space.verbs import Set
from engine.weaving import weave
from engine.weaving.compile import compile_network
from engine.weaving.values import from_json
from tests.support.topologies import Node, topology
from tosca.model import Capability, Function, Interface, NodeTemplate, Operation, ServiceTemplate, Value


def get_attribute(*path: Value) -> Function:
    return Function("get_attribute", path)


def get_output(*path: Value) -> Function:
    return Function("get_operation_output", path)


class Resolver:
    """Knows one input."""

    def get_input(self, args: tuple[Any, ...]) -> Any:
        return {"zone": "north", "index": 1}[args[0]]

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"{name} is asked for")


def template(
    inputs: Mapping[str, Value] | None = None, *, node: str = "app", of: str = "Standard.create", srv: int = 3
) -> ServiceTemplate:
    """Servers with two applications each, which connect to two databases; one operation has these inputs."""
    pairs = ("pre_configure_source", "add_target", "add_source")
    found = topology(
        [
            Node("srv", instances=srv),
            Node("store", instances=2),
            Node("db", "store", connects=()),
            Node("app", "srv", 2, connects=("db",), relationship_operations=pairs),
        ]
    )
    nodes = dict(found.node_templates)
    endpoint = Capability("endpoint", "tosca.capabilities.Endpoint", properties={"port": 80})
    nodes["db"] = replace(
        nodes["db"],
        capabilities={**nodes["db"].capabilities, "endpoint": endpoint},
        properties={"size": 3, "zone": Function("get_input", ("zone",)), "address": get_attribute("SELF", "ip")},
        attributes={
            "url": Function("concat", ("http://", get_attribute("SELF", "ip"))),
            "port": get_output("SELF", "Standard", "create", "port"),
            "loop": Function("concat", (get_attribute("SELF", "loop"), get_attribute("SELF", "loop"))),
            "unset": None,
        },
    )
    connection = replace(
        nodes["app"].relationships[1], capability="endpoint", properties={"speed": 1}, attributes={"kind": "tcp"}
    )
    nodes["app"] = replace(nodes["app"], relationships=(nodes["app"].relationships[0], connection))
    return replace(found, node_templates={**nodes, node: _with_inputs(nodes[node], of, inputs or {})})


def _with_inputs(node: NodeTemplate, of: str, inputs: Mapping[str, Value]) -> NodeTemplate:
    name, _, short = of.partition(".")
    if name == "Configure":
        host, connection = node.relationships
        changed = replace(connection, interfaces=_changed(connection.interfaces, name, short, inputs))
        return replace(node, relationships=(host, changed))
    return replace(node, interfaces=_changed(node.interfaces, name, short, inputs))


def _changed(
    interfaces: Mapping[str, Interface], name: str, short: str, inputs: Mapping[str, Value]
) -> dict[str, Interface]:
    operations: dict[str, Operation] = dict(interfaces[name].operations)
    operations[short] = replace(operations[short], inputs=inputs)
    return {**interfaces, name: replace(interfaces[name], operations=operations)}


def seen(
    value: Value,
    said: Mapping[str, Any],
    *,
    flat: int = 0,
    node: str = "app",
    of: str = "Standard.create",
    srv: int = 3,
) -> Any:
    """The input of an operation, compiled and evaluated as a worker does it; ``said`` are outputs by owner."""
    found = template({"x": value}, node=node, of=of, srv=srv)
    network = compile_network(weave(found, "install"), scale_of(found, {}))
    production, operation = next(
        (production, step.operation)
        for production in network.productions
        for step in production.steps
        if step.operation is not None and "x" in step.operation.get("inputs", {})
    )
    space = MemorySpace()
    for owner, values in said.items():
        key = f"output/m/i/{owner}" if owner.count("/") > 1 else f"output/m/i/{owner}/Standard/create"
        space.transact([Set(key, json.dumps(values).encode())])
    stored = from_json(json.loads(json.dumps(operation["inputs"]["x"])))
    attributes = Attributes(Outputs(space, "m", "i"), States(space, "m", "i"), Resolver())
    return attributes.value(stored, anchors_of(production, flat))


# -- of which instances


@pytest.mark.parametrize("flat", range(6))
def test_an_instance_reads_its_own_attribute(flat: int) -> None:
    assert seen(get_attribute("SELF", "port"), {f"app/{n}": {"port": n} for n in range(6)}, flat=flat) == flat


@pytest.mark.parametrize("entity", ["srv", "HOST"])
@pytest.mark.parametrize("flat", range(6))
def test_an_instance_reads_the_attribute_of_the_host_that_it_is_on(entity: str, flat: int) -> None:
    assert seen(get_attribute(entity, "ip"), {f"srv/{n}": {"ip": n} for n in range(3)}, flat=flat) == flat // 2


def test_over_the_requirement_of_its_host_too() -> None:
    assert seen(get_attribute("SELF", "host", "ip"), {f"srv/{n}": {"ip": n} for n in range(3)}, flat=5) == 2


@pytest.mark.parametrize("flat", range(3))
def test_a_host_reads_the_attributes_of_those_on_it_as_a_list(flat: int) -> None:
    said = {f"app/{n}": {"port": n} for n in range(6)}
    assert seen(get_attribute("app", "port"), said, flat=flat, node="srv") == [2 * flat, 2 * flat + 1]


def test_of_a_node_that_has_nothing_to_do_with_it_all_instances_are_read_in_the_order_of_their_indexes() -> None:
    said = {"db/1": {"ip": "b"}, "db/0": {"ip": "a"}}
    for path in (("db", "ip"), ("SELF", "connection", "ip")):
        assert seen(get_attribute(*path), said, flat=3) == ["a", "b"]


def test_of_a_node_with_one_instance_the_value_itself_is_read() -> None:
    assert seen(get_attribute("srv", "ip"), {"srv/0": {"ip": "a"}}, node="db", srv=1) == "a"


def test_values_of_too_many_instances_are_an_error() -> None:
    with pytest.raises(NoValue, match=rf"'srv' has {MOST_INSTANCES + 1} instances here, expected at most 1000"):
        seen(get_attribute("srv", "ip"), {}, node="db", srv=MOST_INSTANCES + 1)


@pytest.mark.parametrize("flat", range(12))
def test_an_operation_between_two_instances_reads_these(flat: int) -> None:
    """Pair number p is source p // 2 with target p % 2."""
    said = {f"app/{n}": {"a": f"app{n}"} for n in range(6)} | {f"db/{n}": {"a": f"db{n}"} for n in range(2)}
    both: list[Value] = [get_attribute("SOURCE", "a"), get_attribute("TARGET", "a")]
    expected = [f"app{flat // 2}", f"db{flat % 2}"]
    for operation in ("add_target", "add_source"):
        assert seen(both, said, flat=flat, of=f"Configure.{operation}") == expected


def test_an_operation_for_all_targets_reads_a_list_of_them() -> None:
    said = {f"app/{n}": {"a": f"app{n}"} for n in range(6)} | {f"db/{n}": {"a": f"db{n}"} for n in range(2)}
    both: list[Value] = [get_attribute("SOURCE", "a"), get_attribute("TARGET", "a")]
    assert seen(both, said, flat=4, of="Configure.pre_configure_source") == ["app4", ["db0", "db1"]]


def test_a_relationship_reads_what_was_said_between_its_ends() -> None:
    said = {
        "app.connection.1/4-all/Configure/pre_configure_source": {"key": "all", "token": "t4"},
        "app.connection.1/4-1/Configure/add_target": {"key": "both"},
        "app.connection.1/5-all/Configure/pre_configure_source": {"key": "other"},
    }
    value: list[Value] = [
        *(get_attribute("SELF", name) for name in ("key", "token", "speed", "kind")),
        get_output("SELF", "Configure", "pre_configure_source", "key"),
    ]
    assert seen(value, said, flat=9, of="Configure.add_source") == ["both", "t4", 1, "tcp", "all"]


# -- which value


def test_the_operation_that_was_committed_last_says_the_value() -> None:
    said = {"db/0/Standard/start": {"ip": "old"}, "db/0/Standard/create": {"ip": "new"}, "db/1": {"ip": "x"}}
    assert seen(get_attribute("db", "ip"), said) == ["new", "x"]


def test_without_an_output_the_template_tells_the_value() -> None:
    said = {"db/0": {"size": "4", "ip": "a", "port": 5}, "db/1": {"ip": "b", "port": 6}}
    assert seen(get_attribute("db", "size"), said) == ["4", 3]
    assert seen(get_attribute("db", "zone"), said) == ["north", "north"]
    assert seen(get_attribute("db", "url"), said) == ["http://a", "http://b"]
    assert seen(get_attribute("db", "port"), said) == [5, 6]
    assert seen(Function("get_property", ("db", "address")), said) == ["a", "b"]


def test_an_attribute_of_a_capability_has_the_name_of_both() -> None:
    said = {"db/0": {"endpoint.port": 81}, "db/1": {"port": 90}}
    assert seen(get_attribute("db", "endpoint", "port"), said) == [81, 80]
    assert seen(get_attribute("SELF", "connection", "port"), said) == [81, 90]


def test_keys_and_indexes_lead_into_a_value() -> None:
    said = {"app/0": {"nets": {"private": ["a", {"b": "c"}]}}}
    assert seen(get_attribute("SELF", "nets", "private", 1, "b"), said) == "c"
    nested = get_attribute("SELF", "nets", "private", Function("get_input", ("index",)), "b")
    assert seen(nested, said) == "c"
    with pytest.raises(NoValue, match="its value has no 7 in it"):
        seen(get_attribute("SELF", "nets", "private", 7), said)


def test_every_node_has_a_name_an_id_and_a_state() -> None:
    value: list[Value] = [get_attribute("SELF", name) for name in ("tosca_name", "tosca_id", "state")]
    assert seen(value, {"app/3": {"state": "forged", "tosca_id": "forged"}}, flat=3) == ["app", "app[1,1]", "initial"]
    assert seen(get_attribute("srv", "tosca_id"), {}, flat=3) == "srv[1]"


def test_other_functions_take_attributes_as_arguments() -> None:
    url = Function("concat", ("http://", get_attribute("HOST", "ip"), ":", get_attribute("SELF", "port")))
    assert seen({"urls": [url]}, {"srv/0": {"ip": "a"}, "app/0": {"port": 80}}) == {"urls": ["http://a:80"]}


def test_an_output_is_read_by_the_name_of_its_interface_or_of_its_type() -> None:
    said = {"srv/0": {"ip": "a"}, "srv/0/Standard/start": {"ip": "b"}}
    for name in ("Standard", "tosca.interfaces.node.lifecycle.Standard"):
        assert seen(get_output("HOST", name, "create", "ip"), said) == "a"
        assert seen(get_output("srv", name, "start", "ip"), said) == "b"


# -- what has no value


EVERY = "state, tosca_id, tosca_name"
NO_PORT = "of db[0,0] no operation has said 'port'; said were none"
NO_PROT = "of app[0,0] no operation has said 'prot'; said were Standard.create: port"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (get_attribute("SELF", "prot"), f"[SELF, prot]: app[0,0] has no value for 'prot'; it has port, {EVERY}"),
        (get_attribute("SELF", "connection", "prot"), "db[0,0] has no value for 'endpoint.prot' or 'prot'; it has"),
        (get_attribute("SELF", "connection", "prot"), f"it has address, loop, port, size, {EVERY}, url, zone"),
        (get_attribute("db", "unset"), "get_attribute [db, unset]: db[0,0] has no value for 'unset'"),
        (get_attribute("db", "loop"), "get_attribute [SELF, loop]: db[0,0] has no value for 'loop'"),
        (get_attribute("db", "port"), f"get_operation_output [SELF, Standard, create, port]: {NO_PORT}"),
        (get_output("SELF", "Standard", "create", "prot"), f"[SELF, Standard, create, prot]: {NO_PROT}"),
    ],
)
def test_what_has_no_value_is_an_error_that_says_who_and_what_there_is(call: Function, message: str) -> None:
    with pytest.raises(NoValue) as raised:
        seen(call, {"app/0": {"port": "secret"}})
    assert message in str(raised.value)
    assert "secret" not in str(raised.value)


def test_attributes_that_double_with_each_step_are_no_burden() -> None:
    node = template().node_templates["db"]
    doubling: dict[str, Value] = {
        f"a{n}": Function("concat", (get_attribute("SELF", f"a{n - 1}"), get_attribute("SELF", f"a{n - 1}")))
        for n in range(1, 60)
    }
    scale = scale_of(template(), {})
    place = Place({"db": replace(node, attributes={"a0": "x", **doubling})}, node, scale=scale)
    place.evaluated(get_attribute("db", "a3"))
    with pytest.raises(PropertyError, match="found more than 10000 calls in one value"):
        place.evaluated([get_attribute("db", "a59"), get_attribute("db", "a59")])


def test_attributes_of_many_that_lead_to_those_of_many_are_an_error() -> None:
    nodes = topology([Node(name, instances=1000) for name in "abc"]).node_templates
    linked = {
        name: replace(node, attributes={"x": get_attribute(after, "x")})
        for (name, node), after in zip(nodes.items(), "bca", strict=True)
    }
    found = replace(template(), node_templates=linked)
    asking = Place(linked, NodeTemplate("", "", ()), scale=scale_of(found, {})).evaluated(get_attribute("a", "x"))
    space = MemorySpace()
    attributes = Attributes(Outputs(space, "m", "i"), States(space, "m", "i"), Resolver())
    for number in range(1000):
        space.transact([Set(f"output/m/i/c/{number}/Standard/create", b'{"x": 1}')])
    with pytest.raises(NoValue, match="found more than 100000 values that it leads to"):
        attributes.value(asking, {})


def test_a_relationship_without_a_value_says_so() -> None:
    with pytest.raises(NoValue, match=r"relationship app.connection.1 has no value for 'x'; it has kind, speed"):
        seen(get_attribute("SELF", "x"), {}, of="Configure.add_target")
