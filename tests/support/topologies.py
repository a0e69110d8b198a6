"""Service templates made by hand, without a parser: small worlds for the tests of the engine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tosca.model import (
    CONNECTS_TO,
    HOSTED_ON,
    NODE_ROOT,
    RELATIONSHIP_ROOT,
    Activity,
    Capability,
    Implementation,
    Interface,
    NodeTemplate,
    NodeType,
    Operation,
    Relationship,
    RelationshipType,
    ServiceTemplate,
    Weave,
    Weaving,
)

DEPENDS_ON = "tosca.relationships.DependsOn"
STANDARD = "tosca.interfaces.node.lifecycle.Standard"
CONFIGURE = "tosca.interfaces.relationships.Configure"
LIFECYCLE = ("create", "configure", "start", "stop", "delete")
RELATIONSHIP_OPERATIONS = (
    "pre_configure_source",
    "pre_configure_target",
    "post_configure_source",
    "post_configure_target",
    "add_target",
    "add_source",
    "remove_target",
    "remove_source",
)


def _states(*steps: str) -> tuple[Activity, ...]:
    return tuple(
        Activity("call_operation", f"{STANDARD}.{step[3:]}") if step.startswith("op:") else Activity("set_state", step)
        for step in steps
    )


INSTALL = _states(
    "creating", "op:create", "created", "configuring", "op:configure", "configured", "starting", "op:start", "started"
)
UNINSTALL = _states("stopping", "op:stop", "stopped", "deleting", "op:delete", "deleted")


def _activity(name: str) -> str:
    return f"{CONFIGURE}.{name}"


_TAIL = Weave("after", "started", "started", _activity("add_source"))
STRICT_INSTALL = Weaving(
    source=(
        Weave("before", "creating", "started"),
        Weave("after", "configuring", None, _activity("pre_configure_source")),
        Weave("before", "configured", None, _activity("post_configure_source")),
        Weave("after", "started", None, _activity("add_target")),
    ),
    target=(
        Weave("after", "configuring", None, _activity("pre_configure_target")),
        Weave("before", "configured", None, _activity("post_configure_target")),
        _TAIL,
    ),
)
INTERLEAVED_INSTALL = Weaving(
    source=(
        Weave("after", "configuring", "created", _activity("pre_configure_source")),
        Weave("before", "configured", None, _activity("post_configure_source")),
        Weave("before", "starting", "started"),
        Weave("after", "started", None, _activity("add_target")),
    ),
    target=(
        Weave("after", "configuring", "created", _activity("pre_configure_target")),
        Weave("before", "configured", None, _activity("post_configure_target")),
        _TAIL,
    ),
)


def _uninstall(join: str) -> Weaving:
    return Weaving(
        source=(Weave("after", "stopping", None, _activity("remove_target")),),
        target=(
            Weave("before", "stopping", join),
            Weave("after", "stopping", None, _activity("remove_source")),
        ),
    )


NODE_TYPES = {
    NODE_ROOT: NodeType(NODE_ROOT, (NODE_ROOT,), workflows={"install": INSTALL, "uninstall": UNINSTALL}),
}
RELATIONSHIP_TYPES = {
    RELATIONSHIP_ROOT: RelationshipType(
        RELATIONSHIP_ROOT,
        (RELATIONSHIP_ROOT,),
        workflows={"install": STRICT_INSTALL, "uninstall": _uninstall("deleted")},
    ),
    CONNECTS_TO: RelationshipType(
        CONNECTS_TO,
        (CONNECTS_TO, RELATIONSHIP_ROOT),
        workflows={"install": INTERLEAVED_INSTALL, "uninstall": _uninstall("stopped")},
    ),
    HOSTED_ON: RelationshipType(HOSTED_ON, (HOSTED_ON, RELATIONSHIP_ROOT)),
    DEPENDS_ON: RelationshipType(DEPENDS_ON, (DEPENDS_ON, RELATIONSHIP_ROOT)),
}


@dataclass
class Node:
    """A node template in short: its host, what it depends on, how many instances, which operations it implements."""

    name: str
    host: str | None = None
    instances: int = 1
    connects: Sequence[str] = ()
    depends: Sequence[str] = ()
    operations: Sequence[str] = LIFECYCLE
    relationship_operations: Sequence[str] = ()
    inputs: Mapping[str, str] = field(default_factory=dict)


def topology(nodes: Iterable[Node]) -> ServiceTemplate:
    """The service template of these nodes."""
    return ServiceTemplate(
        "tosca_simple_yaml_1_1",
        node_templates={node.name: _template(node) for node in nodes},
        node_types=NODE_TYPES,
        relationship_types=RELATIONSHIP_TYPES,
    )


def appli(relationship_operations: Sequence[str] = RELATIONSHIP_OPERATIONS) -> ServiceTemplate:
    """The reference example: 19 node instances."""

    def component(name: str, host: str, instances: int = 1, connects: Sequence[str] = ()) -> Node:
        return Node(name, host, instances, connects, relationship_operations=relationship_operations)

    return topology(
        [
            Node("srvA", instances=3),
            Node("srvB"),
            Node("srvC"),
            Node("srvD"),
            component("A", "srvA", 3, ("B", "C")),
            component("B", "srvB", connects=("D",)),
            component("C", "srvC", 2),
            component("D", "srvD", connects=("C",)),
        ]
    )


def _operations(names: Iterable[str]) -> dict[str, Operation]:
    return {name: Operation(name, Implementation(f"scripts/{name}.sh")) for name in names}


def _template(node: Node) -> NodeTemplate:
    scalable = Capability("scalable", "tosca.capabilities.Scalable", properties={"default_instances": node.instances})
    targets = [
        *([("host", node.host, HOSTED_ON)] if node.host else []),
        *(("connection", name, CONNECTS_TO) for name in node.connects),
        *(("dependency", name, DEPENDS_ON) for name in node.depends),
    ]
    return NodeTemplate(
        node.name,
        NODE_ROOT,
        (NODE_ROOT,),
        capabilities={"scalable": scalable},
        relationships=tuple(
            _relationship(node, number, requirement, target, type_)
            for number, (requirement, target, type_) in enumerate(targets)
        ),
        interfaces={"Standard": Interface("Standard", STANDARD, _operations(node.operations))},
    )


def _relationship(node: Node, number: int, requirement: str, target: str, type_: str) -> Relationship:
    operations = () if type_ == HOSTED_ON else node.relationship_operations
    interface = Interface("Configure", CONFIGURE.replace("relationships", "relationship"), _operations(operations))
    return Relationship(
        f"{node.name}.{requirement}.{number}",
        requirement,
        node.name,
        target,
        type_,
        RELATIONSHIP_TYPES[type_].lineage,
        interfaces={"Configure": interface},
    )
