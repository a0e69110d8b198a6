"""The order that a woven workflow imposes: its cycles, and how much lies ahead of each element.

The graph is that of the node templates.  Since every condition is "for every instance", an order of the templates is an
order of their instances, so what is shown here for templates holds however they are scaled.

A vertex (node, i) is "element i of the node has happened"; (node, length) is its end.  All passes are linear and none
is recursive: a chain of 20,000 nodes is an ordinary topology.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.weaving.woven import Element, Row
from tosca.model import Relationship

Sequences = Mapping[str, tuple[Element, ...]]
Rows = Mapping[str, tuple[Row, ...]]
Vertex = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Cycle:
    """One cycle: its steps in words, each waiting for the one before, and the relationships that close it."""

    steps: tuple[str, ...]
    relationships: tuple[Relationship, ...]


class _Graph:
    """Who waits for whom; an edge remembers the row that made it."""

    def __init__(self, sequences: Sequences, rows: Rows) -> None:
        self.sequences = sequences
        self.before: dict[Vertex, list[tuple[Vertex, Row | None]]] = {}
        self.after: dict[Vertex, list[Vertex]] = {}
        positions = {
            node: {element.state: i for i, element in enumerate(sequence) if element.state is not None}
            for node, sequence in sequences.items()
        }
        for node, sequence in sequences.items():
            for i in range(len(sequence)):
                self._edge((node, i), (node, i + 1), None)
            for row in rows.get(node, ()):
                if row.join is not None:
                    self._edge((row.other, positions[row.other][row.join]), (node, row.gap), row)

    def _edge(self, first: Vertex, second: Vertex, row: Row | None) -> None:
        self.before.setdefault(second, []).append((first, row))
        self.after.setdefault(first, []).append(second)
        self.before.setdefault(first, [])
        self.after.setdefault(second, [])

    def order(self) -> list[Vertex]:
        """All vertices that are on no cycle and behind none, in order."""
        left = {vertex: len(edges) for vertex, edges in self.before.items()}
        ready = [vertex for vertex, count in left.items() if not count]
        for vertex in ready:
            for following in self.after[vertex]:
                left[following] -= 1
                if not left[following]:
                    ready.append(following)
        return ready


def find_cycle(sequences: Sequences, rows: Rows) -> Cycle | None:
    """One cycle of the woven graph, joins included, or None."""
    graph = _Graph(sequences, rows)
    ordered = set(graph.order())
    if len(ordered) == len(graph.before):
        return None
    path: dict[Vertex, int] = {}
    trail: list[tuple[Vertex, Row | None]] = []
    vertex = next(vertex for vertex in graph.before if vertex not in ordered)
    while vertex not in path:  # every vertex left waits for another one that is left
        path[vertex] = len(trail)
        previous, row = next(edge for edge in graph.before[vertex] if edge[0] not in ordered)
        trail.append((vertex, row))
        vertex = previous
    cycle = trail[path[vertex] :][::-1]
    steps = tuple(_in_words(sequences, vertex, row) for vertex, row in cycle)
    return Cycle(steps, tuple({row.relationship.name: row.relationship for _, row in cycle if row}.values()))


def _in_words(sequences: Sequences, vertex: Vertex, row: Row | None) -> str:
    node, i = vertex
    what = f"{node}: {sequences[node][i]}" if i < len(sequences[node]) else f"{node}: end"
    if row is None:
        return what
    return f"{what} (waits by {row.relationship.type} {row.relationship.name} for {row.other}: {row.join})"


def ranks(sequences: Sequences, rows: Rows) -> dict[Vertex, int]:
    """For each element the number of operations on the longest way from it to the end, itself included."""
    graph = _Graph(sequences, rows)
    extra = _operations_in_gaps(rows)
    found: dict[Vertex, int] = {}
    for vertex in reversed(graph.order()):
        node, i = vertex
        own = i < len(sequences[node]) and sequences[node][i].operation is not None
        found[vertex] = own + extra.get(vertex, 0) + max((found[after] for after in graph.after[vertex]), default=0)
    return found


def _operations_in_gaps(rows: Rows) -> dict[Vertex, int]:
    found: dict[Vertex, int] = {}
    for node, woven in rows.items():
        for row in woven:
            if row.operation is not None:
                found[node, row.gap] = found.get((node, row.gap), 0) + 1
    return found
