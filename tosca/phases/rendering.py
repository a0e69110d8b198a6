"""Phase 5: types and templates → node templates with everything that their types give them.  TOSCA 1.1 § 3.7.

Each template is read once.  What depends on its type alone (defaults, interfaces, capabilities that it does not touch)
is made once per type and shared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tosca.definitions import CapabilityInfo, Kind, TypeInfo
from tosca.entities.artifact import ArtifactDefinition
from tosca.entities.base import Reading
from tosca.entities.capability import CapabilityAssignment
from tosca.entities.node_template import (
    NodeTemplateDefinition,
    RelationshipTemplateDefinition,
    read_node_template,
    read_relationship_template,
)
from tosca.entities.service_template import TopologyDefinition
from tosca.model import Capability, Interface, NodeTemplate, Value
from tosca.phases.copies import copied
from tosca.phases.files import Files
from tosca.phases.interfaces import Interfaces
from tosca.phases.namespaces import Namespace
from tosca.phases.operations import Operations
from tosca.phases.properties import Schemas
from tosca.phases.relationships import Relationships, Rendering
from tosca.phases.targets import Targets
from tosca.problems import Problems
from tosca.values.functions import RESERVED
from tosca.values.reading import Scope, Values
from tosca.yaml import Map, Node

SCALABLE = "tosca.capabilities.Scalable"


@dataclass(frozen=True, slots=True)
class _OfType:
    """What all templates of a type share until they say otherwise."""

    info: TypeInfo
    properties: Mapping[str, Value]
    attributes: Mapping[str, Value]
    required: tuple[str, ...]
    capabilities: Mapping[str, Capability]
    interfaces: Mapping[str, Interface]


def render(
    topology: TopologyDefinition, namespace: Namespace, files: Files, reading: Reading
) -> dict[str, NodeTemplate]:
    """Render the node templates of a topology."""
    renderer = Renderer(topology, namespace, files, reading)
    return renderer.node_templates()


class Renderer:
    """Renders node templates."""

    def __init__(self, topology: TopologyDefinition, namespace: Namespace, files: Files, reading: Reading) -> None:
        self._namespace = namespace
        self._reading = reading
        self._problems: Problems = reading.problems
        self._nodes = copied(topology.node_templates, self._problems)
        self._relationship_nodes = copied(topology.relationship_templates, self._problems)
        scope = Scope(topology.inputs, {**self._relationship_nodes, **self._nodes})
        self.values = Values(namespace.infos["data"], scope, self._problems)
        self._interfaces = Interfaces(namespace, Schemas(namespace, self._problems), self._problems)
        self._operations = Operations(namespace, self.values, files, self._problems)
        self._shared: dict[str, _OfType] = {}
        self._check_names(topology)

    def node_templates(self) -> dict[str, NodeTemplate]:
        definitions = {name: read_node_template(node, self._reading) for name, node in self._nodes.items()}
        infos = self._types(definitions)
        relationships = self._relationships(definitions, infos)
        return {
            name: self._node_template(name, definition, self._of_type(infos[name]), relationships)
            for name, definition in definitions.items()
            if name in infos
        }

    def _check_names(self, topology: TopologyDefinition) -> None:
        for nodes in (topology.node_templates, topology.relationship_templates):
            for name in RESERVED.intersection(nodes):
                message = f"found a template named {name!r}, expected any other name: functions reserve it"
                self._problems.report("reserved-name", message, nodes[name])

    def _types(self, definitions: Mapping[str, NodeTemplateDefinition]) -> dict[str, TypeInfo]:
        infos: dict[str, TypeInfo] = {}
        for name, definition in definitions.items():
            info = self._type("node", definition)
            if info is not None:
                infos[name] = info
        return infos

    def _type(self, kind: Kind, definition: NodeTemplateDefinition | RelationshipTemplateDefinition) -> TypeInfo | None:
        if not definition.type:
            return None
        full = self._namespace.find(kind, definition.type, self._problems, definition.node, "type")
        return self._namespace.info(kind, full) if full else None

    def _relationships(
        self, definitions: Mapping[str, NodeTemplateDefinition], infos: Mapping[str, TypeInfo]
    ) -> Relationships:
        templates = {
            name: read_relationship_template(node, self._reading) for name, node in self._relationship_nodes.items()
        }
        for template in templates.values():
            self._type("relationship", template)
        lineage = self._lineage(SCALABLE)
        extra = {
            name: {"scalable": lineage}
            for name, definition in definitions.items()
            if "scalable" in definition.capabilities
        }
        targets = Targets(self._namespace, infos, extra, self._problems)
        tools = Rendering(self._namespace, self.values, self._interfaces, self._operations, self._problems)
        return Relationships(tools, targets, templates)

    def _lineage(self, name: str) -> tuple[str, ...]:
        info = self._namespace.info("capability", name)
        return info.lineage if info else (name,)

    def _of_type(self, info: TypeInfo) -> _OfType:
        shared = self._shared.get(info.name)
        if shared is None:
            shared = self._shared[info.name] = self._share(info)
        return shared

    def _share(self, info: TypeInfo) -> _OfType:
        read = self.values.read
        defaults = {name: read(p.default, p.schema) for name, p in info.properties.items() if p.default is not None}
        attributes = {name: read(a.default, a.schema) for name, a in info.attributes.items() if a.default is not None}
        required = tuple(name for name, p in info.properties.items() if p.required and p.default is None)
        capabilities = {
            name: Capability(
                name,
                capability.type,
                capability.lineage,
                {key: read(p.default, p.schema) for key, p in capability.properties.items() if p.default is not None},
                {key: read(a.default, a.schema) for key, a in capability.attributes.items() if a.default is not None},
            )
            for name, capability in info.capabilities.items()
        }
        interfaces = self._operations.interfaces(info.interfaces, info.artifacts)
        return _OfType(info, defaults, attributes, required, capabilities, interfaces)

    def _node_template(
        self, name: str, definition: NodeTemplateDefinition, shared: _OfType, relationships: Relationships
    ) -> NodeTemplate:
        info = shared.info
        artifacts: Mapping[str, ArtifactDefinition] = info.artifacts
        if definition.artifacts:
            artifacts = {**artifacts, **definition.artifacts}
        return NodeTemplate(
            name=name,
            type=info.name,
            lineage=info.lineage,
            description=definition.description,
            metadata=definition.metadata,
            directives=definition.directives,
            properties=self._properties(definition, shared),
            attributes=self._attributes(definition, shared),
            capabilities=self._capabilities(definition, shared),
            relationships=relationships.of(name, definition, info),
            interfaces=self._interfaces_of(definition, shared, artifacts),
            artifacts=self._operations.artifacts(artifacts) if artifacts else {},
        )

    def _properties(self, definition: NodeTemplateDefinition, shared: _OfType) -> Mapping[str, Value]:
        nodes = definition.properties
        values = dict(shared.properties)
        declared = shared.info.properties
        for name, node in nodes.items():
            prop = declared.get(name)
            if prop is None:
                owner = _section(definition.node, "properties")
                self.values.unknown("unknown-property", owner, name, declared, shared.info.name)
            else:
                values[name] = self.values.read(node, prop.schema)
        for name in shared.required:
            if name not in nodes and not definition.directives:
                self.values.missing(definition.node, name, shared.info.name)
        return values

    def _attributes(self, definition: NodeTemplateDefinition, shared: _OfType) -> Mapping[str, Value]:
        if not definition.attributes:
            return shared.attributes
        values = dict(shared.attributes)
        for name, node in definition.attributes.items():
            declared = shared.info.attributes.get(name) or shared.info.properties.get(name)
            if declared is None:
                owner = _section(definition.node, "attributes")
                self.values.unknown("unknown-attribute", owner, name, shared.info.attributes, shared.info.name)
            else:
                values[name] = self.values.read(_attribute_value(node), declared.schema)
        return values

    def _capabilities(self, definition: NodeTemplateDefinition, shared: _OfType) -> Mapping[str, Capability]:
        if not definition.capabilities:
            return shared.capabilities
        capabilities = dict(shared.capabilities)
        for name, assignment in definition.capabilities.items():
            declared = shared.info.capabilities.get(name) or self._undeclared(name, assignment, definition, shared.info)
            if declared is not None:
                capabilities[name] = self._capability(name, declared, assignment)
        return capabilities

    def _undeclared(
        self, name: str, assignment: CapabilityAssignment, definition: NodeTemplateDefinition, info: TypeInfo
    ) -> CapabilityInfo | None:
        scalable = self._namespace.info("capability", SCALABLE)
        if name == "scalable" and scalable is not None:
            message = f"found capability {name!r}, which {info.name} does not declare; taken for a {SCALABLE}"
            self._problems.report("undeclared-capability", message, assignment.node)
            return CapabilityInfo(SCALABLE, scalable.lineage, scalable.properties, scalable.attributes)
        owner = _section(definition.node, "capabilities")
        self.values.unknown("unknown-capability", owner, name, info.capabilities, info.name)
        return None

    def _capability(self, name: str, info: CapabilityInfo, assignment: CapabilityAssignment) -> Capability:
        owner = _section(assignment.node, "properties")
        properties = self.values.properties(owner, assignment.properties, info.properties, info.type)
        attributes = {
            key: self.values.read(_attribute_value(node), info.attributes[key].schema)
            for key, node in assignment.attributes.items()
            if key in info.attributes
        }
        capability = Capability(name, info.type, info.lineage, properties, attributes)
        if SCALABLE in info.lineage:
            return self._scaled(capability, assignment, owner)
        return capability

    def _scaled(self, capability: Capability, assignment: CapabilityAssignment, owner: Node) -> Capability:
        """Check that the counts agree; a bound that nobody wrote gives way to the default number of instances."""
        counts = dict(capability.properties)
        default = counts.get("default_instances")
        low, high = counts.get("min_instances"), counts.get("max_instances")
        if not (isinstance(low, int) and isinstance(high, int)):
            return capability
        if isinstance(default, int):
            low = low if "min_instances" in assignment.properties else min(low, default)
            high = high if "max_instances" in assignment.properties else max(high, default)
        number = default if isinstance(default, int) else low
        if low < 0 or not low <= number <= high:
            message = f"found default_instances {default} with min_instances {low} and max_instances {high}"
            self._problems.report("scalable-range", f"{message}, expected 0 <= min <= default <= max", owner)
        counts |= {"min_instances": low, "max_instances": high}
        return replace(capability, properties=counts)

    def _interfaces_of(
        self, definition: NodeTemplateDefinition, shared: _OfType, artifacts: Mapping[str, ArtifactDefinition]
    ) -> Mapping[str, Interface]:
        own = definition.interfaces
        if not own and not definition.artifacts:
            return shared.interfaces
        infos = self._interfaces.merge(shared.info.interfaces, own, in_type=False)
        inherited = shared.info.interfaces
        return {
            name: shared.interfaces[name]
            if info is inherited.get(name) and not definition.artifacts
            else self._operations.interface(name, info, artifacts)
            for name, info in infos.items()
        }


def _section(node: Node, keyname: str) -> Node:
    return node.entries.get(keyname, node) if isinstance(node, Map) else node


def _attribute_value(node: Node) -> Node:
    """An attribute may be assigned with a description (§ 3.5.11)."""
    if isinstance(node, Map) and "value" in node.entries and set(node.entries) <= {"value", "description"}:
        return node.entries["value"]
    return node
