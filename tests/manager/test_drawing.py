"""The drawing of a topology."""

from itertools import pairwise
from xml.etree import ElementTree

from manager.drawing import ARCH, MARGIN, WIDTH, svg
from tosca.model import HOSTED_ON, NodeTemplate, Relationship, ServiceTemplate

SVG = "{http://www.w3.org/2000/svg}"


def topology(*nodes: tuple[str, str | None], links: tuple[tuple[str, str], ...] = ()) -> ServiceTemplate:
    """Nodes with their hosts, and links between them."""
    edges: dict[str, list[Relationship]] = {name: [] for name, _ in nodes}
    for name, host in nodes:
        if host is not None:
            edges[name].append(Relationship(f"{name}.host", "host", name, host, HOSTED_ON, (HOSTED_ON,)))
    for source, target in links:
        edges[source].append(Relationship(f"{source}.link", "link", source, target, "my.Link", ("my.Link",)))
    templates = {name: NodeTemplate(name, "my.Node", (), relationships=tuple(edges[name])) for name, _ in nodes}
    return ServiceTemplate("tosca_simple_yaml_1_1", node_templates=templates)


def boxes(template: ServiceTemplate) -> dict[str, tuple[float, float]]:
    """The left upper corner of each node's box."""
    root = ElementTree.fromstring(svg(template))
    found = {}
    for group in root.iter(f"{SVG}g"):
        rect, text = group.find(f"{SVG}rect"), group.find(f"{SVG}text")
        assert rect is not None
        assert text is not None
        found[text.text or ""] = (float(rect.attrib["x"]), float(rect.attrib["y"]))
    return found


def test_what_is_hosted_stands_on_its_host() -> None:
    found = boxes(topology(("server", None), ("app", "server")))
    assert found["app"][0] == found["server"][0]
    assert found["app"][1] < found["server"][1]


def test_boxes_on_one_level_do_not_overlap() -> None:
    found = boxes(topology(("s", None), ("a", "s"), ("b", "s"), ("c", "b"), ("d", "b"), ("t", None)))
    levels: dict[float, list[float]] = {}
    for x, y in found.values():
        levels.setdefault(y, []).append(x)
    for row in levels.values():
        row.sort()
        assert all(right - left >= WIDTH for left, right in pairwise(row))


def test_every_relationship_is_a_line() -> None:
    root = ElementTree.fromstring(svg(topology(("a", None), ("b", "a"), ("c", None), links=(("b", "c"), ("c", "b")))))
    assert len([path for path in root.iter(f"{SVG}path") if path.find(f"{SVG}title") is not None]) == 3


def test_odd_names_and_an_empty_topology_make_a_proper_document() -> None:
    assert boxes(topology(("<a&b>\"'", None))) == {"<a&b>\"'": (MARGIN, MARGIN + ARCH)}
    assert boxes(topology()) == {}


def test_a_very_long_chain_is_drawn() -> None:
    nodes = [("n0", None), *((f"n{i}", f"n{i - 1}") for i in range(1, 5000))]
    assert len(boxes(topology(*nodes))) == 5000
