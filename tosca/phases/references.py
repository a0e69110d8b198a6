"""What functions ask for must exist, and no property may be its own value.  TOSCA 1.1 § 4.3 to § 4.8.

Place in the flow: last step of `tosca.phases.rendering`, when all templates are known.  What only an instance can tell
(a requirement without a target, an argument that is a function itself) is left to the worker.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tosca.definitions import ANY, Schema
from tosca.model import NODE_ROOT, Capability, Function, Interface, NodeTemplate, Parameter, Relationship, Value
from tosca.nodes import Node
from tosca.phases.loops import loops
from tosca.phases.paths import Found, Key, Paths, known
from tosca.phases.results import TEXTS, of_text, verdict
from tosca.phases.tools import Nodes, Tools
from tosca.problems import one_of
from tosca.values.functions import RESERVED
from tosca.values.scalars import READERS

_PATHS = ("get_property", "get_attribute")
_OF_ENTITY = frozenset((*_PATHS, "get_operation_output", "get_artifact"))
_NESTED = frozenset((Function, list, dict))  # what calls can stand in


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose value a function stands in: a node template, a relationship, or nobody's."""

    node: str | None = None
    relationship: Relationship | None = None


class References:
    """Checks the functions in the values of a topology."""

    def __init__(
        self, tools: Tools, nodes: Nodes, inputs: Mapping[str, Parameter], typed: Mapping[str, Schema]
    ) -> None:
        self._tools = tools
        self._nodes = nodes
        self._inputs = inputs
        self._typed = typed
        self._paths = Paths(nodes, tools.namespace.infos["data"])
        self._shared: dict[int, tuple[Function, ...]] = {}  # calls in what many templates share, by its identity
        self._plain: set[int] = set()  # what has no call in it, likewise
        self._after: dict[Key, list[Key]] = {}  # the properties that a property takes its value from
        self._places: dict[Key, Node | None] = {}

    def check(self, outputs: Mapping[str, Parameter]) -> None:
        """Check the values of all templates and of the outputs."""
        for parameter in outputs.values():
            self._check_output(_calls([parameter.value, parameter.default]))
        for name, template in self._nodes.templates.items():
            self._check_template(name, template)
            for relationship in template.relationships:
                self._check_relationship(name, relationship)
        for loop in loops(self._after):
            shown = " → ".join(".".join(part for part in key if part) for key in loop)
            message = f"found properties that are each other's value, {shown}, expected an end"
            self._tools.problems.report("property-loop", message, self._places.get(loop[0]))

    def _check_output(self, calls: list[Function]) -> None:
        """An output is nobody's value: it has to name whose attribute it means (§ 4.1)."""
        for call in calls:
            if call.name in _OF_ENTITY and call.arguments[0] in RESERVED:
                message = f"found {call.name} of {call.arguments[0]} in an output, expected the name of a template"
                self._tools.problems.report("nobody-in-output", message, self._place(call))
            self._check_call(call, Subject())

    def _check_template(self, name: str, template: NodeTemplate) -> None:
        subject = Subject(name)
        self._check_properties(subject, "", template.properties)
        if id(template.capabilities) not in self._plain:
            self._check_capabilities(subject, template.capabilities)
        if id(template.attributes) not in self._plain:
            self._check_all(template.attributes, subject)
        self._check(self._of_interfaces(template.interfaces), subject)

    def _check_capabilities(self, subject: Subject, capabilities: Mapping[str, Capability]) -> None:
        groups = [
            values for found in capabilities.values() for values in (found.properties, found.attributes) if values
        ]
        if not any(type(value) in _NESTED for values in groups for value in values.values()):
            self._plain.add(id(capabilities))  # templates share them with their type
            return
        for capability in capabilities.values():
            self._check_properties(subject, capability.name, capability.properties)
            self._check_all(capability.attributes, subject)

    def _check_relationship(self, name: str, relationship: Relationship) -> None:
        calls = self._of_interfaces(relationship.interfaces)
        if not calls and not relationship.properties and id(relationship.attributes) in self._plain:
            return
        subject = Subject(name, relationship)
        self._check(calls, subject)
        self._check_all(relationship.properties, subject)
        self._check_all(relationship.attributes, subject)

    def _check_all(self, values: Mapping[str, Value], subject: Subject) -> None:
        nested = [value for value in values.values() if type(value) in _NESTED]
        if nested:
            self._check(_calls(nested), subject)
        else:
            self._plain.add(id(values))

    def _check_properties(self, subject: Subject, capability: str, values: Mapping[str, Value]) -> None:
        """Check the properties of a node or of its capability, and note which of them take values from which."""
        for name, value in values.items():
            if type(value) not in _NESTED:
                continue
            key = (str(subject.node), capability, name)
            calls = _calls([value])
            self._check(calls, subject)
            for call in calls:
                found = self._found(call, subject) if call.name == "get_property" else None
                if isinstance(found, tuple):
                    self._after.setdefault(key, []).append(found)
                    self._places.setdefault(key, self._place(call))

    def _of_interfaces(self, interfaces: Mapping[str, Interface]) -> tuple[Function, ...]:
        """Return the calls in the inputs of operations; each once, though operations share those of their interface."""
        calls = self._shared.get(id(interfaces))
        if calls is None:
            found = _calls(_nested(interfaces))
            calls = self._shared[id(interfaces)] = tuple({id(call): call for call in found}.values())
        return calls

    def _check(self, calls: Iterable[Function], subject: Subject) -> None:
        for call in calls:
            self._check_call(call, subject)

    def _check_call(self, call: Function, subject: Subject) -> None:
        self._check_result(call, subject)
        if call.name in _PATHS:
            self._check_path(call, subject)
        elif call.name == "get_input":
            self._check_input(call)
        elif call.name == "get_artifact":
            self._check_artifact(call, subject)
        elif call.name == "get_operation_output":
            self._check_operation(call, subject)
        elif call.name == "get_nodes_of_type":
            self._check_type(call)

    def _place(self, call: Function) -> Node | None:
        return self._tools.values.places.get(id(call))

    def _check_input(self, call: Function) -> None:
        """Keys and indexes lead into lists, maps and data types only."""
        parameter = self._inputs.get(str(call.arguments[0]))
        if len(call.arguments) > 1 and parameter is not None and parameter.type in READERS and parameter.type != "any":
            message = f"found get_input with a path into {parameter.name!r}, a {parameter.type}, expected its name only"
            self._tools.problems.report("bad-function", message, self._place(call))

    def _check_result(self, call: Function, subject: Subject) -> None:
        """Compare what a function gives with what is declared where it stands."""
        wanted = self._tools.values.wanted.get(id(call))
        if wanted is None:
            return
        data_types = self._tools.namespace.infos["data"]
        given = ANY if call.name in TEXTS else self._result(call, subject)
        if call.name == "get_attribute" and wanted.type == "list" and given.type != "list":
            wanted = wanted.entry or ANY  # of several instances it gives a list, with the value of each
        found = of_text(wanted, data_types) if call.name in TEXTS else verdict(wanted, given, data_types)
        if found != "fits":
            kind = "string" if call.name in TEXTS else given.type
            message = f"found {call.name}, which gives a value of type {kind}, expected one of type {wanted.type}"
            code = "wrong-value" if found == "differs" else "convertible-type"
            self._tools.problems.report(code, message, self._place(call))

    def _result(self, call: Function, subject: Subject) -> Schema:
        if call.name == "token":  # a port of an address, in samples of the standard
            return Schema("string")
        if call.name == "get_input":
            return self._paths.within(self._typed.get(str(call.arguments[0]), ANY), call.arguments[1:])
        found = self._found(call, subject) if call.name in _PATHS else None
        return self._paths.result(found, call.arguments[1:]) if isinstance(found, tuple) else ANY

    def _check_type(self, call: Function) -> None:
        name, place = call.arguments[0], self._place(call)
        if isinstance(name, str) and place is not None:
            self._tools.namespace.find("node", name, self._tools.problems, place)

    def _check_operation(self, call: Function, subject: Subject) -> None:
        """The interface and the operation whose output is asked for exist."""
        template = self._template(call, subject)
        stated, operation = call.arguments[1:3]
        if template is None or not isinstance(stated, str) or not isinstance(operation, str):
            return
        full = self._tools.namespace.resolve("interface", stated)
        interfaces = self._nodes.templates[template].interfaces.values()
        if not any(stated == one.name or full == one.type for one in interfaces if operation in one.operations):
            known = [f"{one.name}.{name}" for one in interfaces for name in one.operations]
            message = f"found an output of operation '{stated}.{operation}' of {template!r}, expected one of "
            message += f"{one_of(known)}{self._tools.problems.near(f'{stated}.{operation}', known)}"
            self._tools.problems.report("unknown-reference", message, self._place(call))

    def _check_artifact(self, call: Function, subject: Subject) -> None:
        template = self._template(call, subject)
        name = call.arguments[1]
        if template is None or template not in self._nodes.types or not isinstance(name, str):
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
        if entity == "HOST" and subject.relationship is not None:
            message = f"found {call.name} of HOST in a relationship, expected SELF, SOURCE or TARGET"
            self._tools.problems.report("bad-function", message, self._place(call))
            return "open"
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


def _nested(interfaces: Mapping[str, Interface]) -> list[Value]:
    return [
        value
        for interface in interfaces.values()
        for operation in interface.operations.values()
        if operation.inputs
        for value in operation.inputs.values()
        if type(value) in _NESTED
    ]


def _calls(values: list[Value]) -> list[Function]:
    """Find all calls in values, those inside others too."""
    found: list[Function] = []
    stack = values
    while stack:
        value = stack.pop()
        if isinstance(value, Function):
            found.append(value)
            stack.extend(value.arguments)
        elif isinstance(value, dict):
            stack.extend(value.values())
        elif isinstance(value, list):
            stack.extend(value)
    return found
