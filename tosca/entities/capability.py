"""Capability definitions and assignments.  TOSCA 1.1 § 3.6.2, § 3.7.1.

Place in the flow: definitions are read with node types, assignments with node templates.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tosca.entities.base import DESCRIPTION, Field, Fields, Reading, entries, map_of, raw, text, texts
from tosca.entities.occurrences import read_occurrences
from tosca.entities.property_definition import PropertyDefinition, read_property_definition
from tosca.nodes import Node, Scalar


@dataclass(frozen=True, slots=True)
class CapabilityDefinition:
    """A capability of a node type."""

    node: Node
    type: str | None = None
    properties: dict[str, PropertyDefinition] = field(default_factory=dict)
    attributes: dict[str, PropertyDefinition] = field(default_factory=dict)
    occurrences: Node | None = None
    valid_source_types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CapabilityAssignment:
    """What a node template says of a capability."""

    node: Node
    properties: dict[str, Node] = field(default_factory=dict)
    attributes: dict[str, Node] = field(default_factory=dict)


DEFINITION = Fields(
    "capability definition",
    Field("type", text),
    DESCRIPTION,
    Field("properties", map_of(read_property_definition)),
    Field("attributes", map_of(read_property_definition)),
    Field("valid_source_types", texts),
    Field("occurrences", raw),
)

ASSIGNMENT = Fields(
    "capability assignment",
    Field("properties", entries),
    Field("attributes", entries),
    Field("occurrences", read_occurrences, since=(1, 3), kept=False),
)


def read_capability_definition(node: Node, reading: Reading) -> CapabilityDefinition:
    if type(node) is Scalar:
        return CapabilityDefinition(node, node.text or None)
    return DEFINITION.build(CapabilityDefinition, node, reading)


def read_capability_assignment(node: Node, reading: Reading) -> CapabilityAssignment:
    return ASSIGNMENT.build(CapabilityAssignment, node, reading)
