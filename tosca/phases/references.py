"""What functions ask for must exist, and no property may be its own value.  TOSCA 1.1 § 4.3 to § 4.8.

Place in the flow: last step of `tosca.phases.rendering`, when all templates are known.  What only an instance can tell
(a requirement without a target, an argument that is a function itself) is left to the worker.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from tosca.model import NODE_ROOT, Function, Interface, NodeTemplate, Parameter, Relationship, Value
from tosca.nodes import Node
from tosca.phases.loops import loops
from tosca.phases.paths import Found, Key, Paths, known
from tosca.phases.tools import Nodes, Tools
from tosca.problems import one_of
from tosca.values.scalars import READERS

_PATHS = ("get_property", "get_attribute")


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose value a function stands in: a node template, a relationship, or nobody's."""

    node: str | None = None
    relationship: Relationship | None = None


class References:
    """Checks the functions in the values of a topology."""

    def __init__(self, tools: Tools, nodes: Nodes, inputs: Mapping[str, Parameter]) -> None:
        self._tools = tools
        self._nodes = nodes
        self._inputs = inputs
        self._paths = Paths(nodes, tools.namespace.infos["data"])

    def check(self, outputs: Mapping[str, Parameter]) -> None:
        """Check the values of all templates and of the outputs."""
        for parameter in outputs.values():
            self._check((parameter.value, parameter.default), Subject())
        for name, template in self._nodes.templates.items():
            subject = Subject(name)
            self._check(_values(template), subject)
            self._check(_inputs(template.interfaces), subject)
            for relationship in template.relationships:
                subject = Subject(name, relationship)
                self._check((relationship.properties, relationship.attributes), subject)
                self._check(_inputs(relationship.interfaces), subject)
        self._check_loops()

    def _check(self, values: Iterable[object], subject: Subject) -> None:
        seen: set[int] = set()
        for call in _calls(values):
            if id(call) not in seen:
                seen.add(id(call))
                self._check_call(call, subject)

    def _check_call(self, call: Function, subject: Subject) -> None:
        if call.name in _PATHS:
            self._check_path(call, subject)
        elif call.name == "get_input":
            self._check_input(call)
        elif call.name == "get_artifact":
            self._check_artifact(call, subject)

    def _place(self, call: Function) -> Node | None:
        return self._tools.values.places.get(id(call))

    def _check_input(self, call: Function) -> None:
        """Keys and indexes lead into lists, maps and data types only."""
        parameter = self._inputs.get(str(call.arguments[0]))
        if len(call.arguments) > 1 and parameter is not None and parameter.type in READERS and parameter.type != "any":
            message = f"found get_input with a path into {parameter.name!r}, a {parameter.type}, expected its name only"
            self._tools.problems.report("bad-function", message, self._place(call))

    def _check_artifact(self, call: Function, subject: Subject) -> None:
        template = self._template(call, subject)
        name = call.arguments[1]
        if template is None or not isinstance(name, str):
            return
        artifacts = self._nodes.templates[template].artifacts
        if name not in artifacts:
            expected = one_of(artifacts) if artifacts else "none: it has no artifacts"
            message = f"found get_artifact of {name!r} of {template!r}, expected {expected}"
            message += self._tools.problems.near(name, artifacts)
            self._tools.problems.report("unknown-reference", message, self._place(call))

    def _check_path(self, call: Function, subject: Subject) -> None:
        if self._found(call, subject) is not None:
            return
        template = self._template(call, subject) or subject.node
        info = self._nodes.types.get(template or "")
        names = known(info, call.name == "get_attribute") if info is not None else {}
        path = ", ".join(str(step) for step in call.arguments[1:])
        message = f"found {call.name} of {path!r} of {template!r}, expected a way to a value: {one_of(names)}"
        message += self._tools.problems.near(str(call.arguments[1]), names)
        # The field's oldest files give their plain nodes attributes as they run.
        plain = info is not None and info.name == NODE_ROOT and call.name == "get_attribute"
        code = "undeclared-attribute" if plain else "unknown-reference"
        self._tools.problems.report(code, message, self._place(call))

    def _found(self, call: Function, subject: Subject) -> Found:
        entity, path, attributes = call.arguments[0], call.arguments[1:], call.name == "get_attribute"
        if entity == "SELF" and subject.relationship is not None:
            return self._of_relationship(subject.relationship, path, attributes)
        if entity == "HOST" and subject.node is not None:
            return self._paths.host(subject.node, path, attributes)
        template = self._template(call, subject)
        return self._paths.find(template, path, attributes) if template is not None else "open"

    def _template(self, call: Function, subject: Subject) -> str | None:
        """Return the node template that a function means, None when that is open."""
        entity = call.arguments[0]
        relationship = subject.relationship
        if entity in ("SOURCE", "TARGET"):
            if relationship is None:
                if subject.node is not None:
                    message = f"found {call.name} of {entity} in a node template, expected it in a relationship only"
                    self._tools.problems.report("bad-function", message, self._place(call))
                return None
            entity = relationship.source if entity == "SOURCE" else relationship.target
        elif entity == "SELF":
            entity = subject.node if relationship is None else None
        return entity if isinstance(entity, str) and entity in self._nodes.templates else None

    def _of_relationship(self, relationship: Relationship, path: tuple[Value, ...], attributes: bool) -> Found:
        info = self._tools.namespace.info("relationship", relationship.type)
        name = path[0]
        if info is None or not isinstance(name, str):
            return "open"
        prop = known(info, attributes).get(name)
        return "open" if prop is not None and self._paths.inside(prop.schema, path[1:]) else None

    def _check_loops(self) -> None:
        places: dict[Key, Node | None] = {}
        after: dict[Key, list[Key]] = {}
        for key, value in self._properties():
            for call in _calls((value,)):
                found = self._found(call, Subject(key[0])) if call.name == "get_property" else None
                if isinstance(found, tuple):
                    after.setdefault(key, []).append(found)
                    places.setdefault(key, self._place(call))
        for loop in loops(after):
            shown = " → ".join(".".join(part for part in key if part) for key in loop)
            message = f"found properties that are each other's value, {shown}, expected an end"
            self._tools.problems.report("property-loop", message, places.get(loop[0]))

    def _properties(self) -> Iterator[tuple[Key, Value]]:
        for name, template in self._nodes.templates.items():
            for key, value in template.properties.items():
                yield (name, "", key), value
            for capability in template.capabilities.values():
                for key, value in capability.properties.items():
                    yield (name, capability.name, key), value


def _values(template: NodeTemplate) -> Iterator[object]:
    yield template.properties
    yield template.attributes
    for capability in template.capabilities.values():
        yield capability.properties
        yield capability.attributes


def _inputs(interfaces: Mapping[str, Interface]) -> Iterator[object]:
    for interface in interfaces.values():
        for operation in interface.operations.values():
            if operation.inputs:
                yield operation.inputs


def _calls(values: Iterable[object]) -> Iterator[Function]:
    """Find all calls in values, those inside others too."""
    stack = [value for value in values if isinstance(value, Function | list | dict)]
    while stack:
        value = stack.pop()
        parts: Iterable[object] = ()
        if isinstance(value, Function):
            yield value
            parts = value.arguments
        elif isinstance(value, dict):
            parts = value.values()
        elif isinstance(value, list):
            parts = value
        stack.extend(part for part in parts if isinstance(part, Function | list | dict))
