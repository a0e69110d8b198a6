"""Interface types, definitions and assignments.  TOSCA 1.1 § 3.6.5, § 3.5.14.

Place in the flow: read with node and relationship types and templates; operations stand directly as keys, or since
1.3 under ``operations``.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tosca.entities.base import DESCRIPTION, Field, Fields, Reading, entries, map_of, text, wrong_shape
from tosca.entities.entity_type import COMMON
from tosca.entities.operation import OperationDefinition, read_notification, read_operation
from tosca.nodes import Map, Node


@dataclass(frozen=True, slots=True)
class InterfaceDefinition:
    """An interface as written in a type or template."""

    node: Node
    type: str | None = None
    inputs: dict[str, Node] = field(default_factory=dict)
    operations: dict[str, OperationDefinition] = field(default_factory=dict)


_OPERATIONS = (
    Field("inputs", entries),
    Field("operations", map_of(read_operation), since=(1, 3)),
    Field("notifications", map_of(read_notification), since=(1, 3)),
)
INTERFACE = Fields("interface", Field("type", text), DESCRIPTION, *_OPERATIONS, others="direct")

# § 3.6.5
INTERFACE_TYPE = Fields("interface type", *COMMON, *_OPERATIONS, others="direct")


def read_interface(node: Node, reading: Reading) -> InterfaceDefinition:
    return _read(INTERFACE, node, reading)


def read_interface_type(node: Node, reading: Reading) -> InterfaceDefinition:
    """Read an interface type, whose inputs are definitions only: nobody could give them values."""
    definition = _read(INTERFACE_TYPE, node, reading)
    for name, value in definition.inputs.items():
        if type(value) is not Map:
            wrong_shape(value, f"a definition of input {name!r}", reading)
    for name, operation in definition.operations.items():
        if operation.implementation is not None:
            message = f"found an implementation of {name!r} in an interface type, expected it where it is used"
            reading.problems.report("early-implementation", message, operation.node)
    return definition


def _read(fields: Fields, node: Node, reading: Reading) -> InterfaceDefinition:
    values = fields.read(node, reading)
    direct = values.pop("direct", {})
    operations = {name: read_operation(operation, reading) for name, operation in direct.items()}
    operations |= values.get("operations", {})
    return InterfaceDefinition(node, values.get("type"), values.get("inputs", {}), operations)
