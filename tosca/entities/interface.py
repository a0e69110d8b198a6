"""Interface definitions and assignments.  TOSCA 1.1 § 3.5.14.

Place in the flow: read with node and relationship types and templates; operations stand directly as keys, or since
1.3 under ``operations``.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tosca.entities.base import Field, Fields, Reading, entries, ignored, map_of, text
from tosca.entities.operation import OperationDefinition, read_operation
from tosca.nodes import Node


@dataclass(frozen=True, slots=True)
class InterfaceDefinition:
    """An interface as written in a type or template."""

    node: Node
    type: str | None = None
    inputs: dict[str, Node] = field(default_factory=dict)
    operations: dict[str, OperationDefinition] = field(default_factory=dict)


INTERFACE = Fields(
    "interface",
    Field("type", text),
    Field("description", ignored),
    Field("inputs", entries),
    Field("operations", map_of(read_operation), since=(1, 3)),
    Field("notifications", ignored, since=(1, 3)),
    others="direct",
)


def read_interface(node: Node, reading: Reading) -> InterfaceDefinition:
    values = INTERFACE.read(node, reading)
    direct = values.pop("direct", {})
    operations = {name: read_operation(operation, reading) for name, operation in direct.items()}
    return InterfaceDefinition(
        node, values.get("type"), values.get("inputs", {}), {**operations, **values.get("operations", {})}
    )
