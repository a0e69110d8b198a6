"""The nodes of a YAML document, which know where they stand.

Place in the flow: `tosca.yaml` builds them, every later phase reads them.  Scalars stay text until a declared type asks
for more, so ``1.10`` remains a version and ``no`` remains a string where strings are declared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import yaml

from tosca.problems import Location


class Scalar:
    """A scalar; ``plain`` when it was written without quotes."""

    __slots__ = ("column", "line", "plain", "text")
    shape = "scalar"

    def __init__(self, text: str, plain: bool, line: int, column: int) -> None:
        self.text, self.plain, self.line, self.column = text, plain, line, column


class List:
    """A sequence."""

    __slots__ = ("column", "items", "line")
    shape = "list"

    def __init__(self, line: int, column: int) -> None:
        self.items: list[Node] = []
        self.line, self.column = line, column


class Map:
    """A mapping; ``marks`` tells where each key stands."""

    __slots__ = ("column", "entries", "line", "marks")
    shape = "map"

    def __init__(self, line: int, column: int) -> None:
        self.entries: dict[str, Node] = {}
        self.marks: dict[str, yaml.Mark] = {}
        self.line, self.column = line, column


Node: TypeAlias = Scalar | List | Map

NULLS = frozenset(("", "~", "null", "Null", "NULL"))


def is_null(node: Node | None) -> bool:
    """Tell whether there is nothing: no node at all, or a plain null."""
    return node is None or (type(node) is Scalar and node.plain and node.text in NULLS)


@dataclass(eq=False, slots=True)
class Document:
    """A YAML file; finds the TOSCA path of its nodes when asked, through an index built on the first question."""

    file: str
    root: Node
    _index: dict[int, tuple[Node, str | int] | None] | None = None

    def locate(self, node: object, key: str | None) -> Location | None:
        index = self._index = self._index or _index(self.root)
        if id(node) not in index or not isinstance(node, (Scalar, List, Map)):
            return None
        path = _path(index, node)
        if key is None or not isinstance(node, Map) or key not in node.marks:
            return Location(self.file, node.line, node.column, path)
        mark = node.marks[key]
        return Location(self.file, mark.line + 1, mark.column + 1, _join(path, key))

    def find(self, path: Sequence[str]) -> tuple[int, Location]:
        """How much of a TOSCA path leads somewhere in this file, and where it leads to."""
        node, depth, found = self.root, 0, Location(self.file)
        for key in path:
            within, way = _entry(node, key, found.path)
            if within is None:
                break
            depth, mark = depth + 1, within.marks[key]
            found = Location(self.file, mark.line + 1, mark.column + 1, _join(way, key))
            node = within.entries[key]
        return depth, found


def _entry(node: Node, key: str, path: str) -> tuple[Map | None, str]:
    """The map that has this key, and its path: the node itself, or one in a list of maps as policies are written."""
    if type(node) is Map and key in node.entries:
        return node, path
    for number, found in enumerate(node.items if type(node) is List else ()):
        if type(found) is Map and key in found.entries:
            return found, _join(path, number)
    return None, path


def _index(root: Node) -> dict[int, tuple[Node, str | int] | None]:
    index: dict[int, tuple[Node, str | int] | None] = {id(root): None}
    stack: list[Node] = [root]
    while stack:
        parent = stack.pop()
        for key, child in _children(parent):
            if id(child) not in index:
                index[id(child)] = (parent, key)
                stack.append(child)
    return index


def _children(node: Node) -> list[tuple[str | int, Node]]:
    if type(node) is Map:
        return list(node.entries.items())
    return list(enumerate(node.items)) if type(node) is List else []


def _path(index: dict[int, tuple[Node, str | int] | None], node: Node) -> str:
    keys: list[str | int] = []
    step = index[id(node)]
    while step is not None:
        keys.append(step[1])
        step = index[id(step[0])]
    path = ""
    for key in reversed(keys):
        path = _join(path, key)
    return path


def _join(path: str, key: str | int) -> str:
    if isinstance(key, int):
        return f"{path}[{key}]"
    return f"{path}.{key}" if path else key
