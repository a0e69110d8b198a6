"""The pieces of a drawing: boxes in blocks, frames around them, and arrows between them, as SVG.

Place in the flow: `manager.drawing` (a topology) and `manager.steps` (a workflow) fill a **canvas**; `manager.layout`
says where its blocks stand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from manager.layout import Layout, Size, laid_out

MARGIN, HEAD = 20, 60  # around everything, and above it: room for the legend
STYLE = """\
<style>svg{background:#fff}rect{fill:#f4f8fc;stroke:#36506c}text{font:14px sans-serif;text-anchor:middle;fill:#1c2b3a}
.frame{fill:#8fa9c41a;stroke:#b9c8d8}.type,.count{font-size:9px;fill:#5b6f84}.count{text-anchor:end;font-weight:bold}
.state rect{fill:#e3f1e4;stroke:#3f7047}.idle rect{fill:#fff;stroke:#b9c8d8}.idle text{fill:#8495a6}
.step text{font-size:11px}.legend{font-size:11px;text-anchor:start}.heading{font-weight:bold}
path{fill:none;stroke:#b3542d;stroke-opacity:.75;marker-end:url(#tip)}.host{stroke:#36506c;stroke-dasharray:5 4;
marker-end:none}</style>
<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto">
<path d="M0,0 L8,4 L0,8 z" style="fill:#b3542d;stroke:none"/></marker></defs>"""


@dataclass(frozen=True, slots=True)
class Box:
    """A box of a block; its corner is told from that of the block, later from that of the drawing."""

    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        return self.y + self.height / 2

    def moved(self, x: float, y: float) -> Box:
        return Box(self.x + x, self.y + y, self.width, self.height)


@dataclass(frozen=True, slots=True)
class Block:
    """What stands together: boxes by name, and the frames around them."""

    size: Size
    boxes: Mapping[str, Box]
    frames: Sequence[Box] = ()


@dataclass(frozen=True, slots=True)
class Arrow:
    """From one box to another, of the same block or of two."""

    source: str
    target: str
    title: str


class Canvas:
    """A drawing whose blocks have found their places."""

    def __init__(self, blocks: Mapping[str, Block], arrows: Sequence[Arrow]) -> None:
        self._block_of = {box: name for name, block in blocks.items() for box in block.boxes}
        self._arrows = arrows
        links = [(self._block_of[arrow.source], self._block_of[arrow.target]) for arrow in arrows]
        self._layout: Layout = laid_out({name: block.size for name, block in blocks.items()}, links)
        self.boxes: dict[str, Box] = {}
        self._frames: list[Box] = []
        for name, block in blocks.items():
            x, y = self._layout.corners[name]
            self.boxes |= {key: box.moved(x + MARGIN, y + MARGIN + HEAD) for key, box in block.boxes.items()}
            self._frames += [frame.moved(x + MARGIN, y + MARGIN + HEAD) for frame in block.frames]

    def svg(self, legend: str, parts: Sequence[str]) -> str:
        """The whole picture: frames, what is drawn on them, and arrows above it all."""
        width, height = self._layout.width + 2 * MARGIN, self._layout.height + 2 * MARGIN + HEAD
        size = f'width="{width:g}" height="{height:g}" viewBox="0 0 {width:g} {height:g}"'
        head = f'<text class="legend" x="{MARGIN}" y="{MARGIN}">{escape(legend)}</text>'
        frames = [f'<rect class="frame" {_corner(frame)} rx="9"/>' for frame in self._frames]
        lines = [f'<svg xmlns="http://www.w3.org/2000/svg" {size}>', STYLE, head, *frames, *parts, *self._lines()]
        return "\n".join([*lines, "</svg>", ""])

    def _lines(self) -> Iterator[str]:
        for arrow, passes in zip(self._arrows, self._layout.passes, strict=True):
            source, target = self.boxes[arrow.source], self.boxes[arrow.target]
            title = f"<title>{escape(arrow.title)}</title>"
            if source.x < target.x + target.width and target.x < source.x + source.width:  # in one column
                yield f'<path d="{_beside(source, target)}">{title}</path>'
            else:
                shifted = [(left + MARGIN, right + MARGIN, y + MARGIN + HEAD) for left, right, y in passes]
                yield f'<path d="{_across(source, target, shifted)}">{title}</path>'


def rectangle(box: Box) -> str:
    return f'<rect {_corner(box)} rx="6"/>'


def short(text: str, most: int) -> str:
    """Text without its middle where it is too long: names often differ at their end."""
    return text if len(text) <= most else f"{text[: most * 2 // 3]}…{text[most * 2 // 3 + 1 - most :]}"


def _corner(box: Box) -> str:
    return f'x="{box.x:g}" y="{box.y:g}" width="{box.width:g}" height="{box.height:g}"'


def _beside(source: Box, target: Box) -> str:
    """An arc on the right of a block, the wider the farther."""
    start, end = source.x + source.width, target.x + target.width
    out = max(start, end) + min(18 + abs(target.middle - source.middle) / 12, 60)
    return (
        f"M{start:g},{source.middle:g} C{out:g},{source.middle:g} {out:g},{target.middle:g} {end:g},{target.middle:g}"
    )


def _across(source: Box, target: Box, passes: Sequence[tuple[float, float, float]]) -> str:
    """A line from column to column, straight where it passes one; against the order of columns: from right to left."""
    forth = source.x < target.x
    points = [(source.x + source.width if forth else source.x, source.middle)]
    for left, right, y in passes if forth else reversed(passes):
        points += [(left, y), (right, y)] if forth else [(right, y), (left, y)]
    points.append((target.x if forth else target.x + target.width, target.middle))
    path = f"M{points[0][0]:g},{points[0][1]:g}"
    for number in range(0, len(points), 2):
        (x, y), (to, at) = points[number], points[number + 1]
        bend = (x + to) / 2
        path += f" C{bend:g},{y:g} {bend:g},{at:g} {to:g},{at:g}"
        if number + 2 < len(points):
            path += f" L{points[number + 2][0]:g},{at:g}"
    return path
