"""Inputs of workflows in the values of operations (TOSCA Simple Profile in YAML 1.1, 7.3.6).

Place in the flow: imperative workflow → **operations whose get_input says whose input it means** → productions.

``get_input`` looks in the workflow's inputs first, then in those of the topology.  Of the workflow that is started an
input is known only then: it becomes a call of `WORKFLOW_INPUT`.  One that is inside another has been given its inputs
where it was put in place.  Properties of nodes are not concerned: what they name is an input of the topology.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from engine.instances.references import WORKFLOW_INPUT
from engine.weaving.errors import UnrunnableStep
from tosca.model import Function, Operation, Parameter, Value
from tosca.values.given import broken, fits

Bindings = Mapping[str, Value]


def started(inputs: Mapping[str, Parameter]) -> dict[str, Value]:
    """The bindings of the workflow that is started."""
    return {name: Function(WORKFLOW_INPUT, (name,)) for name in inputs}


def bound(value: Value, bindings: Bindings) -> Value:
    """The value with all inputs that are bound put in."""
    match value:
        case Function("get_input", (str() as name, *path)) if name in bindings:
            return _inside(bindings[name], tuple(bound(part, bindings) for part in path))
        case Function(name, arguments):
            return Function(name, tuple(bound(argument, bindings) for argument in arguments))
        case list():
            return [bound(item, bindings) for item in value]
        case dict():
            return {key: bound(item, bindings) for key, item in value.items()}
    return value


def _inside(value: Value, path: tuple[Value, ...]) -> Value:
    for number, key in enumerate(path):
        match value:
            case Function(name, arguments):
                return Function(name, (*arguments, *path[number:]))
            case dict() if isinstance(key, str) and key in value:
                value = value[key]
            case list() if isinstance(key, int) and 0 <= key < len(value):
                value = value[key]
            case _:
                return None
    return value


def operation_with(operation: Operation, inputs: Mapping[str, Value], bindings: Bindings) -> Operation:
    """The operation with an activity's own inputs, and with what is bound put in."""
    given = {**operation.inputs, **inputs}
    return replace(operation, inputs={name: bound(value, bindings) for name, value in given.items()})


def inner(
    workflow: str, declared: Mapping[str, Parameter], given: Mapping[str, Value], outer: Bindings, step: str
) -> dict[str, Value]:
    """The bindings inside a workflow that is put in place.

    An input that is not given there is that of the same name outside, or else its default.

    Raises:
        UnrunnableStep: an input is unknown, is of another type, or is missing.
    """
    unknown = [name for name in given if name not in declared]
    if unknown:
        has = ", ".join(sorted(declared)) or "none"
        raise UnrunnableStep(workflow, step, f"found input {unknown[0]!r}, the workflow declares {has}")
    found = dict(outer)
    for name, parameter in declared.items():
        if name in given:
            _check(workflow, step, parameter, given[name])
            found[name] = bound(given[name], outer)
        elif name not in outer and parameter.default is not None:
            found[name] = parameter.default
        elif name not in outer and parameter.required:
            raise UnrunnableStep(workflow, step, f"input {name!r} ({parameter.type}) is required and is not given")
    return found


def _check(workflow: str, step: str, parameter: Parameter, value: Value) -> None:
    if _calls(value) or value is None:
        return
    texts = broken(parameter.constraints, value) if fits(parameter.type, value) else [f"a {parameter.type}"]
    if texts:
        raise UnrunnableStep(workflow, step, f"found {value!r} as input {parameter.name!r}, expected {texts[0]}")


def _calls(value: Value) -> bool:
    match value:
        case Function():
            return True
        case list():
            return any(map(_calls, value))
        case dict():
            return any(map(_calls, value.values()))
    return False
