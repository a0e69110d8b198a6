"""Type definitions as they are written, one set of fields per kind.  TOSCA 1.1 § 3.6.

Place in the flow: `tosca.phases.hierarchies` reads ``derived_from``, `tosca.phases.inheritance` the rest.
Interface types (§ 3.6.5) are read by `tosca.entities.interface`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tosca.entities.artifact import ArtifactDefinition, read_artifact
from tosca.entities.base import Field, Fields, map_of, named_list_of, text, texts
from tosca.entities.capability import CapabilityDefinition, read_capability_definition
from tosca.entities.entity_type import COMMON
from tosca.entities.interface import InterfaceDefinition, read_interface
from tosca.entities.property_definition import (
    EntrySchema,
    PropertyDefinition,
    read_constraints,
    read_entry_schema,
    read_property_definition,
)
from tosca.entities.requirement import RequirementDefinition, read_requirement_definition
from tosca.entities.trigger import TriggerDefinition, read_trigger
from tosca.entities.workflow import read_sequences, read_weavings
from tosca.model import Activity, Weaving
from tosca.nodes import Node

_PROPERTIES = Field("properties", map_of(read_property_definition))
_ATTRIBUTES = Field("attributes", map_of(read_property_definition))
_INTERFACES = Field("interfaces", map_of(read_interface))


@dataclass(frozen=True, slots=True)
class TypeDefinition:
    """A type of any kind as written; a kind uses the fields that its keynames fill."""

    node: Node
    description: str = ""
    properties: Mapping[str, PropertyDefinition] = field(default_factory=dict)
    attributes: Mapping[str, PropertyDefinition] = field(default_factory=dict)
    capabilities: Mapping[str, CapabilityDefinition] = field(default_factory=dict)
    requirements: tuple[tuple[str, RequirementDefinition], ...] = ()
    interfaces: Mapping[str, InterfaceDefinition] = field(default_factory=dict)
    artifacts: Mapping[str, ArtifactDefinition] = field(default_factory=dict)
    sequences: Mapping[str, tuple[Activity, ...]] = field(default_factory=dict)
    weavings: Mapping[str, Weaving] = field(default_factory=dict)
    valid_types: tuple[str, ...] = ()
    file_ext: tuple[str, ...] = ()
    constraints: tuple[Node, ...] = ()
    entry_schema: EntrySchema | None = None
    key_schema: EntrySchema | None = None
    triggers: tuple[tuple[str, TriggerDefinition], ...] = ()


# § 3.6.4
ARTIFACT_TYPE = Fields(
    "artifact type", *COMMON, Field("mime_type", text, kept=False), Field("file_ext", texts), _PROPERTIES
)

# § 3.6.6
DATA_TYPE = Fields(
    "data type",
    *COMMON,
    _PROPERTIES,
    Field("constraints", read_constraints),
    Field("entry_schema", read_entry_schema, since=(1, 3)),
    Field("key_schema", read_entry_schema, since=(1, 3)),
)

# § 3.6.7
CAPABILITY_TYPE = Fields(
    "capability type", *COMMON, _PROPERTIES, _ATTRIBUTES, Field("valid_source_types", texts, attribute="valid_types")
)

# § 3.6.9, with the workflows of § 7.4.2
NODE_TYPE = Fields(
    "node type",
    *COMMON,
    _PROPERTIES,
    _ATTRIBUTES,
    _INTERFACES,
    Field("capabilities", map_of(read_capability_definition)),
    Field("requirements", named_list_of(read_requirement_definition)),
    Field("artifacts", map_of(read_artifact)),
    Field("workflows", read_sequences, attribute="sequences"),
    Field("workflow", read_sequences, attribute="sequences"),
)

# § 3.6.10, with the workflow of § 7.4.2
RELATIONSHIP_TYPE = Fields(
    "relationship type",
    *COMMON,
    _PROPERTIES,
    _ATTRIBUTES,
    _INTERFACES,
    Field("valid_target_types", texts, attribute="valid_types"),
    Field("workflow", read_weavings, attribute="weavings"),
    Field("workflows", read_weavings, attribute="weavings"),
)

# § 3.6.11; 1.3 adds attributes and drops requirements, capabilities and interfaces
GROUP_TYPE = Fields(
    "group type",
    *COMMON,
    _PROPERTIES,
    Field("attributes", map_of(read_property_definition), since=(1, 3)),
    Field("members", texts, attribute="valid_types"),
    _INTERFACES,
    Field("capabilities", map_of(read_capability_definition)),
    Field("requirements", named_list_of(read_requirement_definition)),
)

# § 3.6.12
POLICY_TYPE = Fields(
    "policy type",
    *COMMON,
    _PROPERTIES,
    Field("targets", texts, attribute="valid_types"),
    Field("triggers", named_list_of(read_trigger)),
)
