"""Columns: what is done one after another, from top to bottom in a frame with a heading.

Place in the flow: `manager.steps` (what is woven for a node) and `manager.flowchart` (the steps of an imperative
workflow) → **columns** and arrows between them → `manager.canvas`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol
from xml.sax.saxutils import escape

from manager.canvas import Arrow, Block, Box, Canvas, rectangle, short
from manager.layout import Size

Kind = Literal["state", "operation", "idle"]
HEIGHT, RISE, PAD, HEADING = 22, 6, 8, 24
_HEADING_LETTER, _LETTER = 8.5, 6.3  # about the width of one
TOP = -1
"""The number of a column's heading."""


class Line(Protocol):
    """One thing that is done."""

    @property
    def kind(self) -> Kind: ...
    @property
    def label(self) -> str: ...
    @property
    def title(self) -> str: ...


def key(name: str, number: int) -> str:
    """What a line of a column is called where arrows lead from or to it."""
    return f"{name}#{number}"


def svg(columns: Mapping[str, Sequence[Line]], arrows: Sequence[Arrow], width: int, legend: str) -> str:
    """The whole picture; ``width`` is that of a column."""
    canvas = Canvas({name: _block(name, len(lines), width) for name, lines in columns.items()}, arrows)
    headings = [_heading(name, canvas.boxes[key(name, TOP)]) for name in columns]
    drawn = [
        _drawn(line, canvas.boxes[key(name, number)])
        for name, lines in columns.items()
        for number, line in enumerate(lines)
    ]
    return canvas.svg(legend, [*headings, *drawn])


def _block(name: str, lines: int, width: int) -> Block:
    boxes = {key(name, TOP): Box(PAD, PAD, width, HEADING)}
    y = PAD + HEADING
    for number in range(lines):
        boxes[key(name, number)] = Box(PAD, y, width, HEIGHT)
        y += HEIGHT + RISE
    size = Size(width + 2 * PAD, y + PAD - (RISE if lines else 0))
    return Block(size, boxes, [Box(0, 0, size.width, size.height)])


def _heading(name: str, box: Box) -> str:
    text = escape(short(name, int(box.width / _HEADING_LETTER)))
    return f'<text class="heading" x="{box.x + box.width / 2:g}" y="{box.middle:g}">{text}</text>'


def _drawn(line: Line, box: Box) -> str:
    text = escape(short(line.label, int(box.width / _LETTER)))
    label = f'<text x="{box.x + box.width / 2:g}" y="{box.middle + 4:g}">{text}</text>'
    return f'<g class="step {line.kind}"><title>{escape(line.title)}</title>{rectangle(box)}{label}</g>'
