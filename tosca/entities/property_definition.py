"""Property, attribute and parameter definitions.  TOSCA 1.1 § 3.5.8, § 3.5.10, § 3.5.12.

Place in the flow: read with the types and the topology's inputs and outputs; `tosca.values` checks values by them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tosca.entities.base import DESCRIPTION, Field, Fields, Reading, boolean, ignored, items, metadata, raw, text
from tosca.nodes import Map, Node, Scalar

STATUSES = ("supported", "unsupported", "experimental", "deprecated")


@dataclass(frozen=True, slots=True)
class EntrySchema:
    """The type of the entries of a list or map; since 1.3 it nests (a schema definition)."""

    node: Node
    type: str = "string"
    constraints: tuple[Node, ...] = ()
    entry_schema: EntrySchema | None = None
    key_schema: EntrySchema | None = None


@dataclass(frozen=True, slots=True)
class PropertyDefinition:
    """A property, attribute or parameter as a type or topology declares it; no type means a refinement."""

    node: Node
    type: str | None = None
    description: str = ""
    required: bool | None = None
    default: Node | None = None
    constraints: tuple[Node, ...] = ()
    entry_schema: EntrySchema | None = None
    key_schema: EntrySchema | None = None
    value: Node | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    is_value: bool = False  # written as a value, or as the name of a type: its place tells

    @property
    def secret(self) -> bool:
        """Whether its metadata say that its value is not for everybody's eyes."""
        return self.metadata.get("secret", "").lower() == "true"


def read_entry_schema(node: Node, reading: Reading) -> EntrySchema:
    if type(node) is Scalar:
        return EntrySchema(node, node.text)
    return SCHEMA.build(EntrySchema, node, reading)


def read_constraints(node: Node, reading: Reading) -> tuple[Node, ...]:
    """Read the clauses; a single map of several operators stands for a list of them."""
    return (node,) if type(node) is Map else tuple(items(node, reading))


def _status(node: Node, reading: Reading) -> None:
    stated = text(node, reading)
    if stated and stated not in STATUSES:
        message = f"found status {stated!r}, expected one of {', '.join(STATUSES)}"
        reading.problems.report("wrong-value", message, node)


SCHEMA = Fields(
    "schema",
    Field("type", text),
    DESCRIPTION,
    Field("constraints", read_constraints),
    Field("key_schema", read_entry_schema, since=(1, 3)),
    Field("entry_schema", read_entry_schema),
)

DEFINITION = (
    Field("type", text),
    Field("description", text),
    Field("required", boolean),
    Field("default", raw),
    Field("status", _status, kept=False),
    Field("constraints", read_constraints),
    Field("entry_schema", read_entry_schema),
    Field("key_schema", read_entry_schema, since=(1, 3)),
    Field("metadata", metadata, since=(1, 2)),
    Field("external-schema", ignored, since=(1, 2)),
    Field("external_schema", ignored, since=(1, 2)),
)
PROPERTY = Fields("property definition", *DEFINITION, Field("value", raw, since=(1, 3)))
PARAMETER = Fields("parameter definition", *DEFINITION, Field("value", raw))
KEYNAMES = frozenset(PARAMETER.by_keyname)
TELLING = frozenset(("type", "default", "value", "required"))
DESCRIBING = TELLING | {"description"}  # in types, where an input usually is a definition


def read_property_definition(node: Node, reading: Reading) -> PropertyDefinition:
    if type(node) is Scalar and node.text:
        return PropertyDefinition(node, type=node.text, is_value=True)
    if type(node) is Map and node.entries and KEYNAMES.isdisjoint(node.entries):
        return PropertyDefinition(node, is_value=True)
    return PROPERTY.build(PropertyDefinition, node, reading)


def read_output(node: Node, reading: Reading) -> PropertyDefinition:
    """Read an output; the short form gives its value (1.3)."""
    if type(node) is not Map or KEYNAMES.isdisjoint(node.entries):
        return PropertyDefinition(node, value=node)
    found = PARAMETER.build(PropertyDefinition, node, reading)
    if found.value is None and found.default is None:
        reading.problems.report("missing-keyname", "found an output without 'value', expected it", node)
    return found


def read_input(node: Node, reading: Reading) -> PropertyDefinition:
    """Read an input of the topology, which always is a definition."""
    return PARAMETER.build(PropertyDefinition, node, reading)


def is_definition(node: Node, telling: frozenset[str] = TELLING) -> bool:
    """Tell a definition of an input from an assignment of a map: its keynames are all those of a definition."""
    if type(node) is not Map:
        return False
    return not telling.isdisjoint(node.entries) and KEYNAMES.issuperset(node.entries)
