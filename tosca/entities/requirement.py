"""Requirement definitions and assignments.  TOSCA 1.1 § 3.6.3, § 3.7.2.

Place in the flow: definitions are read with node types, assignments with node templates; `tosca.phases.targets` makes
relationships of the assignments.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tosca.entities.base import DESCRIPTION, METADATA, Field, Fields, Reading, entries, map_of, raw, text
from tosca.entities.filters import NodeFilter, read_node_filter
from tosca.entities.interface import InterfaceDefinition, read_interface
from tosca.entities.occurrences import read_occurrences
from tosca.nodes import Node, Scalar


@dataclass(frozen=True, slots=True)
class RelationshipUse:
    """The relationship of a requirement: the name of a type or template, with what is said beside it."""

    node: Node
    type: str | None = None
    properties: dict[str, Node] = field(default_factory=dict)
    interfaces: dict[str, InterfaceDefinition] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RequirementDefinition:
    """A requirement of a node type; what it leaves out it takes from the parent type's."""

    node: Node
    capability: str | None = None
    target: str | None = None
    relationship: RelationshipUse | None = None
    occurrences: Node | None = None
    node_filter: NodeFilter | None = None


@dataclass(frozen=True, slots=True)
class RequirementAssignment:
    """A requirement as a node template fills it."""

    node: Node
    target: str | None = None
    capability: str | None = None
    relationship: RelationshipUse | None = None
    node_filter: NodeFilter | None = None


RELATIONSHIP = Fields(
    "relationship",
    Field("type", text),
    DESCRIPTION,
    Field("properties", entries),
    Field("interfaces", map_of(read_interface)),
)


def read_relationship_use(node: Node, reading: Reading) -> RelationshipUse:
    if type(node) is Scalar:
        return RelationshipUse(node, node.text)
    return RELATIONSHIP.build(RelationshipUse, node, reading)


DEFINITION = Fields(
    "requirement definition",
    Field("capability", text),
    Field("node", text, attribute="target"),
    Field("relationship", read_relationship_use),
    Field("occurrences", raw),
    DESCRIPTION,
    METADATA,
    Field("node_filter", read_node_filter, since=(1, 2)),
)

ASSIGNMENT = Fields(
    "requirement assignment",
    Field("node", text, attribute="target"),
    Field("capability", text),
    Field("relationship", read_relationship_use),
    Field("node_filter", read_node_filter),
    DESCRIPTION,
    Field("occurrences", read_occurrences, since=(1, 3), kept=False),
)


def read_requirement_definition(node: Node, reading: Reading) -> RequirementDefinition:
    if type(node) is Scalar:
        return RequirementDefinition(node, node.text or None)
    return DEFINITION.build(RequirementDefinition, node, reading)


def read_requirement_assignment(node: Node, reading: Reading) -> RequirementAssignment:
    if type(node) is Scalar:
        return RequirementAssignment(node, node.text or None)
    return ASSIGNMENT.build(RequirementAssignment, node, reading)
