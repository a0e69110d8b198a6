"""The topology of a service template, drawn: an SVG that needs nothing else.

Place in the flow: service template → **drawing** → `manager.api.model`.  What is hosted stands on its host; arrows are
the other relationships.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from xml.sax.saxutils import escape

from tosca.model import Relationship, ServiceTemplate

WIDTH, HEIGHT, GAP, RISE, MARGIN = 150, 46, 30, 90, 20
ARCH = 60  # the highest arch above the boxes that it joins
STYLE = """\
<style>rect{fill:#f4f8fc;stroke:#36506c}text{font:14px sans-serif;text-anchor:middle;fill:#1c2b3a}
.type{font-size:9px;fill:#5b6f84}path{fill:none;stroke:#b3542d;marker-end:url(#tip)}.host{stroke:#36506c;
stroke-dasharray:5 4;marker-end:none}</style>
<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto">
<path d="M0,0 L8,4 L0,8 z" style="fill:#b3542d;stroke:none"/></marker></defs>"""


@dataclass(frozen=True, slots=True)
class Box:
    """Where a node stands: its middle."""

    x: float
    y: float


def svg(template: ServiceTemplate) -> str:
    """The whole picture."""
    columns, levels = _columns(template), _levels(template)
    floor = MARGIN + ARCH + max(levels.values(), default=0) * RISE + HEIGHT / 2
    boxes = {name: Box(column, floor - levels[name] * RISE) for name, column in columns.items()}
    width = max((box.x for box in boxes.values()), default=0) + WIDTH / 2 + MARGIN
    parts = [*_lines(template, boxes), *(_box(template, name, box) for name, box in boxes.items())]
    size = f'width="{width:g}" height="{floor + HEIGHT / 2 + MARGIN:g}"'
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" {size}>', STYLE, *parts, "</svg>", ""])


def _hosts(template: ServiceTemplate) -> dict[str, str | None]:
    return {
        name: next((edge.target for edge in node.relationships if edge.hosted_on), None)
        for name, node in template.node_templates.items()
    }


def _upwards(template: ServiceTemplate) -> list[str]:
    """All nodes, each after its host; without recursion, for chains may be long."""
    hosts = _hosts(template)
    guests: dict[str | None, list[str]] = {}
    for name, host in hosts.items():
        guests.setdefault(host, []).append(name)
    order = list(guests.get(None, []))
    for name in order:  # grows while it is walked
        order += guests.get(name, [])
    return order


def _levels(template: ServiceTemplate) -> dict[str, int]:
    hosts = _hosts(template)
    levels: dict[str, int] = {}
    for name in _upwards(template):
        host = hosts[name]
        levels[name] = 0 if host is None else levels[host] + 1
    return levels


def _columns(template: ServiceTemplate) -> dict[str, float]:
    """The middle of each node: hosts are as wide as what stands on them, and stand under its middle."""
    hosts, order = _hosts(template), _upwards(template)
    widths = dict.fromkeys([*order, None], 0)
    for name in reversed(order):
        widths[name] = max(widths[name], 1)
        widths[hosts[name]] += widths[name]
    left: dict[str | None, float] = {None: MARGIN}
    columns = {}
    for name in order:
        start = left[hosts[name]]
        left[hosts[name]] = start + widths[name] * (WIDTH + GAP)
        left[name] = start
        columns[name] = start + (widths[name] * (WIDTH + GAP) - GAP) / 2
    return columns


def _box(template: ServiceTemplate, name: str, box: Box) -> str:
    type_ = template.node_templates[name].type
    corner = f'x="{box.x - WIDTH / 2:g}" y="{box.y - HEIGHT / 2:g}" width="{WIDTH}" height="{HEIGHT}" rx="6"'
    title = f"<title>{escape(name)}: {escape(type_)}</title>"
    label = f'<text x="{box.x:g}" y="{box.y:g}">{escape(_short(name, 18))}</text>'
    below = f'<text class="type" x="{box.x:g}" y="{box.y + 15:g}">{escape(_short(type_.rpartition(".")[2], 26))}</text>'
    return f"<g>{title}<rect {corner}/>{label}{below}</g>"


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _lines(template: ServiceTemplate, boxes: dict[str, Box]) -> Iterator[str]:
    for node in template.node_templates.values():
        for edge in node.relationships:
            yield _line(edge, boxes[edge.source], boxes[edge.target])


def _line(edge: Relationship, source: Box, target: Box) -> str:
    title = f"<title>{escape(edge.name)}: {escape(edge.type)}</title>"
    if edge.hosted_on:
        return f'<path class="host" d="M{source.x:g},{source.y:g} L{target.x:g},{target.y:g}">{title}</path>'
    # An arch above the boxes, the higher the farther; it ends on top of the target, a little to its source's side.
    lean = 20 if target.x < source.x else -20
    start, end = source.x - lean, target.x + lean
    top = min(source.y, target.y) - HEIGHT / 2 - min(abs(target.x - source.x) / 5, ARCH)
    starts, ends = source.y - HEIGHT / 2, target.y - HEIGHT / 2
    return f'<path d="M{start:g},{starts:g} C{start:g},{top:g} {end:g},{top:g} {end:g},{ends:g}">{title}</path>'
