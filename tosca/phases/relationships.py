"""Requirement assignments → relationships.  TOSCA 1.1 § 3.7.2, § 3.7.4.

Place in the flow: a part of `tosca.phases.rendering`, when the types of all node templates are known.  Requirements
that nobody declared, as the field's oldest files write them, are taken for what their name and relationship say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from tosca.definitions import InterfaceInfo, TypeInfo
from tosca.entities.node_template import NodeTemplateDefinition, RelationshipTemplateDefinition
from tosca.entities.requirement import RelationshipUse
from tosca.model import HOSTED_ON, Interface, Relationship, Value
from tosca.phases.paths import known
from tosca.phases.places import attribute_value, section
from tosca.phases.targets import Stated, Targets
from tosca.phases.tools import Tools

DEPENDS_ON = "tosca.relationships.DependsOn"


@dataclass(frozen=True, slots=True)
class _Parts:
    """What a relationship is made of: its type, what the assignment and a relationship template say of it."""

    type: TypeInfo
    use: RelationshipUse | None
    template: RelationshipTemplateDefinition | None

    @property
    def layers(self) -> list[RelationshipUse | RelationshipTemplateDefinition]:
        return [layer for layer in (self.template, self.use) if layer is not None]


class Relationships:
    """Renders the relationships of node templates."""

    def __init__(
        self,
        tools: Tools,
        targets: Targets,
        templates: Mapping[str, RelationshipTemplateDefinition],
        left_open: Collection[tuple[str, str]] = (),
    ) -> None:
        self._tools = tools
        self._left_open = left_open  # requirements that the node has which this topology stands for
        self._namespace = tools.namespace
        self._problems = tools.problems
        self._targets = targets
        self._templates = templates
        self._attributes: dict[str, Mapping[str, Value]] = {}
        self._interfaces: dict[str, Mapping[str, Interface]] = {}

    def of(self, name: str, definition: NodeTemplateDefinition, info: TypeInfo) -> tuple[Relationship, ...]:
        """Return the relationships that a node template's requirements make, in their order."""
        found: list[Relationship] = []
        counts: Counter[str] = Counter()
        for requirement, assignment in definition.requirements:
            stated = Stated(name, requirement, assignment, info.requirements.get(requirement))
            relationship = self._relationship(stated, counts[requirement])
            counts[requirement] += 1
            if relationship is not None:
                found.append(relationship)
        self._check_counts(name, definition, info, counts)
        return tuple(found)

    def check_unused(self, used: Collection[str]) -> None:
        """Check the values of relationship templates: of those that relationships use, only what these do not read."""
        for name, template in self._templates.items():
            full = self._namespace.resolve("relationship", template.type)
            info = self._namespace.info("relationship", full) if full else None
            if info is None:
                continue
            if name not in used:
                owner = section(template.node, "properties")
                self._tools.values.properties(owner, template.properties, info.properties, info.name)
            for key, node in template.attributes.items():
                declared = known(info, attributes=True)
                if key in declared:
                    self._tools.values.read(attribute_value(node), declared[key].schema)
                else:
                    owner = section(template.node, "attributes")
                    self._tools.values.unknown("unknown-attribute", owner, key, declared, info.name)

    def _check_counts(
        self, name: str, definition: NodeTemplateDefinition, info: TypeInfo, counts: Counter[str]
    ) -> None:
        for requirement, declared in info.requirements.items():
            count = counts[requirement]
            if declared.upper is not None and count > declared.upper:
                message = f"found {count} assignments of requirement {requirement!r}, expected at most {declared.upper}"
                self._problems.report("too-many-requirements", message, definition.node, "requirements")
            elif count == 0 < declared.lower and requirement == "host" and (name, requirement) not in self._left_open:
                message = f"found no assignment of requirement {requirement!r}, expected {declared.lower}"
                self._problems.report("unassigned-host", message, definition.node)

    def _relationship(self, stated: Stated, number: int) -> Relationship | None:
        target = self._targets.target(stated)
        parts = self._parts(stated) if target is not None else None
        if target is None or parts is None:
            return None
        if stated.declared is None:
            self._warn_undeclared(stated, parts.type)
        losses = self._problems.losses
        capability = self._targets.capability(stated, target, parts.type)
        if self._problems.losses > losses:  # no function shall be told that it leads nowhere over what does not fit
            return None
        name = f"{stated.source}.{stated.requirement}"
        return Relationship(
            name=f"{name}.{number}" if number else name,
            requirement=stated.requirement,
            source=stated.source,
            target=target,
            type=parts.type.name,
            lineage=parts.type.lineage,
            capability=capability,
            template=parts.use.type if parts.use is not None and parts.template is not None else None,
            properties=self._properties(parts, stated),
            attributes=self._attributes_of(parts),
            interfaces=self._interfaces_of(parts, stated),
            secrets=self._tools.secrets.of_type(parts.type),
        )

    def _parts(self, stated: Stated) -> _Parts | None:
        use = stated.assignment.relationship
        template = self._templates.get(use.type) if use is not None and use.type else None
        name = self._type_name(stated, use, template)
        info = self._namespace.info("relationship", name) if name else None
        if ("relationship", name) in self._namespace.doubtful:
            self._problems.doubt(stated.assignment.node)
        if info is not None and self._namespace.orphans:
            self._namespace.warn_of_orphan(info, self._problems)
        return _Parts(info, use, template) if info else None

    def _type_name(
        self, stated: Stated, use: RelationshipUse | None, template: RelationshipTemplateDefinition | None
    ) -> str | None:
        """Return the relationship type: the assignment's, else the definition's, else what the name says."""
        if template is not None:
            return self._namespace.resolve("relationship", template.type)
        if use is not None and use.type:
            return self._namespace.resolve("relationship", use.type) or self._report_unknown(use)
        if stated.declared is not None and stated.declared.relationship:
            return stated.declared.relationship
        return HOSTED_ON if stated.requirement == "host" else DEPENDS_ON

    def _report_unknown(self, use: RelationshipUse) -> str | None:
        known = [*self._templates, *self._namespace.entries["relationship"]]
        message = f"found relationship {use.type!r}, expected a relationship type or template"
        self._problems.report("unknown-relationship", message + self._problems.near(str(use.type), known), use.node)
        return None

    def _warn_undeclared(self, stated: Stated, info: TypeInfo) -> None:
        message = f"found requirement {stated.requirement!r}, which the type does not declare; taken for a {info.name}"
        self._problems.report("undeclared-requirement", message, stated.assignment.node)

    def _properties(self, parts: _Parts, stated: Stated) -> Mapping[str, Value]:
        nodes = {name: node for layer in parts.layers for name, node in layer.properties.items()}
        if not nodes and not parts.type.properties:
            return {}
        owner = parts.layers[-1].node if parts.layers else stated.assignment.node
        return self._tools.values.properties(owner, nodes, parts.type.properties, parts.type.name)

    def _attributes_of(self, parts: _Parts) -> Mapping[str, Value]:
        info = parts.type
        if info.name not in self._attributes:
            read = self._tools.values.read
            self._attributes[info.name] = {
                name: read(attribute.default, attribute.schema)
                for name, attribute in info.attributes.items()
                if attribute.default is not None
            }
        return self._attributes[info.name]

    def _interfaces_of(self, parts: _Parts, stated: Stated) -> Mapping[str, Interface]:
        declared = stated.declared.interfaces if stated.declared is not None else {}
        layers = [layer.interfaces for layer in parts.layers if layer.interfaces]
        info = parts.type
        if layers or declared:
            infos: Mapping[str, InterfaceInfo] = {**info.interfaces, **declared}
            for layer in layers:
                infos = self._tools.interfaces.merge(infos, layer, in_type=False)
            return self._tools.operations.interfaces(infos, {})
        if info.name not in self._interfaces:
            self._interfaces[info.name] = self._tools.operations.interfaces(info.interfaces, {})
        return self._interfaces[info.name]
