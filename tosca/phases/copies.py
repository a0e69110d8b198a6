"""Templates that copy another one.  TOSCA 1.1 § 3.7.3.1, keyname ``copy``.

Place in the flow: first step of `tosca.phases.rendering`.  Everything is copied, then what the copy itself says wins.
"""

from __future__ import annotations

from collections.abc import Mapping

from tosca.doubts import INHERITED
from tosca.nodes import Map, Node, Scalar
from tosca.problems import Problems

_SECTIONS = ("properties", "attributes", "capabilities", "interfaces", "artifacts", "metadata")


def copied(templates: Mapping[str, Node], problems: Problems) -> dict[str, Node]:
    """Return the templates with their copies made."""
    return {
        name: _copy(node, templates, problems) if type(node) is Map and "copy" in node.entries else node
        for name, node in templates.items()
    }


def _copy(node: Map, templates: Mapping[str, Node], problems: Problems) -> Node:
    stated = node.entries["copy"]
    name = stated.text if type(stated) is Scalar else ""
    source = templates.get(name)
    if not isinstance(source, Map) or "copy" in source.entries:
        if isinstance(source, Map):
            found, expected = "which is a copy itself", "a template that is none"
        else:
            found, expected = "which does not exist", f"another template{problems.near(name, templates)}"
        message = f"found a copy of template {name!r}, {found}, expected {expected}"
        problems.report("bad-copy", message, node, "copy")
        problems.doubt(node, INHERITED)
        return node
    return _merged(source, node)


def _merged(source: Map, own: Map) -> Map:
    """Merge into the own map, so that problems are told in its place."""
    for keyname, value in source.entries.items():
        mine = own.entries.get(keyname)
        if mine is None:
            own.entries[keyname] = value
            own.marks[keyname] = own.marks["copy"]
        elif keyname in _SECTIONS and isinstance(value, Map) and isinstance(mine, Map):
            mine.entries = {**value.entries, **mine.entries}
            mine.marks = {**value.marks, **mine.marks}
    return own
