"""Where in a template something is told, and where a value stands.

Place in the flow: used by the parts of `tosca.phases.rendering`.
"""

from __future__ import annotations

from tosca.nodes import Map, Node


def section(node: Node, keyname: str) -> Node:
    """Return the map under a keyname, so that what is wrong in it is told in its place; else the node itself."""
    return node.entries.get(keyname, node) if isinstance(node, Map) else node


def attribute_value(node: Node) -> Node:
    """An attribute may be assigned with a description (§ 3.5.11)."""
    if isinstance(node, Map) and "value" in node.entries and set(node.entries) <= {"value", "description"}:
        return node.entries["value"]
    return node
