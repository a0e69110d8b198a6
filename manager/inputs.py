"""Inputs of an instance, or of an execution, compared with what the service template or the workflow declares.

Place in the flow: request body → **validated inputs** → `engine.instances`.  TOSCA 1.1 section 3.5.12.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any, Protocol, TypeAlias

from engine.masking import MASK
from manager.errors import Invalid, problem, shown
from tosca.model import Parameter
from tosca.values.given import broken, fits

Parameters: TypeAlias = Mapping[str, Parameter]


class Declared(Protocol):
    """What declares inputs: a service template or a workflow."""

    @property
    def inputs(self) -> Parameters: ...


def validated(declared: Declared, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the inputs as given; defaults are not filled in, so that equal requests stay equal.

    Raises:
        Invalid: an input is unknown, missing, of the wrong type or breaks a constraint; all problems are named.
    """
    _refuse([*_unknown(declared.inputs, given, "the model"), *_missing(declared.inputs, given)], declared.inputs, given)
    return dict(given)


def validated_for_workflow(workflow: Declared, template: Declared, given: Mapping[str, Any]) -> dict[str, Any]:
    """The same for a workflow (7.3.6): what it does not declare may be an input of the topology.

    Raises:
        Invalid: as `validated`.
    """
    both = {**template.inputs, **workflow.inputs}
    _refuse([*_unknown(both, given, "the workflow"), *_missing(workflow.inputs, given)], both, given)
    return dict(given)


def _refuse(problems: list[dict[str, Any]], declared: Parameters, given: Mapping[str, Any]) -> None:
    problems += [*_mistyped(declared, given), *_violating(declared, given)]
    if problems:
        raise Invalid("invalid-inputs", "; ".join(found["message"] for found in problems), problems)


def completed(declared: Declared, given: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs with the defaults of those that were not given."""
    return {name: given.get(name, parameter.default) for name, parameter in declared.inputs.items()}


def declared(declaring: Declared) -> list[dict[str, Any]]:
    """What is asked for, as the API shows it; a default that is known only later counts as none to be shown."""
    return [
        {
            "name": name,
            "type": parameter.type,
            "required": parameter.required and parameter.default is None,
            "default": parameter.default if _is_plain(parameter.default) else None,
            "description": parameter.description,
        }
        for name, parameter in declaring.inputs.items()
    ]


def _is_plain(value: object) -> bool:
    """Whether a value is data through and through, so that JSON can hold it."""
    if isinstance(value, Mapping):
        return all(_is_plain(item) for item in value.values())
    if isinstance(value, list | tuple):
        return all(_is_plain(item) for item in value)
    return value is None or isinstance(value, str | int | float | bool)


def _unknown(declared: Parameters, given: Mapping[str, Any], whose: str) -> list[dict[str, Any]]:
    return [
        problem("unknown-input", f"inputs.{name}", f"found input {name!r}, {_expected(declared, name, whose)}")
        for name in given
        if name not in declared
    ]


def _expected(declared: Parameters, name: str, whose: str) -> str:
    near = difflib.get_close_matches(name, declared, 1)
    if near:
        return f"did you mean {near[0]!r}?"
    known = ", ".join(sorted(declared))
    return f"expected one of {known}" if known else f"but {whose} declares no inputs"


def _missing(declared: Parameters, given: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        problem("missing-input", f"inputs.{name}", f"input {name!r} ({parameter.type}) is required and has no default")
        for name, parameter in declared.items()
        if name not in given and parameter.required and parameter.default is None
    ]


def _mistyped(declared: Parameters, given: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        problem(
            "wrong-type",
            f"inputs.{name}",
            f"input {name!r}: found {_shown(value, declared[name])}, expected {declared[name].type}",
        )
        for name, value in given.items()
        if name in declared and not _fits(value, declared[name])
    ]


def _shown(value: object, parameter: Parameter) -> str:
    return MASK if parameter.secret else shown(value)


def _fits(value: object, parameter: Parameter) -> bool:
    if value is None:
        return not parameter.required
    return fits(parameter.type, value)


def _violating(declared: Parameters, given: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        problem(
            "constraint-violated",
            f"inputs.{name}",
            f"input {name!r}: found {_shown(value, declared[name])}, expected {' and '.join(texts)}",
        )
        for name, value in given.items()
        if name in declared
        and value is not None
        and _fits(value, declared[name])
        and (texts := broken(declared[name].constraints, value))
    ]
