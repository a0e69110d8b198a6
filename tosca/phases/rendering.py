"""Phase 5: types and templates → node templates with everything that their types give them.  TOSCA 1.1 § 3.7.

Each template is read once.  What depends on its type alone (defaults, interfaces, capabilities that it does not touch)
is made once per type and shared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from tosca.definitions import Kind, TypeInfo
from tosca.entities.artifact import ArtifactDefinition
from tosca.entities.base import Reading
from tosca.entities.node_template import (
    NodeTemplateDefinition,
    RelationshipTemplateDefinition,
    read_node_template,
    read_relationship_template,
)
from tosca.entities.service_template import TopologyDefinition
from tosca.imperative_model import Workflow
from tosca.model import NODE_ROOT, Group, Interface, NodeTemplate, Parameter, Policy, Substitution, Value
from tosca.nodes import is_null
from tosca.phases.artifacts import over
from tosca.phases.capabilities import Capabilities
from tosca.phases.copies import copied
from tosca.phases.files import Files
from tosca.phases.filters import Filters
from tosca.phases.groups import Groups
from tosca.phases.interfaces import Interfaces
from tosca.phases.namespaces import Namespace
from tosca.phases.operations import Operations
from tosca.phases.outputs import check_outputs
from tosca.phases.parameters import Parameters
from tosca.phases.places import attribute_value, section
from tosca.phases.policies import Policies
from tosca.phases.properties import Schemas
from tosca.phases.references import References
from tosca.phases.relationships import Relationships
from tosca.phases.secrets import Secrets
from tosca.phases.shared import OfType, Shared
from tosca.phases.substitution import Substitutions, left_open
from tosca.phases.targets import Targets
from tosca.phases.tools import Nodes, Tools
from tosca.phases.workflows import Workflows
from tosca.problems import Problems
from tosca.values.functions import RESERVED
from tosca.values.names import Scope
from tosca.values.reading import Values

DIRECTIVES = ("select", "substitute", "selectable", "substitutable")


@dataclass(frozen=True, slots=True)
class Rendered:
    """The parts of a topology, and what the phases to come need to know of how they were made."""

    topology: TopologyDefinition
    tools: Tools
    definitions: Mapping[str, NodeTemplateDefinition]
    types: Mapping[str, TypeInfo]  # of the node templates whose type is known without a doubt
    node_templates: Mapping[str, NodeTemplate]
    groups: Mapping[str, Group]
    policies: Mapping[str, Policy]
    workflows: Mapping[str, Workflow]
    substitution: Substitution | None
    inputs: Mapping[str, Parameter]
    outputs: Mapping[str, Parameter]


def render(topology: TopologyDefinition, namespace: Namespace, files: Files, reading: Reading) -> Rendered:
    """Render a topology: first its nodes, then what names them."""
    renderer = Renderer(topology, namespace, files, reading)
    templates, types = renderer.node_templates()
    tools, nodes = renderer.tools, Nodes(templates, types)
    parameters = Parameters(tools.schemas, tools.values, tools.secrets)
    groups = Groups(tools, nodes).render(topology.groups)
    workflows = Workflows(tools, nodes, groups, parameters).render(topology.workflows)
    policies = Policies(tools, nodes, groups, workflows).render(topology.policies)
    substitution = Substitutions(tools, nodes, topology, reading.version).render()
    inputs, outputs = parameters.inputs(topology.inputs), parameters.outputs(topology.outputs)
    typed = {name: tools.schemas.of_definition(definition) for name, definition in topology.inputs.items()}
    References(tools, nodes, inputs, typed).check(outputs)
    return Rendered(
        topology=topology,
        tools=tools,
        definitions=renderer.definitions,
        types=types,
        node_templates=templates,
        groups=groups,
        policies=policies,
        workflows=workflows,
        substitution=substitution,
        inputs=inputs,
        outputs=outputs,
    )


def check_sources(
    templates: Mapping[str, NodeTemplate],
    infos: Mapping[str, TypeInfo],
    definitions: Mapping[str, NodeTemplateDefinition],
    problems: Problems,
) -> None:
    """Count what leads to the capabilities that do not take any number of relationships."""
    limits = {
        (name, key): capability.upper
        for name, info in infos.items()
        for key, capability in info.capabilities.items()
        if capability.upper is not None
    }
    if not limits:
        return
    ways = (way for template in templates.values() for way in template.relationships)
    for (name, key), count in Counter((way.target, way.capability or "") for way in ways).items():
        limit = limits.get((name, key))
        if limit is not None and count > limit:
            message = f"found {count} relationships to capability {key!r}, expected at most {limit}"
            problems.report("too-many-sources", message, definitions[name].node)


class Renderer:
    """Renders node templates."""

    def __init__(self, topology: TopologyDefinition, namespace: Namespace, files: Files, reading: Reading) -> None:
        self._namespace = namespace
        self._reading = reading
        self._problems: Problems = reading.problems
        self._nodes = copied(topology.node_templates, self._problems)
        self._relationship_nodes = copied(topology.relationship_templates, self._problems)
        self.definitions = {name: read_node_template(node, reading) for name, node in self._nodes.items()}
        self._values = Values(namespace.infos["data"], self._scope(topology), self._problems)
        schemas = Schemas(namespace, self._problems)
        self._interfaces = Interfaces(namespace, schemas, self._problems)
        self._operations = Operations(namespace, self._values, files, self._problems)
        secrets = Secrets(namespace.infos["data"])
        self._shared = Shared(self._values, self._operations, secrets)
        self._capabilities = Capabilities(namespace, self._values, self._problems)
        self.tools = Tools(
            namespace, schemas, self._values, self._interfaces, self._operations, secrets, self._problems
        )
        self._left_open = left_open(topology.substitution)
        self._check_names(topology)

    def _scope(self, topology: TopologyDefinition) -> Scope:
        named = {**self._relationship_nodes, **self._nodes, **topology.groups, **dict(topology.policies)}
        return Scope(topology.inputs, named, self._namespace.entries["policy"])

    def node_templates(self) -> tuple[dict[str, NodeTemplate], dict[str, TypeInfo]]:
        """Return the node templates, and the types of those whose types are known without a doubt."""
        definitions = self.definitions
        infos = self._types(definitions)
        relationships = self._relationships(definitions, infos)
        templates: dict[str, NodeTemplate] = {}
        for name, definition in definitions.items():
            with self._problems.told_at(definition.node):  # of what it is given by types of no file of the document
                shared = self._shared.of(infos.get(name) or self._doubted(definition))
                templates[name] = self._node_template(name, definition, shared, relationships)
        check_sources(templates, infos, definitions, self._problems)
        if self._relationship_nodes:
            made = (way for template in templates.values() for way in template.relationships)
            relationships.check_unused({way.template for way in made if way.template is not None})
        self._check_filters(definitions, infos)
        return templates, infos

    def _check_filters(self, definitions: Mapping[str, NodeTemplateDefinition], infos: Mapping[str, TypeInfo]) -> None:
        """A filter on a node template names what its type has, and a directive is one of the standard (1.3 § 3.4.3)."""
        filters = Filters(self.tools.schemas, self._values, self._problems)
        for name, definition in definitions.items():
            if definition.node_filter is not None and not definition.directives:
                message = "found a node_filter of a node template without directive 'select'; it is not interpreted"
                self._problems.report("not-interpreted", message, definition.node_filter.node)
            elif definition.node_filter is not None and name in infos:
                filters.check(definition.node_filter, infos[name])
            for directive in definition.directives:
                if directive not in DIRECTIVES:
                    message = f"found directive {directive!r}, expected one of {', '.join(DIRECTIVES)}"
                    message += self._problems.near(directive, DIRECTIVES)
                    self._problems.report("unknown-directive", message, section(definition.node, "directives"))

    def _check_names(self, topology: TopologyDefinition) -> None:
        for nodes in (topology.node_templates, topology.relationship_templates):
            for name in RESERVED.intersection(nodes):
                message = f"found a template named {name!r}, expected any other name: functions reserve it"
                self._problems.report("reserved-name", message, nodes[name])

    def _types(self, definitions: Mapping[str, NodeTemplateDefinition]) -> dict[str, TypeInfo]:
        infos: dict[str, TypeInfo] = {}
        for name, definition in definitions.items():
            info = self._type("node", definition)
            if info is not None and ("node", info.name) not in self._namespace.doubtful:
                self._namespace.warn_of_orphan(info, self._problems)
                infos[name] = info
        return infos

    def _doubted(self, definition: NodeTemplateDefinition) -> TypeInfo:
        """What a template is taken for whose type is not known: its own mistakes shall be told none the less."""
        self._problems.doubt(definition.node)
        full = self._namespace.resolve("node", definition.type)
        return self._namespace.infos["node"][full or NODE_ROOT]

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
        extra = self._capabilities.undeclared(definitions)
        targets = Targets(self.tools, infos, extra, self._nodes)
        return Relationships(self.tools, targets, templates, self._left_open)

    def _node_template(
        self, name: str, definition: NodeTemplateDefinition, shared: OfType, relationships: Relationships
    ) -> NodeTemplate:
        info = shared.info
        artifacts = over(info.artifacts, definition.artifacts, self._problems)
        return NodeTemplate(
            name=name,
            type=info.name,
            lineage=info.lineage,
            description=definition.description,
            metadata=definition.metadata,
            directives=definition.directives,
            properties=self._properties(definition, shared),
            attributes=self._attributes(definition, shared),
            capabilities=self._capabilities.of(definition, shared),
            relationships=relationships.of(name, definition, info),
            interfaces=self._interfaces_of(definition, shared, artifacts),
            artifacts=self._operations.artifacts(artifacts) if artifacts else {},
            secrets=shared.secrets,
        )

    def _properties(self, definition: NodeTemplateDefinition, shared: OfType) -> Mapping[str, Value]:
        nodes = definition.properties
        values = dict(shared.properties)
        declared = shared.info.properties
        for name, node in nodes.items():
            prop = declared.get(name)
            if prop is None:
                owner = section(definition.node, "properties")
                self._values.unknown("unknown-property", owner, name, declared, shared.info.name)
                self._values.read(node)  # what it calls may be wrong as well
            else:
                values[name] = self._values.read(node, prop.schema)
        for name in shared.required:
            if is_null(nodes.get(name)) and not definition.directives:
                self._values.missing(definition.node, name, shared.info.name, nodes.keys() - declared.keys())
        return values

    def _attributes(self, definition: NodeTemplateDefinition, shared: OfType) -> Mapping[str, Value]:
        if not definition.attributes:
            return shared.attributes
        values = dict(shared.attributes)
        for name, node in definition.attributes.items():
            declared = shared.info.attributes.get(name) or shared.info.properties.get(name)
            if declared is None:
                owner = section(definition.node, "attributes")
                self._values.unknown("unknown-attribute", owner, name, shared.info.attributes, shared.info.name)
            else:
                values[name] = self._values.read(attribute_value(node), declared.schema)
        return values

    def _interfaces_of(
        self, definition: NodeTemplateDefinition, shared: OfType, artifacts: Mapping[str, ArtifactDefinition]
    ) -> Mapping[str, Interface]:
        own = definition.interfaces
        if not own and not definition.artifacts:
            return shared.interfaces
        check_outputs(own, shared.info, self._problems)
        infos = self._interfaces.merge(shared.info.interfaces, own, in_type=False)
        inherited = shared.info.interfaces
        return {
            name: shared.interfaces[name]
            if info is inherited.get(name) and not definition.artifacts
            else self._operations.interface(name, info, artifacts)
            for name, info in infos.items()
        }
