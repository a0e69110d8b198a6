"""What is secret of an instance, and what may be shown of it.

Place in the flow: service template and inputs → **texts that nobody is to see**, stored with the instance → answers.
``docs/access.md`` says what counts as secret.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from engine.errors import EngineError
from engine.executions.attributes import inside
from engine.executions.records import ExecutionRecord, InstanceRecord
from engine.executions.resolving import InputsOnly
from engine.instances.properties import Scope
from engine.masking import MASK, Mask, at, hidden_at, texts
from tosca.errors import FunctionError
from tosca.model import Function, NodeTemplate, Parameter, SecretPath, ServiceTemplate, Value
from tosca.values.functions import evaluate

Parameters = Mapping[str, Parameter]


def secret_inputs(declared: Parameters) -> list[list[str]]:
    """Where in the inputs something secret stands."""
    return [[name, *path] for name, parameter in declared.items() for path in parameter.secret]


def secret_texts(template: ServiceTemplate, values: Mapping[str, Any]) -> list[str]:
    """The texts of an instance that nobody is to see: of its inputs, and of what properties make of them."""
    found = set(of_inputs(template.inputs, values))
    for node in template.node_templates.values():
        for path in node.secrets:
            found |= _of(Scope(template.node_templates, node), _start(node, path), values)
        for relationship in node.relationships:
            scope = Scope(template.node_templates, node, relationship)
            for path in relationship.secrets:
                found |= _of(scope, (_section(relationship, path[0]), path[1:]), values)
    return sorted(found)


def of_inputs(declared: Parameters, values: Mapping[str, Any]) -> Iterator[str]:
    """The secret texts among inputs."""
    for path in secret_inputs(declared):
        for found in at(values, path):
            yield from texts(found)


def without_secrets(record: InstanceRecord) -> dict[str, Any]:
    """The inputs of an instance as they may be shown."""
    inputs: Any = record.inputs
    for path in record.secret_inputs:
        inputs = hidden_at(inputs, path) if path[0] in inputs else inputs
    shown: dict[str, Any] = Mask(record.secrets).value(inputs)
    return shown


def told(record: ExecutionRecord, text: str | None) -> str | None:
    """What was found of an execution, as it may be shown."""
    return None if text is None else Mask(record.secrets).text(text)


class Shown:
    """What may be shown of an instance's attributes and outputs."""

    def __init__(self, template: ServiceTemplate, record: InstanceRecord) -> None:
        self._template = template
        self._found = set(record.secrets)
        self._mask: Mask | None = None
        self._places = {name: _attributes(node) for name, node in template.node_templates.items() if node.secrets}

    def attributes(self, node: str, values: dict[str, Any]) -> dict[str, Any]:
        """The attributes of a node instance, those that are secret hidden; what they say is remembered."""
        shown = dict(values)
        for name, path in self._places.get(node, ()):
            if name in shown:
                self._found.update(text for found in at(values[name], path) for text in texts(found))
                shown[name] = hidden_at(shown[name], path)
        return shown

    def outputs(self, values: dict[str, Any]) -> dict[str, Any]:
        """The outputs of the topology, those that are secret hidden."""
        shown = dict(values)
        for name, parameter in self._template.outputs.items():
            for path in parameter.secret:
                shown[name] = hidden_at(shown[name], path)
        return shown

    def everywhere(self, answer: Any) -> Any:
        """Values in which nothing turns up of what is secret elsewhere, after all attributes were looked at."""
        if self._mask is None:
            self._mask = Mask(self._found)
        return self._mask.value(answer)


def _attributes(node: NodeTemplate) -> list[tuple[str, SecretPath]]:
    """The secret attributes of a node, as operations name them; every property is an attribute, too (3.5.8)."""
    found = []
    for section, name, *path in node.secrets:
        if section == "capabilities":
            found.append((f"{name}.{path[1]}", tuple(path[2:])))
        else:
            found.append((name, tuple(path)))
    return found


def _start(node: NodeTemplate, path: SecretPath) -> tuple[Mapping[str, Value], SecretPath]:
    """The properties or attributes in which a secret place of a node is, and the rest of the path."""
    section, *rest = path
    if section != "capabilities":
        return _section(node, section), tuple(rest)
    name, section, *rest = rest
    capability = node.capabilities.get(name)
    return ({} if capability is None else _section(capability, section)), tuple(rest)


def _section(owner: Any, name: str) -> Mapping[str, Value]:
    found: Mapping[str, Value] = getattr(owner, name)
    return found


def _of(scope: Scope, place: tuple[Mapping[str, Value], SecretPath], values: Mapping[str, Any]) -> set[str]:
    section, (name, *path) = place
    if section.get(name) is None:
        return set()
    try:
        value = evaluate(scope.evaluated(section[name]), _Inputs(values))
    except (EngineError, FunctionError):  # it leads to what only operations will say
        return set(_literals(section[name]))
    return {text for found in at(value, path) for text in texts(found)}


def _literals(value: Value) -> Iterable[str]:
    return () if isinstance(value, Function) else texts(value)


class _Inputs(InputsOnly):
    """Answers get_input of values that are complete."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def get_input(self, args: tuple[Any, ...]) -> Any:
        return inside(dict(self._values), list(args), f"get_input {list(args)!r}")


__all__ = ["MASK", "Shown", "of_inputs", "secret_inputs", "secret_texts", "told", "without_secrets"]
