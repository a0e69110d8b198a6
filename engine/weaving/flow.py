"""An imperative workflow with all that it contains in place, before it is known how many instances there are.

Place in the flow: `engine.weaving.imperative` makes it of a topology's workflow, `engine.weaving.stages` turns it into
productions.  TOSCA Simple Profile in YAML 1.1, 7.3.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from engine.weaving.woven import Element, Row, Side, WovenWorkflow
from tosca.imperative_model import Condition, Precondition
from tosca.model import NodeTemplate, Parameter, Relationship


@dataclass(frozen=True, slots=True)
class Line:
    """What is done, one after another, on each instance of a node, or of one side of a relationship."""

    node: str
    elements: tuple[Element, ...]
    relationship: Relationship | None = None
    side: Side = "source"

    @property
    def operations(self) -> int:
        return sum(1 for element in self.elements if element.operation is not None)

    def row(self) -> Row:
        """The relationship's operation in the form in which weaving has it."""
        assert self.relationship is not None  # noqa: S101 - asked of relationships only
        (element,) = self.elements
        return Row(self.relationship, self.side, 0, None, element.name, element.operation)


@dataclass(frozen=True, slots=True)
class Lines:
    """Activities of a step that are done side by side."""

    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Delegated:
    """A declarative workflow, woven for some nodes only."""

    woven: WovenWorkflow


@dataclass(frozen=True, slots=True)
class Inlined:
    """A workflow put in the place of an activity."""

    flow: Flow


Stage: TypeAlias = Lines | Delegated | Inlined


@dataclass(frozen=True, slots=True)
class FlowStep:
    """A step: its stages one after another, and what comes after it."""

    path: str  # the names of the steps that lead to it, from the outermost on: "maintain.stop"
    stages: tuple[Stage, ...]
    on_success: tuple[str, ...] = ()
    on_failure: tuple[str, ...] = ()
    filter: tuple[Condition, ...] = ()
    targets: tuple[str, ...] = ()  # the nodes that the filter is about
    relationships: tuple[Relationship, ...] = ()  # or the relationships
    side: Side = "source"


@dataclass(frozen=True, slots=True)
class Flow:
    """One occurrence of a workflow: the one that is started, or one inside another."""

    workflow: str
    path: str
    steps: Mapping[str, FlowStep]
    preconditions: tuple[Precondition, ...] = ()
    members: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # the nodes of each precondition's target

    def predecessors(self) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
        """For each step those whose success, and those whose failure, it waits for."""
        success: dict[str, list[str]] = {name: [] for name in self.steps}
        failure: dict[str, list[str]] = {name: [] for name in self.steps}
        for name, step in self.steps.items():
            for other in dict.fromkeys(step.on_success):
                success[other].append(name)
            for other in dict.fromkeys(step.on_failure):
                failure[other].append(name)
        return success, failure

    def in_order(self) -> list[str]:
        """The steps, each behind all that it waits for; those in a circle are left out."""
        success, failure = self.predecessors()
        left = {name: len(success[name]) + len(failure[name]) for name in self.steps}
        ready = [name for name, count in left.items() if not count]
        for name in ready:
            step = self.steps[name]
            for other in (*dict.fromkeys(step.on_success), *dict.fromkeys(step.on_failure)):
                left[other] -= 1
                if not left[other]:
                    ready.append(other)
        return ready

    def everything(self) -> Iterator[tuple[FlowStep, Stage]]:
        """All stages of all steps, those of what is inside included."""
        for step in self.steps.values():
            for stage in step.stages:
                yield step, stage
                if isinstance(stage, Inlined):
                    yield from stage.flow.everything()


@dataclass(frozen=True, slots=True)
class ImperativeWorkflow:
    """A whole imperative workflow, in order and without circles."""

    workflow: str
    nodes: Mapping[str, NodeTemplate]
    flow: Flow
    inputs: Mapping[str, Parameter] = field(default_factory=dict)
    description: str = ""
    known_states: Mapping[str, frozenset[str]] = field(default_factory=dict)  # from which declarative ones go on
    warnings: tuple[str, ...] = ()
    providers: Mapping[str, str] = field(default_factory=dict)  # of the nodes that become machines

    @property
    def tolerant(self) -> bool:
        """Whether a failed operation that nothing is provided for does not stop the rest (7.3.7)."""
        return self.workflow == "uninstall"

    def describe(self) -> dict[str, Any]:
        """The workflow as a person reads it."""
        return {
            "workflow": self.workflow,
            "description": self.description,
            "warnings": list(self.warnings),
            "inputs": {name: {"type": found.type, "required": found.required} for name, found in self.inputs.items()},
            **_describe_flow(self.flow),
        }


def _describe_flow(flow: Flow) -> dict[str, Any]:
    return {
        "preconditions": [
            {"target": found.target, "condition": [said(condition) for condition in found.condition]}
            for found in flow.preconditions
        ],
        "steps": {name: _describe_step(step) for name, step in flow.steps.items()},
    }


def _describe_step(step: FlowStep) -> dict[str, Any]:
    return {
        "filter": [said(condition) for condition in step.filter],
        "activities": [line for stage in step.stages for line in _describe_stage(stage)],
        "on_success": list(step.on_success),
        "on_failure": list(step.on_failure),
    }


def _describe_stage(stage: Stage) -> Iterator[dict[str, Any]]:
    match stage:
        case Lines(lines):
            for line in lines:
                about = {"node": line.node}
                if line.relationship is not None:
                    about |= {"relationship": line.relationship.name, "side": line.side}
                yield from (about | described(element) for element in line.elements)
        case Delegated(woven):
            yield {"delegate": woven.workflow, "nodes": list(woven.nodes)}
        case Inlined(flow):
            yield {"inline": flow.workflow, **_describe_flow(flow)}


def described(element: Element) -> dict[str, Any]:
    """An activity as a person reads it."""
    if element.state is not None:
        return {"set_state": element.state}
    implementation = element.operation.implementation if element.operation else None
    return {"call_operation": element.name, "implementation": implementation.primary if implementation else None}


def said(condition: Condition) -> str:
    """A condition in words."""
    if condition.operator == "assert":
        return f"{condition.attribute} {' and '.join(constraint.text for constraint in condition.constraints)}"
    return f"{condition.operator} ({', '.join(map(said, condition.clauses))})"
