"""Triggers of policies.  TOSCA 1.1 § 3.5.15, § 3.5.16; TOSCA 1.3 § 3.6.22.

Place in the flow: read with policies and policy types.  The standard's table and its example contradict each other in
1.1, so conditions are kept as they were written.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from tosca.entities.base import Field, Fields, Reading, metadata, raw, text
from tosca.entities.imperative import ActivityDefinition, read_activity
from tosca.nodes import List, Map, Node, Scalar


@dataclass(frozen=True, slots=True)
class EventFilter:
    """The node whose events are meant, or its requirement or capability."""

    node: Node
    target: str | None = None
    requirement: str | None = None
    capability: str | None = None


@dataclass(frozen=True, slots=True)
class TriggerDefinition:
    """A trigger as written."""

    node: Node
    description: str = ""
    metadata: dict[str, str] = field(default_factory=dict)
    event: str = ""
    schedule: Node | None = None
    target_filter: EventFilter | None = None
    condition: Node | None = None
    action: Node | None = None
    activities: tuple[ActivityDefinition, ...] = ()  # of an action that is a list of them (1.3)


EVENT_FILTER = Fields(
    "event filter",
    Field("node", text, required=True, attribute="target"),
    Field("requirement", text),
    Field("capability", text),
)


def _event(node: Node, reading: Reading) -> str:
    """The name of an event type, or a map that gives it beside other things."""
    stated = node.entries.get("type") if type(node) is Map else node
    return stated.text if type(stated) is Scalar else text(node, reading)


def _event_filter(node: Node, reading: Reading) -> EventFilter:
    return EVENT_FILTER.build(EventFilter, node, reading)


_CONDITION = ("constraint", "period", "evaluations", "method")
TRIGGER = Fields(
    "trigger",
    Field("description", text),
    Field("metadata", metadata),
    Field("event", _event),
    Field("event_type", _event, attribute="event"),
    Field("schedule", raw),
    Field("target_filter", _event_filter),
    Field("condition", raw),
    *(Field(name, raw, attribute="condition") for name in (*_CONDITION, "meter_name", "metric")),
    Field("action", raw),
)


def _check_complete(trigger: TriggerDefinition, node: Map, reading: Reading) -> None:
    """Triggers came with 1.1; what documents of 1.0 write is nobody's grammar."""
    code = "missing-keyname" if reading.version >= (1, 1) else "incomplete-trigger"
    for keyname, missing in (("event", not trigger.event), ("action", trigger.action is None)):
        if missing:
            reading.problems.report(code, f"found a trigger without {keyname!r}, expected it", node)


def read_trigger(node: Node, reading: Reading) -> TriggerDefinition:
    trigger = TRIGGER.build(TriggerDefinition, node, reading)
    if type(node) is Map:
        _check_complete(trigger, node, reading)
    if type(trigger.action) is List:
        found = [activity for item in trigger.action.items for activity in read_activity(item, reading)]
        return replace(trigger, activities=tuple(found))
    return trigger
