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
from tosca.entities.occurrences import bounds_of
from tosca.entities.requirement import RequirementDefinition
from tosca.entities.types import TypeDefinition
from tosca.nodes import Map, Node, Scalar
from tosca.phases.artifacts import over
from tosca.phases.interfaces import ROOT, Interfaces
from tosca.phases.namespaces import KINDS, Namespace, TypeEntry
from tosca.phases.outputs import check_outputs
from tosca.phases.properties import Schemas
from tosca.phases.refinement import Refinements
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
        self._refinements = Refinements(namespace, problems)

    def info(self, entry: TypeEntry) -> TypeInfo:
        parent = self._parent(entry)
        if entry.kind == "interface":
            return self._interface_type(entry, parent)
        definition = _FIELDS[entry.kind].build(TypeDefinition, entry.node, entry.reading)
        primitive = self._primitive(entry, parent)
        if entry.kind == "data":
            self._check_data_type(entry, definition, primitive)
        properties = self._schemas.merge(parent.properties, definition.properties)
        attributes = self._schemas.merge(parent.attributes, definition.attributes)
        for artifact in definition.artifacts.values():
            self._name("artifact", artifact.type, artifact.node, "type")
        self._refinements.properties(parent.properties, definition.properties, properties)
        self._refinements.properties(parent.attributes, definition.attributes, attributes)
        info = TypeInfo(
            entry.kind,
            entry.name,
            entry.lineage,
            definition,
            entry.reading.file,
            properties=properties,
            attributes=attributes,
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
        check_outputs(definition.interfaces, info, self._problems)
        return info

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
        elif primitive is not None and definition.properties:
            message = f"found properties in a data type that is a {primitive}, expected constraints only"
            self._problems.report("bad-refinement", message, entry.node, "properties")

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
            self._refinements.capability(name, merged.get(name), base, definition)
            merged[name] = self._capability(base, definition)
        return merged

    def _capability(self, base: CapabilityInfo, definition: CapabilityDefinition) -> CapabilityInfo:
        properties = self._schemas.merge(base.properties, definition.properties)
        self._refinements.properties(base.properties, definition.properties, properties)
        return CapabilityInfo(
            base.type,
            base.lineage,
            properties,
            self._schemas.merge(base.attributes, definition.attributes),
            self._bounds(definition.occurrences, (0, base.upper))[1],
            self._names("node", definition.valid_source_types, definition.node) or base.sources,
        )

    def _names(self, kind: Kind, stated: tuple[str, ...], node: Node) -> tuple[str, ...]:
        found = (self._namespace.find(kind, name, self._problems, node, "valid_source_types") for name in stated)
        return tuple(name for name in found if name is not None)

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
        return CapabilityInfo(info.name, info.lineage, info.properties, info.attributes, sources=info.valid_types)

    def _requirements(
        self, inherited: Mapping[str, RequirementInfo], definition: TypeDefinition
    ) -> dict[str, RequirementInfo]:
        merged = dict(inherited)
        self._refinements.names((name for name, _ in definition.requirements), definition.node)
        for name, stated in definition.requirements:
            base = inherited.get(name, RequirementInfo())
            merged[name] = self._requirement(base, stated)
            self._refinements.requirement(name, base, merged[name], stated)
            if merged[name].capability is None and stated.capability is None:
                message = f"found a definition of requirement {name!r} without 'capability', expected it"
                self._problems.report("missing-keyname", message, stated.node)
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
        return bounds_of(node, self._problems) or (0, None)

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
