"""Which template stands in the place of a node: those of the archive that can, and the one that is chosen.

Place in the flow: a part of `tosca.phases.replacement`.  TOSCA 1.1 § 2.10, § 2.11; 1.3 § 3.8.12.  A template fits when
it stands for the node's type or for one derived from it, and when nothing that the node says or is used for is lost.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tosca.definitions import TypeInfo
from tosca.entities.node_template import NodeTemplateDefinition
from tosca.model import Function, NodeTemplate, Relationship, Substitution, Value
from tosca.phases.filters import Filters
from tosca.phases.namespaces import Namespace
from tosca.phases.rendering import Rendered
from tosca.values.given import broken, converted, fits

DEPENDS_ON = "tosca.relationships.DependsOn"
# What every node has, and what means a node as a whole.
CAPABILITY, REQUIREMENT = "feature", "dependency"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A template that stands for a node type."""

    file: str
    rendered: Rendered
    substitution: Substitution

    def inputs(self, node: NodeTemplate) -> dict[str, Value]:
        """The values of its inputs in the place of a node: those of the node's properties, or the defaults."""
        sources = {
            str(call.arguments[0]): name
            for name, call in self.substitution.properties.items()
            if isinstance(call, Function) and call.name == "get_input"
        }
        found: dict[str, Value] = {}
        for name, parameter in self.rendered.inputs.items():
            value = node.properties.get(sources[name]) if name in sources else None
            found[name] = converted(parameter.type, parameter.default if value is None else value)
        return found


@dataclass(frozen=True, slots=True)
class Asked:
    """A node that is to be substituted, what leads to it, and the files of the templates that it lies in."""

    node: NodeTemplate
    info: TypeInfo
    definition: NodeTemplateDefinition
    incoming: tuple[Relationship, ...]
    ends: Mapping[str, tuple[str, ...]]  # the types of the capabilities that its relationships lead to, by their name
    within: tuple[str, ...]


def means_all(way: Relationship) -> bool:
    """Tell whether a relationship is a mere dependency, whose end can be all the nodes of a template at once."""
    called = any(one.implementation for face in way.interfaces.values() for one in face.operations.values())
    return DEPENDS_ON in way.lineage and not called


class Candidates:
    """The templates of an archive that can stand for a node."""

    def __init__(self, known: Sequence[Candidate], namespace: Namespace) -> None:
        self._known = known
        self._namespace = namespace

    def of_type(self, asked: Asked) -> list[Candidate]:
        """Those for the node's type or one derived from it, the nearest types first."""
        found = [one for one in self._known if asked.info.name in self._lineage(one)]
        return sorted(found, key=lambda one: self.distance(one, asked))

    def distance(self, candidate: Candidate, asked: Asked) -> int:
        """How far the type that a candidate stands for derives from the node's."""
        return self._lineage(candidate).index(asked.info.name)

    def _lineage(self, candidate: Candidate) -> tuple[str, ...]:
        info = self._namespace.info("node", candidate.substitution.node_type)
        return info.lineage if info is not None else ()

    def misfits(self, candidate: Candidate, asked: Asked) -> list[str]:
        """Return why a candidate cannot stand for the node; the values of properties are not shown."""
        return [
            *self._filtered(candidate, asked),
            *_unlike(candidate, asked),
            *_without_value(candidate, asked),
            *_unconnected(candidate, asked),
        ]

    def _filtered(self, candidate: Candidate, asked: Asked) -> Iterator[str]:
        node, tools = asked.node, candidate.rendered.tools
        filters = Filters(tools.schemas, tools.values, tools.problems)
        stated = candidate.rendered.topology.substitution
        own = {name: capability.properties for name, capability in node.capabilities.items()}
        for one in stated.filters if stated is not None else ():
            for text in filters.broken(one, asked.info, node.properties, own):
                yield f"its substitution_filter asks for {text}"
        if asked.definition.node_filter is not None:
            offered = own | self._offered(candidate, node)
            properties = {**node.properties, **_constants(candidate.substitution)}
            properties |= self._defaults(candidate, properties)
            for text in filters.broken(asked.definition.node_filter, asked.info, properties, offered):
                yield f"the node_filter asks for {text}"

    def _offered(self, candidate: Candidate, node: NodeTemplate) -> dict[str, Mapping[str, Value]]:
        """The properties of the capabilities inside that the node's capabilities become."""
        inputs = candidate.inputs(node)
        found: dict[str, Mapping[str, Value]] = {}
        for name, (template, capability) in candidate.substitution.capabilities.items():
            values = candidate.rendered.node_templates[template].capabilities[capability].properties
            found[name] = {key: _known(value, inputs) for key, value in values.items()}
        return found

    def _defaults(self, candidate: Candidate, properties: Mapping[str, Value]) -> dict[str, Value]:
        mapped = candidate.substitution.properties.items()
        return {
            name: candidate.rendered.inputs[str(call.arguments[0])].default
            for name, call in mapped
            if isinstance(call, Function) and call.name == "get_input" and properties.get(name) is None
        }


