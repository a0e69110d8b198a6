"""Phase 6: rendered templates → the service template that the engine weaves.

The hosting chains are checked here: a node is hosted on one other at most, and no chain leads back to itself.
"""

from __future__ import annotations

from collections.abc import Mapping

from tosca.definitions import TypeInfo
from tosca.entities.base import Reading
from tosca.model import NodeType, RelationshipType, ServiceTemplate
from tosca.nodes import Node
from tosca.phases.namespaces import Namespace
from tosca.phases.read import Unit
from tosca.phases.rendering import Rendered
from tosca.phases.replacement import Whole


def normalize(unit: Unit, whole: Whole, namespace: Namespace) -> ServiceTemplate:
    """Put the parts together."""
    rendered = whole.rendered
    check_hosting(rendered, unit.reading)
    return ServiceTemplate(
        definitions_version=unit.definition.version,
        description=unit.definition.description or rendered.topology.description,
        metadata=unit.definition.metadata,
        inputs=rendered.inputs,
        outputs=rendered.outputs,
        node_templates=rendered.node_templates,
        node_types=_node_types(namespace.infos["node"]),
        relationship_types=_relationship_types(namespace.infos["relationship"]),
        groups=rendered.groups,
        policies=rendered.policies,
        workflows=rendered.workflows,
        substitution=rendered.substitution,
        replaced=whole.replaced,
    )


def check_hosting(rendered: Rendered, reading: Reading) -> None:
    """Report nodes with several hosts, and chains that lead back."""
    places = {name: definition.node for name, definition in rendered.definitions.items()}
    hosts: dict[str, str] = {}
    for name, node in rendered.node_templates.items():
        found = [relationship.target for relationship in node.relationships if relationship.hosted_on]
        if len(found) > 1:
            message = f"found {name!r} hosted on {' and on '.join(found)}, expected one host"
            reading.problems.report("several-hosts", message, places[name], "requirements")
        elif found:
            hosts[name] = found[0]
    _check_cycles(hosts, places, reading)


def _check_cycles(hosts: Mapping[str, str], templates: Mapping[str, Node], reading: Reading) -> None:
    done: set[str] = set()
    for start in hosts:
        chain: dict[str, None] = {}
        step: str | None = start
        while step is not None and step not in done and step not in chain:
            chain[step] = None
            step = hosts.get(step)
        if step in chain:
            path = list(chain)
            cycle = [*path[path.index(str(step)) :], str(step)]
            message = f"found a cycle of hosts, {' → '.join(cycle)}, expected a chain that ends"
            reading.problems.report("hosting-cycle", message, templates[str(step)], "requirements")
        done.update(chain)


def _node_types(infos: Mapping[str, TypeInfo]) -> dict[str, NodeType]:
    return {
        name: NodeType(name, info.lineage, info.definition.description, info.definition.sequences)
        for name, info in infos.items()
    }


def _relationship_types(infos: Mapping[str, TypeInfo]) -> dict[str, RelationshipType]:
    return {
        name: RelationshipType(name, info.lineage, info.definition.description, info.definition.weavings)
        for name, info in infos.items()
    }
