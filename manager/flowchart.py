"""An imperative workflow as a person reads it: its steps, what each does, and what comes after it.

Place in the flow: imperative workflow (`engine.weaving`) → **chart** → an SVG or a Graphviz document of
``ditrit graph``.  What a step contains stands in it, the steps of a workflow inside it after it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal
from xml.sax.saxutils import escape

from engine.weaving.flow import Delegated, Flow, FlowStep, ImperativeWorkflow, Inlined, Line, Lines, said
from manager.canvas import Arrow, Block, Box, Canvas, rectangle, short
from manager.graph import quoted
from manager.layout import Size

WIDTH, HEIGHT, RISE, PAD, HEADING = 230, 22, 6, 8, 24
LEGEND = (
    "green: a state is set · blue: an operation runs · pale: nothing to run, or a condition · "
    "arrow: what comes after (hover: on success, or on failure)"
)


@dataclass(frozen=True, slots=True)
class Act:
    """A line of a step."""

    kind: Literal["state", "operation", "idle"]
    label: str


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
    found = acts(workflow)
    arrows = [
        Arrow(_key(edge.source, -1), _key(edge.target, -1), f"{edge.source}: {_when(edge)} {edge.target}")
        for edge in edges(workflow)
    ]
    canvas = Canvas({path: _block(path, listed) for path, listed in found.items()}, arrows)
    heads = (_heading(path, canvas.boxes[_key(path, -1)]) for path in found)
    parts = [
        _drawn(act, canvas.boxes[_key(path, number)])
        for path, listed in found.items()
        for number, act in enumerate(listed)
    ]
    return canvas.svg(LEGEND, [*heads, *parts])


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
            kind: Literal["operation", "idle"] = "idle" if element.operation is None else "operation"
            yield Act(kind, f"{where}: {element.name.rpartition('.')[2]}")


def _when(edge: Edge) -> str:
    return {"success": "on success", "failure": "on failure", "inside": "contains"}[edge.on]


def _key(path: str, number: int) -> str:
    return f"{path}#{number}"


def _block(path: str, listed: list[Act]) -> Block:
    boxes = {_key(path, -1): Box(PAD, PAD, WIDTH, HEADING)}
    y = PAD + HEADING
    for number in range(len(listed)):
        boxes[_key(path, number)] = Box(PAD, y, WIDTH, HEIGHT)
        y += HEIGHT + RISE
    size = Size(WIDTH + 2 * PAD, y + PAD - (RISE if listed else 0))
    return Block(size, boxes, [Box(0, 0, size.width, size.height)])


def _heading(path: str, box: Box) -> str:
    return f'<text class="heading" x="{box.x + box.width / 2:g}" y="{box.middle:g}">{escape(short(path, 28))}</text>'


def _drawn(act: Act, box: Box) -> str:
    label = f'<text x="{box.x + box.width / 2:g}" y="{box.middle + 4:g}">{escape(short(act.label, 38))}</text>'
    return f'<g class="step {act.kind}"><title>{escape(act.label)}</title>{rectangle(box)}{label}</g>'
