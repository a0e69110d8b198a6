"""YAML text → a document of nodes that know their line and column.

Place in the flow: the first step of `tosca.phases.read`.  Built on the events of libyaml, with a stack of its own: no
recursion, no objects of the text's choosing, duplicate keys refused, aliases shared but their expanded size counted.
"""

from __future__ import annotations

from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from yaml.reader import ReaderError

from tosca.nodes import Document, List, Map, Node, Scalar
from tosca.problems import Location, Problems

MAX_DEPTH = 100
MAX_NODES = 5_000_000
_STANDARD_TAG = "tag:yaml.org,2002:"
_PLAIN_TAGS = frozenset(_STANDARD_TAG + name for name in ("int", "float", "bool", "null", "timestamp"))
_OTHER_TAGS = frozenset(_STANDARD_TAG + name for name in ("str", "map", "seq")) | {"!", None}


class _Refused(Exception):
    """The text breaks one of our rules; becomes a problem at the mark."""

    def __init__(self, code: str, message: str, mark: yaml.Mark | None) -> None:
        self.code, self.message, self.mark = code, message, mark
        super().__init__(message)


class _Builder:
    """Builds nodes from events; ``_total`` counts nodes as if every alias were written out."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self.documents = 0
        self._stack: list[tuple[Map | List, str | None, int]] = []
        self._heights: list[int] = []  # levels below each node of the stack, aliases written out
        self._container: Map | List | None = None
        self._key: str | None = None
        self._key_mark: yaml.Mark | None = None
        self._anchors: dict[str, tuple[Node, int, int]] = {}  # with size and height
        self._total = 0
        self.handlers = {
            ScalarEvent: self.scalar,
            MappingStartEvent: self.start_map,
            SequenceStartEvent: self.start_list,
            MappingEndEvent: self.end,
            SequenceEndEvent: self.end,
            AliasEvent: self.alias,
            DocumentStartEvent: self.start_document,
        }

    def start_document(self, event: Any) -> None:
        self.documents += 1
        if self.documents > 1:
            raise _Refused("yaml-empty", "found a second document, expected one", event.start_mark)

    def scalar(self, event: Any) -> None:
        mark = event.start_mark
        container = self._container
        if self._key is None and type(container) is Map:
            self._take_key(event, mark, container)
            return
        tag = event.tag
        plain = event.implicit[0] if tag is None else _plain_by_tag(tag, mark)
        node = Scalar(event.value, plain, mark.line + 1, mark.column + 1)
        self._total += 1
        if event.anchor is not None:
            self._anchors[event.anchor] = (node, 1, 0)
        self._place(node)

    def _take_key(self, event: Any, mark: yaml.Mark, container: Map) -> None:
        key = event.value
        if key in container.marks:
            first = container.marks[key].line + 1
            raise _Refused("yaml-duplicate-key", f"found key {key!r} twice, first on line {first}", mark)
        if event.anchor is not None:
            self._anchors[event.anchor] = (Scalar(key, True, mark.line + 1, mark.column + 1), 1, 0)
        self._key = key
        container.marks[key] = mark

    def start_map(self, event: Any) -> None:
        self._start(Map(event.start_mark.line + 1, event.start_mark.column + 1), event)

    def start_list(self, event: Any) -> None:
        self._start(List(event.start_mark.line + 1, event.start_mark.column + 1), event)

    def _start(self, node: Map | List, event: Any) -> None:
        if event.tag is not None:
            _plain_by_tag(event.tag, event.start_mark)
        if len(self._stack) >= MAX_DEPTH:
            raise _Refused("yaml-limit", f"found more than {MAX_DEPTH} levels of nesting", event.start_mark)
        container = self._container
        if container is not None and self._key is None and type(container) is Map:
            raise _Refused("yaml-key", f"found a {node.shape} as a key, expected a name", event.start_mark)
        self._place(node)
        self._total += 1
        self._stack.append((node, event.anchor, self._total))
        self._heights.append(0)
        self._container, self._key = node, None

    def end(self, event: Any) -> None:
        node, anchor, total = self._stack.pop()
        height = self._heights.pop() + 1
        self._container = self._stack[-1][0] if self._stack else None
        self._raise_to(height)
        self._key = None
        if type(node) is Map and "<<" in node.entries:
            self._total += _merge(node, event.start_mark)
        if anchor is not None:
            self._anchors[anchor] = (node, self._total - total + 1, height)

    def _raise_to(self, height: int) -> None:
        if self._heights and self._heights[-1] < height:
            self._heights[-1] = height

    def alias(self, event: Any) -> None:
        found = self._anchors.get(event.anchor)
        if found is None:
            raise _Refused(
                "yaml-syntax", f"found alias {event.anchor!r}, expected an anchor before it", event.start_mark
            )
        node, size, height = found
        self._total += size
        self._raise_to(height)
        if self._total > MAX_NODES or len(self._stack) + height > MAX_DEPTH:
            message = f"found aliases that expand to more than {MAX_NODES} nodes or {MAX_DEPTH} levels"
            raise _Refused("yaml-limit", message, event.start_mark)
        if self._key is None and type(self._container) is Map:
            raise _Refused("yaml-key", "found an alias as a key, expected a name", event.start_mark)
        self._place(node)

    def _place(self, node: Node) -> None:
        container = self._container
        if container is None:
            self.root = node
        elif type(container) is List:
            container.items.append(node)
        elif self._key is not None and type(container) is Map:
            container.entries[self._key] = node
            self._key = None


def _plain_by_tag(tag: str, mark: yaml.Mark) -> bool:
    if tag in _PLAIN_TAGS:
        return True
    if tag in _OTHER_TAGS:
        return False
    raise _Refused("yaml-tag", f"found tag {tag!r}, expected none", mark)


def _merge(node: Map, mark: yaml.Mark) -> int:
    """Apply the merge key; own keys win over merged ones, earlier maps over later ones."""
    source = node.entries.pop("<<")
    del node.marks["<<"]
    parts = source.items if type(source) is List else [source]
    added = 0
    for part in parts:
        if type(part) is not Map:
            raise _Refused("yaml-key", f"found a merge key with a {part.shape}, expected a map", mark)
        for key, value in part.entries.items():
            if key not in node.entries:
                node.entries[key] = value
                node.marks[key] = part.marks[key]
                added += 1
    return added


def load(data: bytes, file: str, problems: Problems) -> Document | None:
    """Read one YAML document; report and return None when it cannot be read."""
    try:
        builder = _build(data)
    except _Refused as refusal:
        _report(problems, file, refusal.code, refusal.message, refusal.mark)
        return None
    except ReaderError as error:
        _report_bytes(problems, file, data, error)
        return None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        _report(problems, file, "yaml-syntax", _reason(error), mark)
        return None
    if builder.root is None:
        _report(problems, file, "yaml-empty", "found an empty file, expected a service template", None)
        return None
    document = Document(file, builder.root)
    problems.add_source(document)
    return document


def _build(data: bytes) -> _Builder:
    builder = _Builder()
    handlers = builder.handlers
    loader = yaml.CSafeLoader(data)
    try:
        while (event := loader.get_event()) is not None:
            handler = handlers.get(type(event))
            if handler is not None:
                handler(event)
    finally:
        loader.dispose()
    return builder


def _reason(error: yaml.YAMLError) -> str:
    parts = (getattr(error, "context", None), getattr(error, "problem", None) or getattr(error, "reason", None))
    return ", ".join(str(part) for part in parts if part) or str(error).partition("\n")[0]


def _report_bytes(problems: Problems, file: str, data: bytes, error: ReaderError) -> None:
    """Report what is no text; libyaml points at the byte after which it knew."""
    position, found = error.position, f"character {error.character:#x}"
    try:
        data.decode()
    except UnicodeDecodeError as wrong:
        position, found = wrong.start, f"byte {data[wrong.start]:#x}"
    before = data[:position]
    place = Location(file, before.count(b"\n") + 1, len(before) - before.rfind(b"\n"))
    problems.report_at(place, "yaml-syntax", f"found {found} ({error.reason}), expected UTF-8 text")


def _report(problems: Problems, file: str, code: str, message: str, mark: yaml.Mark | None) -> None:
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
    problems.report_at(Location(file, line, column), code, message)
