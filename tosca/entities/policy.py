"""Policies.  TOSCA 1.1 § 3.7.6.

Place in the flow: read with the topology; `tosca.phases.policies` checks targets, values and triggers.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tosca.entities.base import Field, Fields, Reading, entries, metadata, named_list_of, text, texts
from tosca.entities.trigger import TriggerDefinition, read_trigger
from tosca.nodes import Node


@dataclass(frozen=True, slots=True)
class PolicyDefinition:
    """A policy as written."""

    node: Node
    type: str = ""
    description: str = ""
    metadata: dict[str, str] = field(default_factory=dict)
    properties: dict[str, Node] = field(default_factory=dict)
    targets: tuple[str, ...] = ()
    triggers: tuple[tuple[str, TriggerDefinition], ...] = ()


POLICY = Fields(
    "policy",
    Field("type", text, required=True),
    Field("description", text),
    Field("metadata", metadata),
    Field("properties", entries),
    Field("targets", texts),
    Field("triggers", named_list_of(read_trigger)),
)


def read_policy(node: Node, reading: Reading) -> PolicyDefinition:
    return POLICY.build(PolicyDefinition, node, reading)
