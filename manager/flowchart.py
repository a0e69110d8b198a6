"""An imperative workflow as a person reads it: its steps, what each does, and what comes after it.

Place in the flow: imperative workflow (`engine.weaving`) → **chart** → an SVG or a Graphviz document of
``ditrit graph``.  What a step contains stands in it, the steps of a workflow inside it after it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from engine.weaving.flow import Delegated, Flow, FlowStep, ImperativeWorkflow, Inlined, Line, Lines, said
from manager import columns
from manager.canvas import Arrow
from manager.columns import TOP, Kind, key
from manager.graph import quoted

WIDTH = 230
LEGEND = (
    "green: a state is set · blue: an operation runs · pale: nothing to run, or a condition · "
    "arrow: what comes after (hover: on success, or on failure)"
)


@dataclass(frozen=True, slots=True)
class Act:
    """A line of a step."""

    kind: Kind
    label: str

    @property
    def title(self) -> str:
        return self.label


@dataclass(frozen=True, slots=True)
class Edge:
    """One step after another; ``on`` says when."""

    source: str
    target: str
    on: Literal["success", "failure", "inside"]


def acts(workflow: ImperativeWorkflow) -> dict[str, list[Act]]:
    """What each step does, by its path."""
    return {step.path: list(_acts(step)) for flow in _flows(workflow.flow) for step in flow.steps.values()}


def edges(workflow: ImperativeWorkflow) -> list[Edge]:
    """What comes after what."""
    return [edge for flow in _flows(workflow.flow) for edge in _edges(flow)]


def svg(workflow: ImperativeWorkflow) -> str:
    """The whole picture: a frame for each step, what it does from top to bottom."""
    arrows = [
        Arrow(key(edge.source, TOP), key(edge.target, TOP), f"{edge.source}: {_when(edge)} {edge.target}")
        for edge in edges(workflow)
    ]
    return columns.svg(acts(workflow), arrows, WIDTH, LEGEND)


def dot(workflow: ImperativeWorkflow) -> str:
    """The same for Graphviz; a dashed arrow is gone on failure."""
    lines = [f"digraph {quoted(workflow.workflow)} {{", "  rankdir=LR;", "  node [shape=box];"]
    for path, listed in acts(workflow).items():
        label = "\n".join([path, *(act.label for act in listed)])
        lines.append(f"  {quoted(path)} [label={quoted(label)}];")
    for edge in edges(workflow):
        style = {"success": "", "failure": " [style=dashed, color=red]", "inside": " [style=dotted]"}[edge.on]
        lines.append(f"  {quoted(edge.source)} -> {quoted(edge.target)}{style};")
    return "\n".join([*lines, "}", ""])


def _flows(flow: Flow) -> Iterator[Flow]:
    yield flow
    for step in flow.steps.values():
        for stage in step.stages:
            if isinstance(stage, Inlined):
                yield from _flows(stage.flow)


def _edges(flow: Flow) -> Iterator[Edge]:
    for step in flow.steps.values():
        yield from (Edge(step.path, flow.steps[name].path, "success") for name in step.on_success)
        yield from (Edge(step.path, flow.steps[name].path, "failure") for name in step.on_failure)
        for stage in step.stages:
            if isinstance(stage, Inlined):
                success, failure = stage.flow.predecessors()
                first = [name for name in stage.flow.steps if not success[name] and not failure[name]]
                yield from (Edge(step.path, stage.flow.steps[name].path, "inside") for name in first)


def _acts(step: FlowStep) -> Iterator[Act]:
    for condition in step.filter:
        yield Act("idle", f"if {said(condition)}")
    for stage in step.stages:
        match stage:
            case Lines(lines):
                for line in lines:
                    yield from _on(line)
            case Delegated(woven):
                yield Act("operation", f"{woven.workflow} of {', '.join(woven.sequences)}")
            case Inlined(flow):
                yield Act("idle", f"workflow {flow.workflow}")


def _on(line: Line) -> Iterator[Act]:
    where = line.node if line.relationship is None else f"{line.node} ({line.relationship.name})"
    for element in line.elements:
        if element.state is not None:
            yield Act("state", f"{where}: {element.state}")
        else:
            kind: Kind = "idle" if element.operation is None else "operation"
            yield Act(kind, f"{where}: {element.name.rpartition('.')[2]}")


def _when(edge: Edge) -> str:
    return {"success": "on success", "failure": "on failure", "inside": "contains"}[edge.on]
