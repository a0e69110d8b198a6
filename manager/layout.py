"""Where blocks stand that lead to each other: in columns, from left to right, as far as they have an order.

Place in the flow: `manager.drawing` and `manager.steps` → **layout** → SVG.  Blocks get a column by the longest way
that leads to them; columns that would be too high become several; the links of a block that pass a column get a place
there.  Then each block moves towards what it is linked with, column by column, there and back, and what stays empty
from side to side is taken out.  No recursion, and no step that compares all with all: topologies may be large.
"""

from __future__ import annotations

import heapq
import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeAlias

Link: TypeAlias = tuple[str, str]

GAP, PASS, SWEEPS = 24, 10, 8
MOST_PASSES = 300_000  # beyond that, links that pass columns cross what stands there


@dataclass(frozen=True, slots=True)
class Size:
    """How large a block is."""

    width: float
    height: float


@dataclass(slots=True)
class _Item:
    """A block, or a place through which a link passes a column."""

    height: float
    middle: float = 0
    left: list[_Item] = field(default_factory=list)
    right: list[_Item] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Layout:
    """The upper left corner of each block, and between which points each link passes columns; all from (0, 0) on."""

    corners: Mapping[str, tuple[float, float]]
    passes: Sequence[Sequence[tuple[float, float, float]]]  # by link: left, right, height
    width: float
    height: float


def laid_out(blocks: Mapping[str, Size], links: Sequence[Link]) -> Layout:
    """Find a place for each block."""
    columns = _columns(blocks, _layers(blocks, links))
    column_of = {name: number for number, column in enumerate(columns) for name in column}
    items = {name: _Item(blocks[name].height) for column in columns for name in column}
    rows: list[list[_Item]] = [[items[name] for name in column] for column in columns]
    ways = _ways(links, column_of, items, rows)
    _settle(rows)
    lefts = _lefts(blocks, columns, ways, column_of, links)
    return _layout(blocks, columns, items, ways, lefts)


def _layers(blocks: Mapping[str, Size], links: Sequence[Link]) -> list[list[str]]:
    """Blocks by the longest way that leads to them; what nothing is linked with comes last."""
    after: dict[str, list[str]] = {name: [] for name in blocks}
    ahead = dict.fromkeys(blocks, 0)  # how many lead to each
    for source, target in dict.fromkeys(links):
        if source != target:
            after[source].append(target)
            ahead[target] += 1
    first = [name for name, count in ahead.items() if not count]
    alone = dict.fromkeys(name for name in first if not after[name])
    depth = _depths(after, ahead)
    for name in first:  # what nothing leads to stands close to where it leads
        depth[name] = min((depth[target] for target in after[name]), default=1) - 1
    layers: list[list[str]] = [[] for _ in range(max(depth.values(), default=0) + 1)]
    for name in blocks:
        if name not in alone:
            layers[depth[name]].append(name)
    return [layer for layer in (*layers, list(alone)) if layer]


def _depths(after: Mapping[str, list[str]], ahead: dict[str, int]) -> dict[str, int]:
    """In an order in which most links lead on; where there is a circle, it is cut where the fewest links lead to."""
    number = {name: position for position, name in enumerate(after)}
    heap = [(count, number[name], name) for name, count in ahead.items()]
    heapq.heapify(heap)
    depth: dict[str, int] = {}
    reached = dict.fromkeys(after, 0)
    while heap:
        count, _, name = heapq.heappop(heap)
        if name in depth or count != ahead[name]:
            continue
        depth[name] = reached[name]
        for target in after[name]:
            if target not in depth:
                reached[target] = max(reached[target], depth[name] + 1)
                ahead[target] -= 1
                heapq.heappush(heap, (ahead[target], number[target], target))
    return depth


def _columns(blocks: Mapping[str, Size], layers: Iterable[list[str]]) -> list[list[str]]:
    """Cut layers so that the whole is about as high as it is wide."""
    area = sum((size.width + 3 * GAP) * (size.height + GAP) for size in blocks.values())
    highest = max([math.sqrt(area * 0.7), *(size.height for size in blocks.values())])
    columns: list[list[str]] = []
    for layer in layers:
        filled = math.inf
        for name in layer:
            if filled + blocks[name].height > highest:
                columns.append([])
                filled = 0
            columns[-1].append(name)
            filled += blocks[name].height + GAP
    return columns