def _known(value: Value, inputs: Mapping[str, Value]) -> Value:
    if isinstance(value, Function) and value.name == "get_input" and len(value.arguments) == 1:
        return inputs.get(str(value.arguments[0]))
    return value


def _constants(substitution: Substitution) -> dict[str, Value]:
    return {name: value for name, value in substitution.properties.items() if not isinstance(value, Function)}


def _unlike(candidate: Candidate, asked: Asked) -> Iterator[str]:
    """A template that was made for one value of a property is not for a node that states another."""
    for name, value in _constants(candidate.substitution).items():
        own = asked.node.properties.get(name)
        if name in asked.definition.properties and own != value and not isinstance(own, Function):
            yield f"it is made for another value of property {name!r}"


def _without_value(candidate: Candidate, asked: Asked) -> Iterator[str]:
    for name, value in candidate.inputs(asked.node).items():
        parameter = candidate.rendered.inputs[name]
        if value is None and parameter.required:
            yield f"its input {name!r} gets no value"
        elif value is not None and not isinstance(value, Function):
            if not fits(parameter.type, value):
                yield f"its input {name!r} is of type {parameter.type}, which the property's value is not"
            else:
                yield from (f"its input {name!r} asks for {text}" for text in broken(parameter.constraints, value))


def _unconnected(candidate: Candidate, asked: Asked) -> Iterator[str]:
    """What relationships lead to, and the requirements that lead away, have to be mapped to something of the kind."""
    mapping = candidate.substitution
    for way in asked.incoming:
        if way.capability in mapping.capabilities:
            yield from _other_capability(candidate, asked, str(way.capability))
        elif not (way.capability in (None, CAPABILITY) and means_all(way)):
            yield f"it does not map capability {way.capability!r}, which {way.name} leads to"
    for way in asked.node.relationships:
        if way.requirement in mapping.requirements:
            yield from _other_requirement(candidate, asked, way)
        elif not (way.requirement == REQUIREMENT and means_all(way)):
            yield f"it does not map requirement {way.requirement!r}"


def _other_capability(candidate: Candidate, asked: Asked, name: str) -> Iterator[str]:
    template, capability = candidate.substitution.capabilities[name]
    declared = asked.info.capabilities.get(name)
    found = candidate.rendered.node_templates[template].capabilities[capability]
    if declared is not None and declared.type not in found.lineage:
        yield f"capability {name!r} is mapped to a {found.type}, expected a {declared.type}"


def _other_requirement(candidate: Candidate, asked: Asked, way: Relationship) -> Iterator[str]:
    template, name = candidate.substitution.requirements[way.requirement]
    info = candidate.rendered.types.get(template)
    declared = info.requirements.get(name) if info is not None else None
    bound = any(own.requirement == name for own in candidate.rendered.node_templates[template].relationships)
    if bound and (declared is None or declared.upper is not None):  # § 2.11
        yield f"requirement {way.requirement!r}, which the node assigns, is assigned inside as well"
    lineage = asked.ends.get(way.name, ())
    if declared is not None and declared.capability and lineage and declared.capability not in lineage:
        yield (
            f"requirement {way.requirement!r} is mapped to one for a {declared.capability}, "
            f"which {way.name} does not lead to"
        )
