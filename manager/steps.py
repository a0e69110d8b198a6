"""A woven workflow as a person reads it: the steps of each node template, and what each of them waits for.

Place in the flow: woven workflow (`engine.weaving`) → **steps** → an SVG or a Graphviz document of ``ditrit graph``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from engine.weaving import WovenWorkflow
from engine.weaving.woven import Element, Row
from manager import columns
from manager.canvas import Arrow
from manager.columns import Kind, key
from manager.graph import quoted
from tosca.model import Operation

WIDTH = 190
LEGEND = (
    "green: a state is reached · blue: an operation runs · pale: nothing to run · arrow: the step waits for that state"
)


@dataclass(frozen=True, slots=True)
class Step:
    """One step; ``waits`` are the states that other node templates must have reached before."""

    kind: Kind
    label: str
    title: str
    waits: tuple[tuple[str, str], ...] = ()


def steps(woven: WovenWorkflow) -> dict[str, list[Step]]:
    """The steps of each node template, in their order."""
    return {node: list(_steps(woven, node)) for node in woven.sequences}


def svg(woven: WovenWorkflow) -> str:
    """The whole picture: a frame for each node template, its steps from top to bottom."""
    found = steps(woven)
    arrows = [
        Arrow(key(*source), key(*target), f"{target[0]}: {found[target[0]][target[1]].label} waits for {said}")
        for source, target, said in _waits(found)
    ]
    return columns.svg(found, arrows, WIDTH, LEGEND)


def dot(woven: WovenWorkflow) -> str:
    """The same for Graphviz; a dashed arrow is a wait."""
    found = steps(woven)
    lines = [f"digraph {quoted(woven.workflow)} {{", "  rankdir=TB;", "  node [shape=box];"]
    for node, listed in found.items():
        lines += [f"  subgraph {quoted(f'cluster_{node}')} {{", f"    label={quoted(node)};"]
        lines += [_dot_step(node, number, step) for number, step in enumerate(listed)]
        chain = " -> ".join(quoted(key(node, number)) for number in range(len(listed)))
        lines += [f"    {chain};"] * (len(listed) > 1) + ["  }"]
    lines += [
        f"  {quoted(key(*source))} -> {quoted(key(*target))} [style=dashed];" for source, target, _ in _waits(found)
    ]
    return "\n".join([*lines, "}", ""])


def _steps(woven: WovenWorkflow, node: str) -> Iterator[Step]:
    sequence = woven.sequences[node]
    for gap in range(len(sequence) + 1):
        waits: dict[tuple[str, str], None] = {}
        for row in woven.rows.get(node, ()):
            if row.gap == gap and row.operation is not None:
                yield _woven(row)
            elif row.gap == gap and row.join is not None:
                waits[row.other, row.join] = None
        if gap < len(sequence):
            yield _own(sequence[gap], tuple(waits))


def _woven(row: Row) -> Step:
    waits = () if row.join is None else ((row.other, row.join),)
    label = f"{row.name.rpartition('.')[2]} ({row.relationship.name})"
    return Step("operation", label, _runs(f"{row.name} of {row.relationship.name}", row.operation), waits)


def _own(element: Element, waits: tuple[tuple[str, str], ...]) -> Step:
    if element.state is not None:
        return Step("state", element.state, f"state {element.state}", waits)
    kind: Kind = "idle" if element.operation is None else "operation"
    return Step(kind, element.name.rpartition(".")[2], _runs(element.name, element.operation), waits)


def _runs(name: str, operation: Operation | None) -> str:
    implementation = operation.implementation if operation is not None else None
    return f"{name}: {implementation.primary}" if implementation is not None else f"{name}: nothing to run"


def _waits(found: Mapping[str, list[Step]]) -> Iterator[tuple[tuple[str, int], tuple[str, int], str]]:
    """What each wait leads from and to: node templates with the numbers of their steps."""
    reached = {
        (node, step.label): number
        for node, listed in found.items()
        for number, step in enumerate(listed)
        if step.kind == "state"
    }
    for node, listed in found.items():
        for number, step in enumerate(listed):
            for other, state in step.waits:
                if (other, state) in reached:
                    yield (other, reached[other, state]), (node, number), f"{other} to be {state}"


def _dot_step(node: str, number: int, step: Step) -> str:
    style = {"state": ", style=rounded", "operation": "", "idle": ", style=dotted"}[step.kind]
    return f"    {quoted(key(node, number))} [label={quoted(step.label)}, tooltip={quoted(step.title)}{style}];"