def _ways(
    links: Sequence[Link], column_of: Mapping[str, int], items: Mapping[str, _Item], rows: list[list[_Item]]
) -> list[list[tuple[int, _Item]]]:
    """The places through which each link passes columns, from left to right."""
    ways: list[list[tuple[int, _Item]]] = []
    shared: dict[tuple[str, int], _Item] = {}
    count = 0
    for source, target in links:
        first, last = sorted((source, target), key=column_of.__getitem__)
        between = range(column_of[first] + 1, column_of[last])
        way: list[tuple[int, _Item]] = []
        count += len(between)
        for column in between if count <= MOST_PASSES else ():
            if (source, column) not in shared:
                shared[source, column] = _Item(PASS)
                rows[column].append(shared[source, column])
            way.append((column, shared[source, column]))
        if column_of[first] != column_of[last]:
            chain = [items[first], *(item for _, item in way), items[last]]
            for one, other in pairwise(chain):
                one.right.append(other)
                other.left.append(one)
        ways.append(way)
    return ways


def _settle(rows: list[list[_Item]]) -> None:
    for row in rows:
        _stack(row, [0.0] * len(row))
    for sweep in range(SWEEPS):
        forth = sweep % 2 == 0
        for row in rows if forth else reversed(rows):
            wishes = [_wish(item, item.left if forth else item.right) for item in row]
            order = sorted(range(len(row)), key=wishes.__getitem__)
            row[:] = [row[number] for number in order]
            _stack(row, [wishes[number] for number in order])


def _wish(item: _Item, neighbours: list[_Item]) -> float:
    return sum(other.middle for other in neighbours) / len(neighbours) if neighbours else item.middle


def _stack(row: list[_Item], wishes: list[float]) -> None:
    """Place items in their order, as near to what they wish as the others let them."""
    end = -math.inf
    for item, wish in zip(row, wishes, strict=True):
        item.middle = max(wish, end + item.height / 2)
        end = item.middle + item.height / 2 + (GAP if item.height > PASS else PASS / 2)
    excess = sum(item.middle - wish for item, wish in zip(row, wishes, strict=True)) / max(len(row), 1)
    for item in row:
        item.middle -= excess


def _lefts(
    blocks: Mapping[str, Size],
    columns: list[list[str]],
    ways: list[list[tuple[int, _Item]]],
    column_of: Mapping[str, int],
    links: Sequence[Link],
) -> list[tuple[float, float]]:
    """The left edge and the width of each column; between columns there is room for the links that cross it."""
    crossing = [0] * (len(columns) + 1)
    for (source, target), way in zip(links, ways, strict=True):
        first, last = sorted((column_of[source], column_of[target]))
        for number in (first, *(place for place, _ in way)):  # the gaps on their right
            crossing[number] += first != last
    found: list[tuple[float, float]] = []
    left = 0.0
    for number, column in enumerate(columns):
        width = max(blocks[name].width for name in column)
        found.append((left, width))
        left += width + 2 * GAP + min(crossing[number] * 2, 3 * GAP)
    return found


def _layout(
    blocks: Mapping[str, Size],
    columns: list[list[str]],
    items: Mapping[str, _Item],
    ways: list[list[tuple[int, _Item]]],
    lefts: list[tuple[float, float]],
) -> Layout:
    spans = sorted((item.middle - item.height / 2, item.middle + item.height / 2) for item in items.values())
    ruler = _Ruler(spans)
    corners: dict[str, tuple[float, float]] = {}
    for (left, width), column in zip(lefts, columns, strict=True):
        for name in column:
            top = ruler.at(items[name].middle - items[name].height / 2)
            corners[name] = (left + (width - blocks[name].width) / 2, top)
    passes = [[(lefts[column][0], sum(lefts[column]), ruler.at(item.middle)) for column, item in way] for way in ways]
    lowest = max((y for way in passes for *_, y in way), default=0) + PASS
    height = max((corner[1] + blocks[name].height for name, corner in corners.items()), default=0)
    return Layout(corners, passes, sum(lefts[-1]) if lefts else 0, max(height, lowest))


class _Ruler:
    """Heights from the top on, where empty stretches are shortened to a gap."""

    def __init__(self, spans: Sequence[tuple[float, float]]) -> None:
        self._starts: list[float] = []  # of what is filled without a stretch
        self._ends: list[float] = []
        for start, end in spans:
            if self._ends and start - self._ends[-1] <= GAP:
                self._ends[-1] = max(self._ends[-1], end)
            else:
                self._starts.append(start)
                self._ends.append(end)
        self._tops: list[float] = []
        top = 0.0
        for start, end in zip(self._starts, self._ends, strict=True):
            self._tops.append(top)
            top += end - start + GAP

    def at(self, height: float) -> float:
        number = max(bisect_right(self._starts, height) - 1, 0)
        start, end = self._starts[number], self._ends[number]
        if height <= end or number + 1 == len(self._starts):
            return self._tops[number] + min(max(height - start, -GAP), end - start + GAP)
        share = (height - end) / (self._starts[number + 1] - end)
        return self._tops[number] + end - start + GAP * share
