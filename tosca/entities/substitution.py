"""Substitution mappings.  TOSCA 1.1 § 2.10, § 2.11; 1.2 adds properties and interfaces, 1.3 attributes and a filter.

Place in the flow: read with the topology; `tosca.phases.substitution` checks them against the node type and templates.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tosca.entities.base import Field, Fields, Reading, named_list_of, raw, text
from tosca.entities.filters import NodeFilter, read_node_filter
from tosca.nodes import Map, Node


@dataclass(frozen=True, slots=True)
class SubstitutionDefinition:
    """A substitution mapping as written; what is mapped is kept as nodes, since each version has forms of its own."""

    node: Node
    node_type: str = ""
    properties: tuple[tuple[str, Node], ...] = ()
    attributes: tuple[tuple[str, Node], ...] = ()
    capabilities: tuple[tuple[str, Node], ...] = ()
    requirements: tuple[tuple[str, Node], ...] = ()
    interfaces: tuple[tuple[str, Node], ...] = ()
    filters: tuple[NodeFilter, ...] = field(default=())


def _filters(node: Node, reading: Reading) -> tuple[NodeFilter, ...]:
    """A node filter, or, as some write it, ``node_filter`` with one below it."""
    if type(node) is Map and set(node.entries) == {"node_filter"}:
        return (read_node_filter(node.entries["node_filter"], reading),)
    return (read_node_filter(node, reading),)


SUBSTITUTION = Fields(
    "substitution mapping",
    Field("node_type", text, required=True),
    Field("properties", named_list_of(raw), since=(1, 2)),
    Field("attributes", named_list_of(raw), since=(1, 3)),
    Field("capabilities", named_list_of(raw)),
    Field("requirements", named_list_of(raw)),
    Field("interfaces", named_list_of(raw), since=(1, 2)),
    Field("substitution_filter", _filters, since=(1, 3), attribute="filters"),
)


def read_substitution(node: Node, reading: Reading) -> SubstitutionDefinition:
    return SUBSTITUTION.build(SubstitutionDefinition, node, reading)
