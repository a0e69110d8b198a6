"""Random topologies as archives that a manager takes, for tests of everything together.

Three forms of one thing: `tests.support.topologies.Node`, the archive, and the description for the independent checker.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from typing import Any

from engine.instances.scaling import scale_of
from engine.weaving import weave
from engine.weaving.errors import WeavingCycle
from tests.acceptance import topologies as expected
from tests.support.archives import archive
from tests.support.topologies import LIFECYCLE, RELATIONSHIP_OPERATIONS, Node, topology

SCRIPT = "operation.sh"
_TYPE = "random.Node"


def random_nodes(chance: random.Random, most: int) -> list[Node]:
    """Up to ``most`` node instances: hosts and what is on them, chains, diamonds, scaled at any level."""
    while True:
        found = _drawn(chance, chance.randint(2, 14), (1, 1, 1, 2, 3) if most < 60 else (1, 1, 2, 3, 5, 9))
        if most // 4 <= scale_of(topology(found), {}).total <= most:
            return found


def _drawn(chance: random.Random, count: int, sizes: Sequence[int]) -> list[Node]:
    found: list[Node] = []
    for number in range(count):
        host = chance.choice([None, None, *(node.name for node in found if not node.connects and not node.depends)])
        earlier = [node.name for node in found if node.name != host]
        picked = chance.sample(earlier, min(len(earlier), chance.choice((0, 0, 1, 1, 2, 3))))
        split = chance.randint(0, len(picked))
        found.append(
            Node(
                f"n{number}",
                host,
                chance.choice(sizes),
                connects=picked[:split],
                depends=picked[split:],
                operations=chance.choice([("create",), LIFECYCLE[:3], LIFECYCLE, LIFECYCLE]),
                relationship_operations=chance.choice(
                    [(), (), ("add_target", "remove_source"), RELATIONSHIP_OPERATIONS]
                ),
            )
        )
    return found


def described(found: Sequence[Node]) -> expected.Topology:
    """The same topology for the checker."""
    relations = [
        expected.Relation(
            node.name,
            target,
            requirement,
            f"tosca.relationships.{kind}",
            connects=kind == "ConnectsTo",
            operations=frozenset(node.relationship_operations),
        )
        for node in found
        for requirement, kind, targets in (
            ("connection", "ConnectsTo", node.connects),
            ("dependency", "DependsOn", node.depends),
        )
        for target in targets
    ]
    return expected.Topology(
        tuple(expected.Node(node.name, node.instances, node.host, frozenset(node.operations)) for node in found),
        tuple(relations),
    )


def mended(found: Sequence[Node]) -> bool:
    """Whether some of its relationships are woven strict, since the interleaved rows would make a cycle."""
    template = topology(found)
    try:
        return any(weave(template, name).warnings for name in ("install", "uninstall"))
    except WeavingCycle:
        return True


def csar(found: Sequence[Node], script: str) -> bytes:
    """An archive with these node templates, whose operations all run one script."""
    template = {
        "tosca_definitions_version": "tosca_simple_yaml_1_1",
        "node_types": {_TYPE: _node_type()},
        "topology_template": {"node_templates": {node.name: _template(node) for node in found}},
    }
    return archive({"service.yaml": json.dumps(template, indent=1), SCRIPT: script})


def _node_type() -> Mapping[str, Any]:
    place = "tosca.capabilities.Container"
    return {
        "derived_from": "tosca.nodes.Root",
        "capabilities": {
            "scalable": "tosca.capabilities.Scalable",
            "place": place,
            "service": "tosca.capabilities.Endpoint",
        },
        "requirements": [
            _requirement("host", place, "tosca.relationships.HostedOn", [0, 1]),
            _requirement(
                "connection", "tosca.capabilities.Endpoint", "tosca.relationships.ConnectsTo", [0, "UNBOUNDED"]
            ),
        ],
    }


def _requirement(name: str, capability: str, relationship: str, occurrences: list[Any]) -> Mapping[str, Any]:
    about = {"capability": capability, "node": _TYPE, "relationship": relationship, "occurrences": occurrences}
    return {name: about}


def _template(node: Node) -> Mapping[str, Any]:
    scalable = {"min_instances": 1, "max_instances": node.instances, "default_instances": node.instances}
    return {
        "type": _TYPE,
        "capabilities": {"scalable": {"properties": scalable}},
        "requirements": [
            *([{"host": node.host}] if node.host else []),
            *({"connection": _related(node, target, "ConnectsTo")} for target in node.connects),
            *({"dependency": _related(node, target, "DependsOn")} for target in node.depends),
        ],
        "interfaces": {"Standard": dict.fromkeys(node.operations, SCRIPT)},
    }


def _related(node: Node, target: str, kind: str) -> Mapping[str, Any]:
    relationship: dict[str, Any] = {"type": f"tosca.relationships.{kind}"}
    if node.relationship_operations:
        relationship["interfaces"] = {"Configure": dict.fromkeys(node.relationship_operations, SCRIPT)}
    return {"node": target, "relationship": relationship}
