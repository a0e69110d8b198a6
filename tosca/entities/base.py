"""The means by which an entity declares its keynames as data.

Place in the flow: `tosca.phases.read` and `tosca.phases.inheritance` read YAML nodes through the `Fields` of each
entity.  A field names a keyname, the reader of its value, whether it is required, and the version that brought it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from tosca.doubts import LACKS, PARTS, TEMPLATES, TYPES
from tosca.nodes import List, Map, Node, Scalar, is_null
from tosca.problems import Problems, misspelled

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader needs to know: where to report, and the file's version of the language and place."""

    problems: Problems
    file: str
    version: tuple[int, int] = (1, 3)


Reader: TypeAlias = Callable[[Node, Reading], Any]
# What a section may hold that is lost there.
WHOLE = {"service template": TYPES, "topology template": TEMPLATES}


@dataclass(frozen=True, slots=True)
class Field:
    """One keyname of an entity."""

    keyname: str
    reader: Reader
    required: bool = False
    since: tuple[int, int] = (1, 0)
    attribute: str = ""
    kept: bool = True  # False: it is checked, and says nothing that we use

    @property
    def name(self) -> str:
        return self.attribute or self.keyname


class Fields:
    """The keynames of an entity; unknown ones are errors, unless the entity takes names of its own (``others``)."""

    def __init__(self, entity: str, *fields: Field, others: str = "") -> None:
        self.entity = entity
        self.by_keyname: Mapping[str, tuple[str, Reader, tuple[int, int]]] = {
            field.keyname: (field.name if field.kept else "", field.reader, field.since) for field in fields
        }
        self.required = tuple(field for field in fields if field.required)
        self.others = others

    def build(self, make: Callable[..., T], node: Node, reading: Reading) -> T:
        """Read a map into an entity; what is missing or wrong is reported and left at its default."""
        return make(node=node, **self.read(node, reading))

    def read(self, node: Node, reading: Reading) -> dict[str, Any]:
        values: dict[str, Any] = {}
        others: dict[str, Node] = {}
        if type(node) is not Map:
            empty = type(node) is List and not node.items
            if empty:
                empty_list(node, reading)
            if empty or is_null(node):
                self._check_required({}, {}, {}, node, reading)
            else:
                wrong_shape(node, f"a map of {_an(self.entity)}'s keynames", reading)
            return values
        for keyname, value in node.entries.items():
            field = self.by_keyname.get(keyname)
            if field is None:
                others[keyname] = value
            elif type(value) is not Scalar or not is_null(value) or keyname == "default":
                if field[1] is not ignored:
                    read = field[1](value, reading)
                    if field[0]:
                        values[field[0]] = read
                if field[2] > reading.version:
                    self._later(node, keyname, field[2], reading)
        self._finish(node, values, others, reading)
        return values

    def _finish(self, node: Map, values: dict[str, Any], others: dict[str, Node], reading: Reading) -> None:
        if others and self.others:
            values[self.others] = others
        elif others:
            self._unknown(node, others, reading)
        if self.required:
            self._check_required(values, node.entries, others, node, reading)

    def _check_required(
        self,
        values: Mapping[str, Any],
        stated: Mapping[str, Node],
        others: Mapping[str, Node],
        node: Node,
        reading: Reading,
    ) -> None:
        for field in self.required:
            found = stated.get(field.keyname)
            absent = field.name not in values and is_null(found)
            empty = type(found) is Scalar and not found.text
            if (absent or empty) and not misspelled(field.keyname, others):
                message = f"found {_an(self.entity)} without {field.keyname!r}, expected it"
                reading.problems.report("missing-keyname", message, node)

    def _unknown(self, node: Map, others: dict[str, Node], reading: Reading) -> None:
        for keyname in others:
            known = f"expected one of {', '.join(self.by_keyname)}"
            message = (
                f"found {keyname!r} in {_an(self.entity)}, {known}{reading.problems.near(keyname, self.by_keyname)}"
            )
            reading.problems.report("unknown-keyname", message, node, keyname)
        if self.entity in WHOLE:
            reading.problems.doubt_names(WHOLE[self.entity])
        else:
            reading.problems.doubt(node, LACKS)

    def _later(self, node: Map, keyname: str, since: tuple[int, int], reading: Reading) -> None:
        found = f"found {keyname!r} in {_an(self.entity)} of version {_dotted(reading.version)}"
        reading.problems.report("later-keyname", f"{found}, expected from {_dotted(since)} on", node, keyname)


def _an(entity: str) -> str:
    return f"an {entity}" if entity[0] in "aeiou" else f"a {entity}"


