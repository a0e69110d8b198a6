"""The topology of a service template, drawn: an SVG that needs nothing else.

Place in the flow: service template → **drawing** → `manager.api.model`, ``ditrit graph``.  What is hosted stands on its
host, in one frame with it; arrows are the other relationships, from left to right where there is an order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from xml.sax.saxutils import escape

from manager.canvas import HEAD, MARGIN, Arrow, Block, Box, Canvas, rectangle, short
from manager.layout import Size
from tosca.model import NodeTemplate, ServiceTemplate

__all__ = ["ARCH", "MARGIN", "WIDTH", "svg"]

ARCH = HEAD
WIDTH, HEIGHT, RISE, PAD = 150, 46, 14, 8
TIMES = "\N{MULTIPLICATION SIGN}"
DEEPEST = 6  # frames in frames that each get a border of their own; hosts of hosts may be many
LEGEND = "in one frame: hosted on what stands below · arrow: any other relationship, to its target"


def svg(template: ServiceTemplate) -> str:
    """The whole picture."""
    hosts = _hosts(template)
    blocks = dict(_towers(hosts))
    edges = [edge for node in template.node_templates.values() for edge in node.relationships]
    arrows = [Arrow(e.source, e.target, f"{e.name}: {e.type}") for e in edges if not e.hosted_on]
    canvas = Canvas(blocks, arrows)
    lines = [
        _hosting(canvas.boxes[edge.source], canvas.boxes[edge.target], f"{edge.name}: {edge.type}")
        for edge in edges
        if edge.hosted_on
    ]
    nodes = [_node(template.node_templates[name], box) for name, box in canvas.boxes.items()]
    return canvas.svg(LEGEND, [*lines, *nodes])


def _hosts(template: ServiceTemplate) -> dict[str, str | None]:
    return {
        name: next((edge.target for edge in node.relationships if edge.hosted_on), None)
        for name, node in template.node_templates.items()
    }


def _towers(hosts: Mapping[str, str | None]) -> Iterator[tuple[str, Block]]:
    """Each node without a host, with all that stands on it."""
    guests: dict[str | None, list[str]] = {}
    for name, host in hosts.items():
        guests.setdefault(host, []).append(name)
    for root in guests.get(None, []):
        yield root, _tower(root, guests)


def _tower(root: str, guests: Mapping[str | None, list[str]]) -> Block:
    """Put guests above their hosts, one below the other; without recursion, for chains may be long."""
    floors = _floors(root, guests)
    border = PAD * min(floors[root], DEEPEST)
    boxes: dict[str, Box] = {}
    frames: list[Box] = []
    tops: dict[str, float] = {}
    y = 0.0
    for name in _downwards(root, guests):
        if name not in tops and guests.get(name):  # on the way up: the frame begins
            tops[name] = y
            y += PAD
            continue
        boxes[name] = Box(border, y, WIDTH, HEIGHT)
        y += HEIGHT
        if name in tops:
            y += PAD
            out = PAD * min(floors[name], DEEPEST)
            frames.append(Box(border - out, tops[name], WIDTH + 2 * out, y - tops[name]))
        y += RISE
    return Block(Size(WIDTH + 2 * border, y - RISE), boxes, frames[::-1])


def _floors(root: str, guests: Mapping[str | None, list[str]]) -> dict[str, int]:
    """How many hosts there are from each node upwards."""
    order = [root]
    for name in order:  # grows while it is walked
        order += guests.get(name, [])
    floors: dict[str, int] = {}
    for name in reversed(order):
        floors[name] = max((floors[guest] + 1 for guest in guests.get(name, [])), default=0)
    return floors


def _downwards(root: str, guests: Mapping[str | None, list[str]]) -> Iterator[str]:
    """Hosts twice, ahead of their guests and after them; all others once."""
    stack = [(root, False)]
    while stack:
        name, done = stack.pop()
        yield name
        if not done and guests.get(name):
            stack.append((name, True))
            stack += [(guest, False) for guest in reversed(guests[name])]


def _hosting(guest: Box, host: Box, title: str) -> str:
    """A line on the left, from what is hosted to its host."""
    way = f"M{guest.x:g},{guest.middle:g} h-5 V{host.middle:g} h5"
    return f'<path class="host" d="{way}"><title>{escape(title)}</title></path>'


def _node(node: NodeTemplate, box: Box) -> str:
    middle = box.x + box.width / 2
    title = f"<title>{escape(node.name)}: {escape(node.type)}</title>"
    label = f'<text x="{middle:g}" y="{box.middle:g}">{escape(short(node.name, 18))}</text>'
    kind = escape(short(node.type.rpartition(".")[2], 26))
    below = f'<text class="type" x="{middle:g}" y="{box.middle + 15:g}">{kind}</text>'
    return f"<g>{title}{rectangle(box)}{label}{below}{_count(node, box)}</g>"


def _count(node: NodeTemplate, box: Box) -> str:
    """The number of instances, when there are several; on each instance of the host."""
    counts = (found.properties.get("default_instances") for found in node.capabilities.values())
    number = next((count for count in counts if isinstance(count, int) and count != 1), None)
    if number is None:
        return ""
    return f'<text class="count" x="{box.x + box.width - 5:g}" y="{box.y + 12:g}">{TIMES}{number}</text>'
