"""Node templates and relationship templates.  TOSCA 1.1 § 3.7.3, § 3.7.4.

Place in the flow: read by `tosca.phases.rendering`, one pass per template.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tosca.entities.artifact import ArtifactDefinition, read_artifact
from tosca.entities.base import (
    DESCRIPTION,
    METADATA,
    Field,
    Fields,
    Reading,
    entries,
    ignored,
    map_of,
    metadata,
    named_list_of,
    text,
    texts,
)
from tosca.entities.capability import CapabilityAssignment, read_capability_assignment
from tosca.entities.filters import NodeFilter, read_node_filter
from tosca.entities.interface import InterfaceDefinition, read_interface
from tosca.entities.requirement import RequirementAssignment, read_requirement_assignment
from tosca.nodes import Node


@dataclass(frozen=True, slots=True)
class NodeTemplateDefinition:
    """A node template as written."""

    node: Node
    type: str = ""
    description: str = ""
    metadata: dict[str, str] = field(default_factory=dict)
    directives: tuple[str, ...] = ()
    properties: dict[str, Node] = field(default_factory=dict)
    attributes: dict[str, Node] = field(default_factory=dict)
    capabilities: dict[str, CapabilityAssignment] = field(default_factory=dict)
    requirements: tuple[tuple[str, RequirementAssignment], ...] = ()
    interfaces: dict[str, InterfaceDefinition] = field(default_factory=dict)
    artifacts: dict[str, ArtifactDefinition] = field(default_factory=dict)
    node_filter: NodeFilter | None = None


@dataclass(frozen=True, slots=True)
class RelationshipTemplateDefinition:
    """A relationship template as written."""

    node: Node
    type: str = ""
    properties: dict[str, Node] = field(default_factory=dict)
    attributes: dict[str, Node] = field(default_factory=dict)
    interfaces: dict[str, InterfaceDefinition] = field(default_factory=dict)


NODE_TEMPLATE = Fields(
    "node template",
    Field("type", text, required=True),
    Field("description", text),
    Field("metadata", metadata),
    Field("directives", texts),
    Field("properties", entries),
    Field("attributes", entries),
    Field("requirements", named_list_of(read_requirement_assignment)),
    Field("capabilities", map_of(read_capability_assignment)),
    Field("interfaces", map_of(read_interface)),
    Field("artifacts", map_of(read_artifact)),
    Field("node_filter", read_node_filter),
    Field("copy", ignored),
)

RELATIONSHIP_TEMPLATE = Fields(
    "relationship template",
    Field("type", text, required=True),
    DESCRIPTION,
    METADATA,
    Field("properties", entries),
    Field("attributes", entries),
    Field("interfaces", map_of(read_interface)),
    Field("copy", ignored),
)


def read_node_template(node: Node, reading: Reading) -> NodeTemplateDefinition:
    return NODE_TEMPLATE.build(NodeTemplateDefinition, node, reading)


def read_relationship_template(node: Node, reading: Reading) -> RelationshipTemplateDefinition:
    return RELATIONSHIP_TEMPLATE.build(RelationshipTemplateDefinition, node, reading)
