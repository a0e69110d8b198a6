"""Requirement assignments → relationships.  TOSCA 1.1 § 3.7.2, § 3.6.3.

Place in the flow: a part of `tosca.phases.rendering`, when the types of all node templates are known.  Requirements
that nobody declared, as the field's oldest files write them, are taken for what their name and relationship say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from tosca.definitions import InterfaceInfo, RequirementInfo, TypeInfo
from tosca.entities.node_template import NodeTemplateDefinition, RelationshipTemplateDefinition
from tosca.entities.requirement import RelationshipUse, RequirementAssignment
from tosca.model import HOSTED_ON, Interface, Relationship, Value
from tosca.phases.interfaces import Interfaces
from tosca.phases.namespaces import Namespace
from tosca.phases.operations import Operations
from tosca.problems import Problems, did_you_mean
from tosca.values.reading import Values
from tosca.yaml import Node

DEPENDS_ON = "tosca.relationships.DependsOn"
NODE_CAPABILITY = "tosca.capabilities.Node"


@dataclass(frozen=True, slots=True)
class Topology:
    """What a relationship may refer to."""

    types: Mapping[str, TypeInfo]  # of the node templates
    capabilities: Mapping[str, Mapping[str, tuple[str, ...]]]  # lineages that templates have beyond their types
    relationship_templates: Mapping[str, RelationshipTemplateDefinition]


class Targets:
    """Renders the relationships of node templates."""

    def __init__(
        self,
        namespace: Namespace,
        topology: Topology,
        values: Values,
        interfaces: Interfaces,
        operations: Operations,
        problems: Problems,
    ) -> None:
        self._namespace = namespace
        self._topology = topology
        self._values = values
        self._interfaces = interfaces
        self._operations = operations
        self._problems = problems
        self._plain: dict[str, Mapping[str, Interface]] = {}

    def relationships(self, name: str, definition: NodeTemplateDefinition, info: TypeInfo) -> tuple[Relationship, ...]:
        found: list[Relationship] = []
        counts: Counter[str] = Counter()
        for requirement, assignment in definition.requirements:
            declared = info.requirements.get(requirement)
            counts[requirement] += 1
            number = counts[requirement] - 1
            label = f"{name}.{requirement}.{number}" if number else f"{name}.{requirement}"
            relationship = self._relationship(label, name, requirement, assignment, declared)
            if relationship is not None:
                found.append(relationship)
        self._check_counts(definition, info, counts)
        return tuple(found)

    def _check_counts(self, definition: NodeTemplateDefinition, info: TypeInfo, counts: Counter[str]) -> None:
        for requirement, declared in info.requirements.items():
            count = counts[requirement]
            if declared.upper is not None and count > declared.upper:
                message = f"found {count} assignments of requirement {requirement!r}, expected at most {declared.upper}"
                self._problems.report("too-many-requirements", message, definition.node, "requirements")
            elif count == 0 and declared.lower > 0 and requirement == "host":
                message = f"found no assignment of requirement {requirement!r}, expected {declared.lower}"
                self._problems.report("unassigned-host", message, definition.node)

    def _relationship(
        self,
        label: str,
        source: str,
        requirement: str,
        assignment: RequirementAssignment,
        declared: RequirementInfo | None,
    ) -> Relationship | None:
        target = self._target(requirement, assignment)
        if target is None:
            return None
        use = assignment.relationship
        template = self._template(use)
        kind = self._type(requirement, use, template, declared)
        if kind is None:
            return None
        if declared is None:
            self._warn_undeclared(requirement, assignment, kind)
        capability = self._capability(requirement, assignment, declared, target, kind)
        template_name = use.type if use is not None and template is not None else None
        base = Relationship(label, requirement, source, target, kind.name, kind.lineage, capability, template_name)
        return self._assigned(base, kind, use, template, declared)

    def _target(self, requirement: str, assignment: RequirementAssignment) -> str | None:
        stated = assignment.target
        if stated in self._topology.types:
            return stated
        if stated is not None and self._namespace.resolve("node", stated) is None:
            known = self._topology.types
            message = f"found target {stated!r} of requirement {requirement!r}, expected a node template"
            self._problems.report("unknown-target", message + did_you_mean(stated, known), assignment.node)
            return None
        message = f"found requirement {requirement!r} without a node template, expected one; it is left out"
        self._problems.report("dangling-requirement", message, assignment.node)
        return None

    def _template(self, use: RelationshipUse | None) -> RelationshipTemplateDefinition | None:
        return self._topology.relationship_templates.get(use.type) if use is not None and use.type else None

    def _type(
        self,
        requirement: str,
        use: RelationshipUse | None,
        template: RelationshipTemplateDefinition | None,
        declared: RequirementInfo | None,
    ) -> TypeInfo | None:
        """Return the relationship type: the assignment's, else the definition's, else what the name says."""
        find = self._namespace
        if template is not None:
            name = find.resolve("relationship", template.type)
        elif use is not None and use.type:
            name = find.resolve("relationship", use.type)
            if name is None:
                self._report_relationship(use)
        elif declared is not None and declared.relationship:
            name = declared.relationship
        else:
            name = HOSTED_ON if requirement == "host" else DEPENDS_ON
        return find.info("relationship", name) if name else None

    def _report_relationship(self, use: RelationshipUse) -> None:
        known = [*self._topology.relationship_templates, *self._namespace.entries["relationship"]]
        message = f"found relationship {use.type!r}, expected a relationship type or template"
        self._problems.report("unknown-relationship", message + did_you_mean(str(use.type), known), use.node)

    def _warn_undeclared(self, requirement: str, assignment: RequirementAssignment, kind: TypeInfo) -> None:
        message = f"found requirement {requirement!r}, which the type does not declare; taken for a {kind.name}"
        self._problems.report("undeclared-requirement", message, assignment.node)

    def _capability(
        self,
        requirement: str,
        assignment: RequirementAssignment,
        declared: RequirementInfo | None,
        target: str,
        kind: TypeInfo,
    ) -> str | None:
        info = self._topology.types[target]
        if declared is not None and declared.target and declared.target not in info.lineage:
            message = f"found target {target!r} of type {info.name}, expected a {declared.target}"
            self._problems.report("target-does-not-fit", f"{message} for requirement {requirement!r}", assignment.node)
            return None
        lineages = self._lineages(target, info)
        if assignment.capability is not None:
            return self._named_capability(assignment.capability, lineages, target, assignment.node)
        if declared is not None and declared.capability:
            return self._declared_capability(declared.capability, lineages, target, requirement, assignment.node, kind)
        if requirement == "host" and "host" in lineages:
            return "host"
        return _fitting(lineages, kind.valid_types)

    def _lineages(self, target: str, info: TypeInfo) -> dict[str, tuple[str, ...]]:
        declared = {name: capability.lineage for name, capability in info.capabilities.items()}
        return declared | dict(self._topology.capabilities.get(target, {}))

    def _named_capability(
        self, stated: str, lineages: Mapping[str, tuple[str, ...]], target: str, node: Node
    ) -> str | None:
        if stated in lineages:
            return stated
        full = self._namespace.resolve("capability", stated)
        found = _fitting(lineages, (full,)) if full else None
        if found is None:
            expected = f"expected one of {', '.join(lineages)}{did_you_mean(stated, lineages)}"
            message = f"found capability {stated!r}, which {target!r} does not have, {expected}"
            self._problems.report("capability-does-not-fit", message, node)
        return found

    def _declared_capability(
        self,
        wanted: str,
        lineages: Mapping[str, tuple[str, ...]],
        target: str,
        requirement: str,
        node: Node,
        kind: TypeInfo,
    ) -> str | None:
        found = requirement if wanted in lineages.get(requirement, ()) else _fitting(lineages, (wanted,))
        if found is None:
            message = f"found target {target!r} without a capability of type {wanted}, expected one"
            self._problems.report("capability-does-not-fit", f"{message} for requirement {requirement!r}", node)
        elif kind.valid_types and not any(valid in lineages[found] for valid in kind.valid_types):
            message = f"found a {kind.name} to capability {found!r} of {target!r}, a {lineages[found][0]}"
            self._problems.report("unusual-target", f"{message}, expected a {' or '.join(kind.valid_types)}", node)
        return found

    def _assigned(
        self,
        base: Relationship,
        kind: TypeInfo,
        use: RelationshipUse | None,
        template: RelationshipTemplateDefinition | None,
        declared: RequirementInfo | None,
    ) -> Relationship:
        properties: dict[str, Value] = {}
        if kind.properties or (use and use.properties) or (template and template.properties):
            nodes = {**(template.properties if template else {}), **(use.properties if use else {})}
            owner = use.node if use else template.node if template else kind.definition.node
            properties = self._values.properties(owner, nodes, kind.properties, kind.name)
        return Relationship(
            base.name,
            base.requirement,
            base.source,
            base.target,
            base.type,
            base.lineage,
            base.capability,
            base.template,
            properties,
            self._attributes(kind),
            self._interfaces_of(kind, use, template, declared),
        )

    def _attributes(self, kind: TypeInfo) -> dict[str, Value]:
        return {
            name: self._values.read(attribute.default, attribute.schema)
            for name, attribute in kind.attributes.items()
            if attribute.default is not None
        }

    def _interfaces_of(
        self,
        kind: TypeInfo,
        use: RelationshipUse | None,
        template: RelationshipTemplateDefinition | None,
        declared: RequirementInfo | None,
    ) -> Mapping[str, Interface]:
        infos: Mapping[str, InterfaceInfo] = kind.interfaces
        layers = [layer.interfaces for layer in (template, use) if layer is not None and layer.interfaces]
        if not layers and not (declared and declared.interfaces):
            if kind.name not in self._plain:
                self._plain[kind.name] = self._operations.interfaces(infos, {})
            return self._plain[kind.name]
        if declared and declared.interfaces:
            infos = {**infos, **declared.interfaces}
        for layer in layers:
            infos = self._interfaces.merge(infos, layer, in_type=False)
        return self._operations.interfaces(infos, {})


def _fitting(lineages: Mapping[str, tuple[str, ...]], wanted: tuple[str, ...]) -> str | None:
    found = (name for name, lineage in lineages.items() if any(kind in lineage for kind in wanted))
    return next(found, None)
