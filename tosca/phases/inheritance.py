"""Phase 4: hierarchies → types with everything that they inherit.  TOSCA 1.1 § 3.6.

Kinds are taken in the order in which they need each other, and within a kind ancestors first.  Types of the profile
keep what an earlier parse found out about them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from tosca.definitions import CapabilityInfo, InterfaceInfo, Kind, RequirementInfo, TypeInfo
from tosca.doubts import INHERITED
from tosca.entities import types
from tosca.entities.base import Fields
from tosca.entities.capability import CapabilityDefinition
from tosca.entities.interface import read_interface_type
from tosca.entities.requirement import RequirementDefinition
from tosca.entities.types import TypeDefinition
from tosca.nodes import List, Map, Node, Scalar
from tosca.phases.artifacts import over
from tosca.phases.interfaces import ROOT, Interfaces
from tosca.phases.namespaces import KINDS, Namespace, TypeEntry
from tosca.phases.properties import Schemas
from tosca.problems import Problems
from tosca.values.scalars import ALIASES, PRIMITIVES

_FIELDS: dict[Kind, Fields] = {
    "data": types.DATA_TYPE,
    "artifact": types.ARTIFACT_TYPE,
    "capability": types.CAPABILITY_TYPE,
    "relationship": types.RELATIONSHIP_TYPE,
    "node": types.NODE_TYPE,
    "group": types.GROUP_TYPE,
    "policy": types.POLICY_TYPE,
}


def inherit(namespace: Namespace, problems: Problems) -> None:
    """Fill the namespace with what each type has."""
    inheritance = Inheritance(namespace, problems)
    for kind in KINDS:
        entries = sorted(namespace.entries[kind].values(), key=lambda entry: len(entry.lineage))
        for entry in entries:
            if entry.name not in namespace.infos[kind]:
                namespace.infos[kind][entry.name] = _info(inheritance, entry, namespace, problems)


def _info(inheritance: Inheritance, entry: TypeEntry, namespace: Namespace, problems: Problems) -> TypeInfo:
    """Return what a type has; one of which something is lost is doubtful, and so is what rests on it."""
    own = (entry.kind, entry.name)
    if own in namespace.doubtful or any((entry.kind, name) in namespace.doubtful for name in entry.lineage):
        namespace.doubtful.add(own)
        problems.doubt(entry.node, INHERITED)
    losses = problems.losses
    info = inheritance.info(entry)
    if problems.losses > losses or any(part in namespace.doubtful for part in _parts(info)):
        namespace.doubtful.add(own)
    # Whatever value a template gives to a doubtful data type may be right.
    return replace(info, primitive="any") if own in namespace.doubtful and entry.kind == "data" else info


def _parts(info: TypeInfo) -> Iterator[tuple[Kind, str]]:
    """The types that the parts of a type have."""
    yield from (("capability", found.type) for found in info.capabilities.values())
    yield from (("interface", found.type) for found in info.interfaces.values())


class Inheritance:
    """Merges types into their parents."""

    def __init__(self, namespace: Namespace, problems: Problems) -> None:
        self._namespace = namespace
        self._problems = problems
        self._schemas = Schemas(namespace, problems)
        self._interfaces = Interfaces(namespace, self._schemas, problems)

    def info(self, entry: TypeEntry) -> TypeInfo:
        parent = self._parent(entry)
        if entry.kind == "interface":
            return self._interface_type(entry, parent)
        definition = _FIELDS[entry.kind].build(TypeDefinition, entry.node, entry.reading)
        primitive = self._primitive(entry, parent)
        if entry.kind == "data":
            self._check_data_type(entry, definition, primitive)
        return TypeInfo(
            entry.kind,
            entry.name,
            entry.lineage,
            definition,
            entry.reading.file,
            properties=self._schemas.merge(parent.properties, definition.properties),
            attributes=self._schemas.merge(parent.attributes, definition.attributes),
            capabilities=self._capabilities(parent.capabilities, definition.capabilities),
            requirements=self._requirements(parent.requirements, definition),
            interfaces=self._interfaces.merge(parent.interfaces, definition.interfaces, in_type=True),
            artifacts=over(parent.artifacts, definition.artifacts, self._problems),
            valid_types=self._valid_types(entry, definition) or parent.valid_types,
            constraints=(*parent.constraints, *self._schemas.constraints(definition.constraints, primitive or "any")),
            primitive=primitive,
            entry=self._schemas.of_entries(definition.entry_schema) or parent.entry,
            key=self._schemas.of_entries(definition.key_schema) or parent.key,
        )

    def _parent(self, entry: TypeEntry) -> TypeInfo:
        if len(entry.lineage) > 1:
            found = self._namespace.info(entry.kind, entry.lineage[1])
            if found is not None:
                return found
        return TypeInfo(entry.kind, "", (), TypeDefinition(entry.node))

    def _primitive(self, entry: TypeEntry, parent: TypeInfo) -> str | None:
        """Return the primitive type that a data type derives from, if it does."""
        stated = entry.node.entries.get("derived_from") if isinstance(entry.node, Map) else None
        if entry.kind != "data" or not isinstance(stated, Scalar):
            return parent.primitive
        name = ALIASES.get(stated.text, stated.text)
        return name if name in PRIMITIVES else parent.primitive

    def _check_data_type(self, entry: TypeEntry, definition: TypeDefinition, primitive: str | None) -> None:
        """A data type derives from another one or has a property (§ 3.6.6.3); the root alone has neither."""
        bare = len(entry.lineage) == 1 and not definition.properties and primitive is None
        if bare and not entry.reading.file.startswith("profile "):
            message = f"found data type {entry.name!r} with neither 'derived_from' nor 'properties', expected one"
            self._problems.report("missing-keyname", message, entry.node)

    def _valid_types(self, entry: TypeEntry, definition: TypeDefinition) -> tuple[str, ...]:
        """Return the types that a type restricts itself to; those of policies are node or group types."""
        kind: Kind = "capability" if entry.kind == "relationship" else "node"
        groups = entry.kind in ("policy", "group")
        found = (
            (self._namespace.resolve("group", name) if groups else None)
            or self._namespace.find(kind, name, self._problems, definition.node)
            for name in definition.valid_types
        )
        return tuple(name for name in found if name is not None)

    def _capabilities(
        self, inherited: Mapping[str, CapabilityInfo], definitions: Mapping[str, CapabilityDefinition]
    ) -> dict[str, CapabilityInfo]:
        merged = dict(inherited)
        for name, definition in definitions.items():
            base = self._capability_base(merged.get(name), definition)
            merged[name] = CapabilityInfo(
                base.type,
                base.lineage,
                self._schemas.merge(base.properties, definition.properties),
                self._schemas.merge(base.attributes, definition.attributes),
                self._bounds(definition.occurrences, (0, base.upper))[1],
            )
        return merged

    def _capability_base(self, inherited: CapabilityInfo | None, definition: CapabilityDefinition) -> CapabilityInfo:
        if definition.type is None:
            if inherited is None:
                message = "found a capability definition without 'type', expected it"
                self._problems.report("missing-keyname", message, definition.node)
            return inherited or CapabilityInfo("tosca.capabilities.Root", ("tosca.capabilities.Root",))
        full = self._namespace.find("capability", definition.type, self._problems, definition.node, "type")
        info = self._namespace.info("capability", full) if full else None
        if info is None:
            return inherited or CapabilityInfo(definition.type, (definition.type,))
        return CapabilityInfo(info.name, info.lineage, info.properties, info.attributes)

    def _requirements(
        self, inherited: Mapping[str, RequirementInfo], definition: TypeDefinition
    ) -> dict[str, RequirementInfo]:
        merged = dict(inherited)
        for name, stated in definition.requirements:
            merged[name] = self._requirement(merged.get(name, RequirementInfo()), stated)
        return merged

    def _requirement(self, base: RequirementInfo, stated: RequirementDefinition) -> RequirementInfo:
        lower, upper = self._bounds(stated.occurrences, (base.lower, base.upper))
        relationship, interfaces = base.relationship, base.interfaces
        use = stated.relationship
        if use is not None:
            relationship = self._name("relationship", use.type, use.node, "type") or relationship
            interfaces = self._interfaces.merge(interfaces, use.interfaces, in_type=True)
        return RequirementInfo(
            self._name("capability", stated.capability, stated.node, "capability") or base.capability,
            self._name("node", stated.target, stated.node, "node") or base.target,
            relationship,
            interfaces,
            lower,
            upper,
        )

    def _name(self, kind: Kind, stated: str | None, node: Node, key: str) -> str | None:
        return self._namespace.find(kind, stated, self._problems, node, key) if stated else None

    def _bounds(self, node: Node | None, base: tuple[int, int | None] | None) -> tuple[int, int | None]:
        if node is None:
            return base or (1, None)
        bounds = _range(node)
        if bounds is None:
            message = "found occurrences that are no range, expected [ least, most ] or [ least, UNBOUNDED ]"
            self._problems.report("bad-occurrences", message, node)
        return bounds or (0, None)

    def _interface_type(self, entry: TypeEntry, parent: TypeInfo) -> TypeInfo:
        """Merge an interface type into its parent as interfaces of other types are merged."""
        base = parent.interfaces.get(parent.name, InterfaceInfo(entry.name))
        definition = read_interface_type(entry.node, entry.reading)
        merged = self._interfaces.merge({"": base}, {"": definition}, in_type=True)[""]
        is_open = entry.name == ROOT
        info = InterfaceInfo(entry.name, merged.inputs, merged.operations, merged.schemas, is_open)
        return TypeInfo(
            "interface",
            entry.name,
            entry.lineage,
            TypeDefinition(entry.node),
            entry.reading.file,
            interfaces={entry.name: info},
        )


def _range(node: Node) -> tuple[int, int | None] | None:
    if isinstance(node, Scalar) and _is_count(node.text):  # the field also writes a bare number
        return (int(node.text), int(node.text))
    if not isinstance(node, List) or len(node.items) != 2:
        return None
    low, high = (item.text if isinstance(item, Scalar) else "" for item in node.items)
    if not _is_count(low) or not (_is_count(high) or high == "UNBOUNDED"):
        return None
    upper = None if high == "UNBOUNDED" else int(high)
    return (int(low), upper) if upper is None or int(low) <= upper else None


def _is_count(text: str) -> bool:
    return text.isdecimal() and len(text) < 10
