"""Substitution mappings as written → what the topology can stand for.  TOSCA 1.1 § 2.10, § 2.11; 1.2 and 1.3 § 3.8.

Place in the flow: a part of `tosca.phases.rendering`, after the node templates.  Until 1.2 properties are inputs of the
same name, and attributes are outputs of the same name, without being written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from tosca.definitions import Schema, TypeInfo
from tosca.entities.property_definition import PropertyDefinition
from tosca.entities.service_template import TopologyDefinition
from tosca.entities.substitution import SubstitutionDefinition
from tosca.model import Function, Substitution, Value
from tosca.nodes import List, Map, Node, Scalar
from tosca.phases.filters import Filters
from tosca.phases.paths import Paths
from tosca.phases.places import section
from tosca.phases.results import verdict
from tosca.phases.tools import Nodes, Tools

_Pairs: TypeAlias = tuple[tuple[str, Node], ...]


class Substitutions:
    """Renders the substitution mapping of a topology."""

    def __init__(self, tools: Tools, nodes: Nodes, topology: TopologyDefinition, version: tuple[int, int]) -> None:
        self._tools = tools
        self._nodes = nodes
        self._paths = Paths(nodes, tools.namespace.infos["data"])
        self._topology = topology
        self._version = version

    def render(self) -> Substitution | None:
        stated = self._topology.substitution
        if stated is None or not stated.node_type:
            return None
        namespace, problems = self._tools.namespace, self._tools.problems
        full = namespace.find("node", stated.node_type, problems, stated.node, "node_type")
        info = namespace.info("node", full) if full else None
        if info is None:
            return None
        filters = Filters(self._tools.schemas, self._tools.values, problems)
        for stated_filter in stated.filters:
            filters.check(stated_filter, info)
        self._check_inputs(stated, info)
        if self._version < (1, 3) and not stated.attributes:
            self._check_outputs(stated, info)
        return self._substitution(stated, info)

    def _substitution(self, stated: SubstitutionDefinition, info: TypeInfo) -> Substitution:
        values = self._values(stated, info)
        properties = self._properties(stated, info)
        attributes = {name: output for name, output in self._attributes(stated, info).items() if name not in values}
        self._check_types(info, properties, attributes)
        return Substitution(
            node_type=info.name,
            properties=properties,
            attributes=attributes,
            values=values,
            capabilities=self._mapped("capabilities", stated.capabilities, info.capabilities, self._capabilities),
            requirements=self._mapped("requirements", stated.requirements, info.requirements, self._requirements),
            interfaces={name: self._operations(node) for name, node in stated.interfaces},
        )

    def _report(self, message: str, node: Node) -> None:
        self._tools.problems.report("bad-substitution", message, node)

    def _mapped(
        self, keyname: str, pairs: _Pairs, declared: Mapping[str, object], inside: Callable[[str], Mapping[str, object]]
    ) -> dict[str, tuple[str, str]]:
        """Read mappings to ``[ template, name ]``; both ends must exist."""
        stated = self._topology.substitution
        found: dict[str, tuple[str, str]] = {}
        for name, node in pairs:
            if name not in declared and stated is not None:
                owner = section(stated.node, keyname)
                self._tools.values.unknown("bad-substitution", owner, name, declared, stated.node_type)
            pair = _pair(node)
            if pair is None:
                self._report(f"found a mapping of {name!r} that is none, expected [ <node template>, <name> ]", node)
            elif pair[0] not in self._nodes.templates:
                self._tools.unknown("bad-substitution", "node template", pair[0], self._nodes.templates, node)
            elif pair[0] in self._nodes.types and pair[1] not in inside(pair[0]):
                self._tools.unknown("bad-substitution", f"{pair[0]!r} with", pair[1], inside(pair[0]), node)
            else:
                found[name] = pair
        return found

    def _capabilities(self, template: str) -> Mapping[str, object]:
        return self._nodes.templates[template].capabilities

    def _requirements(self, template: str) -> Mapping[str, object]:
        own = {found.requirement: found for found in self._nodes.templates[template].relationships}
        return {**self._nodes.types[template].requirements, **own}

    def _properties(self, stated: SubstitutionDefinition, info: TypeInfo) -> dict[str, Value]:
        inputs = self._topology.inputs
        found: dict[str, Value] = {name: Function("get_input", (name,)) for name in info.properties if name in inputs}
        for name, node in stated.properties:
            if name not in info.properties:
                owner = section(stated.node, "properties")
                self._tools.values.unknown("unknown-property", owner, name, info.properties, info.name)
                continue
            mapped = _mapping(node)
            if not isinstance(mapped, List):
                found[name] = self._tools.values.read(mapped, info.properties[name].schema)
            elif (source := _names(mapped)) and len(source) == 1 and source[0] in inputs:
                found[name] = Function("get_input", (source[0],))
            elif self._paths.leads(source, attributes=False):
                found[name] = Function("get_property", tuple(source))
            elif not (source and source[0] in self._nodes.templates):
                self._tools.unknown("bad-substitution", "input", str(source and source[0]), inputs, node)
        return found

    def _attributes(self, stated: SubstitutionDefinition, info: TypeInfo) -> dict[str, str]:
        outputs = self._topology.outputs
        found = {name: name for name in info.attributes if name in outputs}
        for name, node in stated.attributes:
            source = _names(_mapping(node))
            if name not in info.attributes:
                owner = section(stated.node, "attributes")
                self._tools.values.unknown("unknown-attribute", owner, name, info.attributes, info.name)
            elif source and source[0] in outputs:
                found[name] = source[0]
            elif not (source and source[0] in self._nodes.templates):
                self._tools.unknown("bad-substitution", "output", str(source and source[0]), outputs, node)
        return found

    def _check_types(self, info: TypeInfo, properties: Mapping[str, Value], attributes: Mapping[str, str]) -> None:
        """A property can be a value of its input, and an output one of its attribute."""
        inputs, outputs = self._topology.inputs, self._topology.outputs
        for name, call in properties.items():
            if isinstance(call, Function) and call.name == "get_input":
                definition, schema = inputs[str(call.arguments[0])], info.properties[name].schema
                what = f"input {call.arguments[0]!r} of type {definition.type}"
                if self._differs(self._schema(definition), schema):
                    self._report(f"found {what}, expected one for property {name!r}, a {schema.type}", definition.node)
        for name, output in attributes.items():
            if name in info.attributes and self._differs(info.attributes[name].schema, self._schema(outputs[output])):
                what = f"output {output!r} of type {outputs[output].type}"
                expected = f"expected one for attribute {name!r}, a {info.attributes[name].schema.type}"
                self._report(f"found {what}, {expected}", outputs[output].node)

    def _schema(self, definition: PropertyDefinition) -> Schema:
        return self._tools.schemas.of_definition(definition)

    def _differs(self, want: Schema, have: Schema) -> bool:
        return verdict(want, have, self._tools.namespace.infos["data"]) == "differs"

    def _values(self, stated: SubstitutionDefinition, info: TypeInfo) -> dict[str, tuple[str, ...]]:
        """Attributes that are those of a node inside."""
        found = {name: _names(_mapping(node)) for name, node in stated.attributes if name in info.attributes}
        return {name: tuple(path) for name, path in found.items() if self._paths.leads(path, attributes=True)}

    def _operations(self, node: Node) -> dict[str, str]:
        """Read which workflow implements each operation."""
        found: dict[str, str] = {}
        for name, workflow in node.entries.items() if isinstance(node, Map) else ():
            stated = workflow.text if isinstance(workflow, Scalar) else ""
            if stated in self._topology.workflows:
                found[name] = stated
            else:
                self._tools.unknown("workflow-not-found", "workflow", stated, self._topology.workflows, workflow)
        return found

    def _check_inputs(self, stated: SubstitutionDefinition, info: TypeInfo) -> None:
        """An input that no property gives a value needs a default."""
        given = {*info.properties, *(name for _, node in stated.properties for name in _names(_mapping(node)))}
        for name, definition in self._topology.inputs.items():
            if definition.required is not False and definition.default is None and name not in given:
                message = f"found input {name!r} without a default, expected one: {info.name} has no such property"
                self._tools.problems.report("unmapped-input", message, definition.node)

    def _check_outputs(self, stated: SubstitutionDefinition, info: TypeInfo) -> None:
        """Outputs and the attributes that the node type itself brings have the same names (§ 2.10, until 1.2).

        The attributes of normative types are for the orchestrator to fill.
        """
        own = set() if info.file.startswith("profile ") else set(info.definition.attributes)
        for name, definition in self._topology.outputs.items():
            if name not in info.attributes:
                self._report(
                    f"found output {name!r}, expected an attribute of {info.name} by that name", definition.node
                )
        for name in own - set(self._topology.outputs):
            message = f"found no output {name!r}, expected one for the attribute of {info.name}"
            self._report(message, stated.node)


def left_open(stated: SubstitutionDefinition | None) -> set[tuple[str, str]]:
    """The requirements of templates that the node fulfils for which a topology stands (§ 2.11)."""
    pairs = (_pair(node) for _, node in stated.requirements) if stated is not None else ()
    return {pair for pair in pairs if pair is not None}


def _mapping(node: Node) -> Node:
    """The extended form writes ``mapping`` (1.3)."""
    return node.entries["mapping"] if isinstance(node, Map) and "mapping" in node.entries else node


def _names(node: Node) -> list[str]:
    if isinstance(node, Scalar):
        return [node.text]
    return [item.text for item in node.items if isinstance(item, Scalar)] if isinstance(node, List) else []


def _pair(node: Node) -> tuple[str, str] | None:
    names = _names(_mapping(node))
    return (names[0], names[1]) if len(names) == 2 else None
