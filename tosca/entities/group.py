"""Groups.  TOSCA 1.1 § 3.7.5.

Place in the flow: read with the topology; `tosca.phases.groups` checks members and values.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tosca.entities.base import Field, Fields, Reading, entries, map_of, metadata, text, texts
from tosca.entities.interface import InterfaceDefinition, read_interface
from tosca.nodes import Node


@dataclass(frozen=True, slots=True)
class GroupDefinition:
    """A group as written."""

    node: Node
    type: str = ""
    description: str = ""
    metadata: dict[str, str] = field(default_factory=dict)
    properties: dict[str, Node] = field(default_factory=dict)
    attributes: dict[str, Node] = field(default_factory=dict)
    members: tuple[str, ...] = ()
    interfaces: dict[str, InterfaceDefinition] = field(default_factory=dict)


GROUP = Fields(
    "group",
    Field("type", text, required=True),
    Field("description", text),
    Field("metadata", metadata, since=(1, 1)),
    Field("properties", entries),
    Field("attributes", entries, since=(1, 3)),
    Field("members", texts),
    Field("interfaces", map_of(read_interface)),
)


def read_group(node: Node, reading: Reading) -> GroupDefinition:
    return GROUP.build(GroupDefinition, node, reading)
