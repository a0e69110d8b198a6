"""Imperative workflows.  TOSCA 1.1 § 3.5.17 to § 3.5.21, § 3.7.7; 1.3 extends activities and conditions.

Place in the flow: read with the topology; `tosca.phases.workflows` checks targets, operations and the steps' order.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from tosca.entities.base import (
    DESCRIPTION,
    METADATA,
    Field,
    Fields,
    Reading,
    entries,
    items,
    map_of,
    metadata,
    raw,
    text,
    texts,
)
from tosca.entities.property_definition import PropertyDefinition, read_input
from tosca.nodes import Map, Node, Scalar, is_null

ActivityKind: TypeAlias = Literal["delegate", "set_state", "call_operation", "inline"]
ACTIVITIES: dict[str, ActivityKind] = {
    "delegate": "delegate",
    "set_state": "set_state",
    "call_operation": "call_operation",
    "inline": "inline",
}


@dataclass(frozen=True, slots=True)
class ActivityDefinition:
    """One activity; ``value`` is a state, an operation or a workflow."""

    node: Node
    kind: ActivityKind
    value: str
    inputs: dict[str, Node] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StepDefinition:
    """A step as written."""

    node: Node
    target: str = ""
    target_relationship: str = ""
    operation_host: str = ""
    filter: tuple[Node, ...] = ()
    activities: tuple[ActivityDefinition, ...] = ()
    on_success: tuple[str, ...] = ()
    on_failure: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PreconditionDefinition:
    """A condition that must hold before the workflow begins."""

    node: Node
    target: str = ""
    target_relationship: str = ""
    condition: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class WorkflowDefinition:
    """An imperative workflow as written."""

    node: Node
    description: str = ""
    metadata: dict[str, str] = field(default_factory=dict)
    inputs: dict[str, PropertyDefinition] = field(default_factory=dict)
    preconditions: tuple[PreconditionDefinition, ...] = ()
    steps: dict[str, StepDefinition] = field(default_factory=dict)
    outputs: dict[str, Node] = field(default_factory=dict)
    external: str = ""  # the file of another workflow language


def _clauses(node: Node, reading: Reading) -> tuple[Node, ...]:
    """A list of condition clauses; a map of one is read too."""
    return (node,) if type(node) is Map else tuple(items(node, reading))


def read_activity(node: Node, reading: Reading) -> list[ActivityDefinition]:
    if type(node) is Map and len(node.entries) == 1:
        ((kind, value),) = node.entries.items()
        if kind in ACTIVITIES:
            return _of_kind(node, ACTIVITIES[kind], value, reading)
    message = f"found an activity that is none, expected a map with one of {', '.join(ACTIVITIES)}"
    reading.problems.report("bad-step", message, node)
    return []


def _of_kind(node: Node, kind: ActivityKind, value: Node, reading: Reading) -> list[ActivityDefinition]:
    """Read the value of an activity: a name, or since 1.3 a map that gives inputs beside it."""
    if type(value) is Map and kind != "set_state":
        name = "operation" if kind == "call_operation" else "workflow"
        fields = Fields(f"{kind} activity", Field(name, text, required=True), Field("inputs", entries))
        found = fields.read(value, reading)
        return [ActivityDefinition(node, kind, found.get(name, ""), found.get("inputs", {}))]
    return [ActivityDefinition(node, kind, text(value, reading))]


def _activities(node: Node, reading: Reading) -> tuple[ActivityDefinition, ...]:
    if is_null(node):
        return ()
    return tuple(activity for item in items(node, reading) for activity in read_activity(item, reading))


STEP = Fields(
    "step",
    Field("target", text),
    Field("target_relationship", text),
    Field("operation_host", text),
    DESCRIPTION,
    METADATA,
    Field("filter", _clauses),
    Field("activities", _activities),
    Field("on_success", texts),
    Field("on_failure", texts),
)


def read_step(node: Node, reading: Reading) -> StepDefinition:
    return STEP.build(StepDefinition, node, reading)


PRECONDITION = Fields(
    "precondition",
    Field("target", text, required=True),
    Field("target_relationship", text),
    Field("condition", _clauses),
)


def _preconditions(node: Node, reading: Reading) -> tuple[PreconditionDefinition, ...]:
    listed = [node] if type(node) is Map else items(node, reading)
    return tuple(PRECONDITION.build(PreconditionDefinition, item, reading) for item in listed)


WORKFLOW = Fields(
    "workflow",
    Field("description", text),
    Field("metadata", metadata),
    Field("inputs", map_of(read_input)),
    Field("preconditions", _preconditions),
    Field("steps", map_of(read_step)),
    Field("implementation", raw, since=(1, 3)),
    Field("outputs", entries, since=(1, 3)),
)


def read_workflow(node: Node, reading: Reading) -> WorkflowDefinition:
    found = WORKFLOW.read(node, reading)
    external = found.pop("implementation", None)
    if type(node) is Scalar and not is_null(node):
        return WorkflowDefinition(node)
    return WorkflowDefinition(node=node, external=_file(external), **found)


def _file(implementation: Node | None) -> str:
    """The primary artifact of an implementation, in whichever notation."""
    while type(implementation) is Map and implementation.entries:
        entries = implementation.entries
        implementation = entries.get("primary", entries.get("file", next(iter(entries.values()))))
    return implementation.text if type(implementation) is Scalar else ""
