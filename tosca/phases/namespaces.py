"""Phase 2: files → names.  Which types there are, of which kind, and by which names they may be called.

A normative type has three names (TOSCA 1.1 § 5.2): ``tosca.nodes.Compute``, ``Compute`` and ``tosca:Compute``; which
type a shorthand means depends on the kind that its place asks for.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar, cast, get_args

from tosca.definitions import Kind, TypeInfo
from tosca.entities.base import Reading, wrong_shape
from tosca.entities.service_template import TYPE_KEYNAMES
from tosca.nodes import Map, Node, Scalar, is_null
from tosca.phases.read import Unit
from tosca.problems import Problems
from tosca.values.scalars import PRIMITIVES

KINDS: tuple[Kind, ...] = get_args(Kind)
FIELD_TYPES = "profile 1.1/field_types.yaml"
# The standard prints it as the parent of its roots and does not declare it.
_ENTITY_ROOT = "tosca.entity.Root"
T = TypeVar("T")


def _copies(tables: dict[Kind, dict[str, T]]) -> dict[Kind, dict[str, T]]:
    return {kind: dict(tables[kind]) for kind in KINDS}


@dataclass(slots=True)
class TypeEntry:
    """A type by its name; its ancestors become known in the next phase."""

    kind: Kind
    name: str
    node: Node
    reading: Reading
    lineage: tuple[str, ...] = ()


@dataclass(slots=True)
class Namespace:
    """All types of a parse, by kind and full name, and the other names that lead to them."""

    entries: dict[Kind, dict[str, TypeEntry]] = field(default_factory=lambda: {kind: {} for kind in KINDS})
    aliases: dict[Kind, dict[str, str]] = field(default_factory=lambda: {kind: {} for kind in KINDS})
    infos: dict[Kind, dict[str, TypeInfo]] = field(default_factory=lambda: {kind: {} for kind in KINDS})

    orphans: dict[tuple[Kind, str], Node] = field(default_factory=dict)  # types that name no parent, given the root
    doubtful: set[tuple[Kind, str]] = field(default_factory=set)  # types of which a part could not be read

    def copy(self) -> Namespace:
        return Namespace(_copies(self.entries), _copies(self.aliases), _copies(self.infos), dict(self.orphans))

    def forget(self) -> None:
        """Take back what later phases found out, so that they find it out anew."""
        self.infos = {kind: {} for kind in KINDS}
        for table in self.entries.values():
            for name, entry in table.items():
                table[name] = TypeEntry(entry.kind, name, entry.node, entry.reading)

    def resolve(self, kind: Kind, name: str) -> str | None:
        """Return the full name of a type."""
        return name if name in self.entries[kind] else self.aliases[kind].get(name)

    def find(self, kind: Kind, name: str, problems: Problems, node: Node, key: str | None = None) -> str | None:
        """Return the full name of a type; report when there is none."""
        found = self.resolve(kind, name)
        if found is None:
            self._report_unknown(kind, name, problems, node, key)
            problems.doubt(node)
        elif (kind, found) in self.doubtful:
            problems.doubt(node)
        elif self.entries[kind][found].reading.file == FIELD_TYPES:
            message = f"found {name!r}, which is no type of the standard, expected it in an import"
            problems.report("field-type", message, node, key)
        return found

    def warn_of_orphan(self, info: TypeInfo, problems: Problems) -> None:
        """Tell that a type which is used says nothing of a parent."""
        node = self.orphans.get((info.kind, info.name))
        if node is not None:
            message = f"found {info.kind} type {info.name!r} without 'derived_from', expected it"
            problems.report("no-parent", f"{message}; taken for a {info.lineage[-1]}", node)

    def info(self, kind: Kind, name: str) -> TypeInfo | None:
        return self.infos[kind].get(name)

    def _report_unknown(self, kind: Kind, name: str, problems: Problems, node: Node, key: str | None) -> None:
        others = [other for other in KINDS if other != kind and self.resolve(other, name)]
        if others:
            message = f"found {name!r}, a type of kind {others[0]}, expected a type of kind {kind}"
            problems.report("wrong-kind", message, node, key)
            return
        known = [*(PRIMITIVES if kind == "data" else ()), *self.entries[kind], *self.aliases[kind]]
        message = f"found {name!r}, expected the name of a {kind} type{problems.near(name, known)}"
        problems.report("unknown-type", message, node, key)


def collect(units: list[Unit], base: Namespace, problems: Problems) -> Namespace:
    """Add the types of all files to those of the profile; a file may put its own type in a normative one's place."""
    namespace = base.copy()
    own: dict[tuple[Kind, str], TypeEntry] = {}
    for unit in units:
        for keyname, kind in TYPE_KEYNAMES.items():
            for entry in _types(unit, keyname, cast("Kind", kind)):
                _add(namespace, own, entry, unit, problems)
    if any(entry.name in base.entries[entry.kind] for entry in own.values()):
        namespace.forget()  # what derives from a replaced type has to inherit anew
    return namespace


def _types(unit: Unit, keyname: str, kind: Kind) -> list[TypeEntry]:
    root = unit.document.root
    types = root.entries.get(keyname) if type(root) is Map else None
    if types is None or is_null(types):
        return []
    if type(types) is not Map:
        wrong_shape(types, f"a map of {kind} types", unit.reading)
        unit.reading.problems.doubt_names()
        return []
    return [TypeEntry(kind, name, node, unit.reading) for name, node in types.entries.items()]


def _add(
    namespace: Namespace, own: dict[tuple[Kind, str], TypeEntry], entry: TypeEntry, unit: Unit, problems: Problems
) -> None:
    first = own.setdefault((entry.kind, entry.name), entry)
    if first is not entry:
        message = f"found {entry.kind} type {entry.name!r}, defined in {first.reading.file} already, expected it once"
        problems.report("duplicate-type", message, entry.node)
        namespace.doubtful.add((entry.kind, entry.name))
        return
    namespace.entries[entry.kind][entry.name] = entry
    for prefix in unit.prefixes:
        namespace.aliases[entry.kind] |= {f"{prefix}{sign}{entry.name}": entry.name for sign in ":."}


def parent_name(entry: TypeEntry) -> str | None:
    """Return what a type says that it derives from."""
    stated = entry.node.entries.get("derived_from") if type(entry.node) is Map else None
    if stated is None or is_null(stated):
        return None
    if type(stated) is not Scalar:
        wrong_shape(stated, "the name of a type", entry.reading)
        return None
    if stated.text == _ENTITY_ROOT:
        return None
    return stated.text
