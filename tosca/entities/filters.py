"""Property filters and node filters.  TOSCA 1.1 § 3.5.3, § 3.5.4.

Place in the flow: read with node templates, requirements and substitution mappings; `tosca.phases.filters` checks them
and chooses among nodes by them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from tosca.entities.base import Field, Fields, Reading, named_list_of
from tosca.nodes import List, Node, Scalar

# The name of a property and the clauses that its value has to keep.
PropertyFilter: TypeAlias = tuple[str, tuple[Node, ...]]


@dataclass(frozen=True, slots=True)
class NodeFilter:
    """What a node must have: values of its own properties, and of those of capabilities by name or type."""

    node: Node
    properties: tuple[PropertyFilter, ...] = ()
    capabilities: tuple[tuple[str, tuple[PropertyFilter, ...]], ...] = ()


def _clauses(node: Node, _: Reading) -> tuple[Node, ...]:
    """One clause, or a list of them."""
    return tuple(node.items) if type(node) is List else (node,)


_PROPERTIES = Field("properties", named_list_of(_clauses))
CAPABILITY_FILTER = Fields("capability filter", _PROPERTIES)


def _capability(node: Node, reading: Reading) -> tuple[PropertyFilter, ...]:
    if type(node) is Scalar and not node.text:
        return ()
    found: tuple[PropertyFilter, ...] = CAPABILITY_FILTER.read(node, reading).get("properties", ())
    return found


NODE_FILTER = Fields("node filter", _PROPERTIES, Field("capabilities", named_list_of(_capability)))


def read_node_filter(node: Node, reading: Reading) -> NodeFilter:
    return NODE_FILTER.build(NodeFilter, node, reading)