def _dotted(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}"


def wrong_shape(node: Node, expected: str, reading: Reading) -> None:
    """Report a node of the wrong shape."""
    found = repr(node.text) if type(node) is Scalar else f"a {node.shape}"
    reading.problems.report("wrong-shape", f"found {found}, expected {expected}", node)
    reading.problems.doubt(node, LACKS, outer=True)


def raw(node: Node, _: Reading) -> Node:
    """Keep the node for later."""
    return node


def text(node: Node, reading: Reading) -> str:
    if type(node) is Scalar:
        return node.text
    wrong_shape(node, "a string", reading)
    reading.problems.doubt(node, PARTS | TEMPLATES, outer=True)  # nothing has an empty name
    return ""


def ignored(_node: Node, _reading: Reading) -> None:
    """Read nothing: the keyname says nothing that we use."""


BOOLEANS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


def boolean(node: Node, reading: Reading) -> bool:
    value = BOOLEANS.get(node.text.lower()) if type(node) is Scalar else None
    if value is None:
        wrong_shape(node, "true or false", reading)
    return bool(value)


def entries(node: Node, reading: Reading) -> dict[str, Node]:
    """Read a map, its values kept as nodes."""
    if type(node) is List and node.items and all(type(item) is Map and len(item.entries) == 1 for item in node.items):
        return _joined(node, reading)
    return only_map(node, reading)


def only_map(node: Node, reading: Reading) -> dict[str, Node]:
    """Read a map, where nobody has ever written a list."""
    if type(node) is Map:
        return node.entries
    if type(node) is List and not node.items:
        empty_list(node, reading)
    else:
        wrong_shape(node, "a map", reading)
    return {}


def _joined(node: List, reading: Reading) -> dict[str, Node]:
    """Read a list of maps with a single key each, all of them different, as the map that they are together."""
    found: dict[str, Node] = {}
    for item in node.items:
        for name, value in item.entries.items() if type(item) is Map else ():
            if name in found:
                reading.problems.report("duplicate-name", f"found {name!r} twice, expected each name once", item, name)
            found[name] = value
    message = "found a list, expected a map; taken for one of the keys of its items"
    reading.problems.report("list-for-map", message, node)
    return found


def empty_list(node: Node, reading: Reading) -> None:
    """Tell of an empty list, which says as little as an empty map."""
    reading.problems.report("list-for-map", "found an empty list, expected a map; taken for an empty one", node)


def items(node: Node, reading: Reading) -> list[Node]:
    """Read a list, its items kept as nodes."""
    if type(node) is List:
        return node.items
    wrong_shape(node, "a list", reading)
    return []


def texts(node: Node, reading: Reading) -> tuple[str, ...]:
    """Read a list of strings; one string alone stands for a list of it."""
    if type(node) is Scalar:
        message = f"found {node.text!r}, expected a list; taken for one of a single name"
        reading.problems.report("string-for-list", message, node)
        return (node.text,)
    return tuple(text(item, reading) for item in items(node, reading))


def metadata(node: Node, reading: Reading) -> dict[str, str]:
    """Read a map of strings; what is no string is kept out."""
    return {key: value.text for key, value in entries(node, reading).items() if type(value) is Scalar}


DESCRIPTION = Field("description", text, kept=False)
METADATA = Field("metadata", metadata, kept=False)


def map_of(reader: Callable[[Node, Reading], T]) -> Callable[[Node, Reading], dict[str, T]]:
    """Make the reader of a map of entities."""

    def read(node: Node, reading: Reading) -> dict[str, T]:
        return {key: reader(value, reading) for key, value in entries(node, reading).items()}

    return read


def named_list_of(reader: Callable[[Node, Reading], T]) -> Callable[[Node, Reading], tuple[tuple[str, T], ...]]:
    """Make the reader of a list of maps with a single key each, as requirements are written; a map is read too."""

    def read(node: Node, reading: Reading) -> tuple[tuple[str, T], ...]:
        if type(node) is Map:
            return tuple((key, reader(value, reading)) for key, value in node.entries.items())
        return tuple(pair for item in items(node, reading) for pair in _pair(item, reader, reading))

    return read


def _pair(item: Node, reader: Callable[[Node, Reading], T], reading: Reading) -> list[tuple[str, T]]:
    if type(item) is Map and len(item.entries) == 1:
        return [(key, reader(value, reading)) for key, value in item.entries.items()]
    if type(item) is not Map or item.entries:
        wrong_shape(item, "a map with a single key, the name", reading)
    return []
