"""The order that a woven workflow imposes: its cycles, and how much lies ahead of each element.

The graph is that of the node templates.  Since every condition is "for every instance", an order of the templates is an
order of their instances, so what is shown here for templates holds however they are scaled.

Vertices are numbers: element i of a node is ``first[node] + i``, its end one more than its last element.  That each
element waits for the one before it is understood, so only the joins are stored as edges.  All passes are linear and
none is recursive: a chain of 20,000 nodes is an ordinary topology.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter

from engine.weaving.woven import Element, Row
from tosca.model import Relationship

Sequences = Mapping[str, tuple[Element, ...]]
Rows = Mapping[str, tuple[Row, ...]]


@dataclass(frozen=True, slots=True)
class Cycle:
    """One cycle: its steps in words, each waiting for the one before, and the relationships that close it."""

    steps: tuple[str, ...]
    relationships: tuple[Relationship, ...]


class Order:
    """The woven graph, in order as far as it has one."""

    def __init__(self, sequences: Sequences, rows: Rows) -> None:
        self._sequences = sequences
        self._rows = rows
        self._first: dict[str, int] = {}
        total = 0
        for node, sequence in sequences.items():
            self._first[node] = total
            total += len(sequence) + 1
        self._starts = bytearray(total)  # 1 where a node's sequence begins
        for first in self._first.values():
            self._starts[first] = 1
        self._before: dict[int, list[tuple[int, Row]]] = {}
        self._after: dict[int, list[int]] = {}
        self._join()
        self._order = self._sorted(total)
        self._total = total

    def _join(self) -> None:
        positions: dict[tuple[str, str], int] = {}
        for woven in self._rows.values():
            for row in woven:
                if row.join is None:
                    continue
                state = (row.other, row.join)
                if state not in positions:
                    positions[state] = self._first[row.other] + position(self._sequences[row.other], row.join)
                vertex = self._first[row.node] + row.gap
                self._before.setdefault(vertex, []).append((positions[state], row))
                self._after.setdefault(positions[state], []).append(vertex)

    def _sorted(self, total: int) -> list[int]:
        """All vertices that are on no cycle and behind none."""
        left = [1 - start for start in self._starts]
        for vertex, edges in self._before.items():
            left[vertex] += len(edges)
        ready = [vertex for vertex in range(total) if not left[vertex]]
        for vertex in ready:
            for following in self._following(vertex):
                left[following] -= 1
                if not left[following]:
                    ready.append(following)
        return ready

    def _following(self, vertex: int) -> list[int]:
        joined = self._after.get(vertex, [])
        inside = vertex + 1 < len(self._starts) and not self._starts[vertex + 1]
        return [vertex + 1, *joined] if inside else joined

    def cycle(self) -> Cycle | None:
        """One cycle, joins included, or None."""
        if len(self._order) == self._total:
            return None
        left = set(range(self._total)).difference(self._order)
        path: dict[int, int] = {}
        trail: list[tuple[int, Row | None]] = []
        vertex = min(left)
        while vertex not in path:  # every vertex that is left waits for another one that is left
            path[vertex] = len(trail)
            previous, row = next(edge for edge in self._waits_for(vertex) if edge[0] in left)
            trail.append((vertex, row))
            vertex = previous
        found = trail[path[vertex] :][::-1]
        steps = tuple(self._in_words(vertex, row) for vertex, row in found)
        return Cycle(steps, tuple({row.relationship.name: row.relationship for _, row in found if row}.values()))

    def _waits_for(self, vertex: int) -> Iterator[tuple[int, Row | None]]:
        if not self._starts[vertex]:
            yield vertex - 1, None
        yield from self._before.get(vertex, [])

    def _in_words(self, vertex: int, row: Row | None) -> str:
        node, first = max(((node, first) for node, first in self._first.items() if first <= vertex), key=itemgetter(1))
        i, sequence = vertex - first, self._sequences[node]
        what = f"{node}: {sequence[i]}" if i < len(sequence) else f"{node}: end"
        if row is None:
            return what
        return f"{what} (waits by {row.relationship.type} {row.relationship.name} for {row.other}: {row.join})"

    def ranks(self, weight: Callable[[str, Row | None], int]) -> dict[tuple[str, int], int]:
        """For each place with operations, how much lies on the longest way from there to the end.

        A place is an element that is an operation, or the gap ahead of an element.  ``weight`` says how long a node's
        operation keeps its host busy on behalf of all instances there; the row is that of a relationship's operation.
        """
        places = self._places(weight)
        longest = [0] * self._total
        for vertex in reversed(self._order):
            behind = max((longest[following] for following in self._following(vertex)), default=0)
            place = places.get(vertex)
            longest[vertex] = behind if place is None else behind + place[1]
        return {identity: longest[vertex] for vertex, (identity, _) in places.items()}

    def _places(self, weight: Callable[[str, Row | None], int]) -> dict[int, tuple[tuple[str, int], int]]:
        """The vertices with operations: which place each is, and how much is to be done there."""
        found = {
            self._first[node] + i: ((node, i), weight(node, None))
            for node, sequence in self._sequences.items()
            for i, element in enumerate(sequence)
            if element.operation is not None
        }
        for node, woven in self._rows.items():
            for row in woven:
                if row.operation is not None:
                    vertex = self._first[node] + row.gap
                    _, before = found.get(vertex, ((node, row.gap), 0))
                    found[vertex] = ((node, row.gap), before + weight(node, row))
        return found


def position(sequence: Sequence[Element], state: str) -> int:
    """Which element reaches the state.

    Raises:
        StopIteration: none does.
    """
    return next(i for i, element in enumerate(sequence) if element.state == state)
