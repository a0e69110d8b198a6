"""Inputs of an instance, compared with what the service template declares.

Place in the flow: request body → **validated inputs** → `engine.instances`.  TOSCA 1.1 section 3.5.12.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from manager.errors import Invalid, problem, shown
from tosca.model import Parameter, ServiceTemplate
from tosca.values.given import broken, fits


def validated(template: ServiceTemplate, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the inputs as given; defaults are not filled in, so that equal requests stay equal.

    Raises:
        Invalid: an input is unknown, missing, of the wrong type or breaks a constraint; all problems are named.
    """
    problems = [
        *_unknown(template, given),
        *_missing(template, given),
        *_mistyped(template, given),
        *_violating(template, given),
    ]
    if problems:
        raise Invalid("invalid-inputs", "; ".join(found["message"] for found in problems), problems)
    return dict(given)


def completed(template: ServiceTemplate, given: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs with the defaults of those that were not given."""
    return {name: given.get(name, parameter.default) for name, parameter in template.inputs.items()}


def _unknown(template: ServiceTemplate, given: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        problem("unknown-input", f"inputs.{name}", f"found input {name!r}, {_expected(template, name)}")
        for name in given
        if name not in template.inputs
    ]


def _expected(template: ServiceTemplate, name: str) -> str:
    near = difflib.get_close_matches(name, template.inputs, 1)
    if near:
        return f"did you mean {near[0]!r}?"
    known = ", ".join(sorted(template.inputs))
    return f"expected one of {known}" if known else "but the model declares no inputs"


def _missing(template: ServiceTemplate, given: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        problem("missing-input", f"inputs.{name}", f"input {name!r} ({parameter.type}) is required and has no default")
        for name, parameter in template.inputs.items()
        if name not in given and parameter.required and parameter.default is None
    ]


def _mistyped(template: ServiceTemplate, given: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        problem(
            "wrong-type",
            f"inputs.{name}",
            f"input {name!r}: found {shown(value)}, expected {template.inputs[name].type}",
        )
        for name, value in given.items()
        if name in template.inputs and not _fits(value, template.inputs[name])
    ]


def _fits(value: object, parameter: Parameter) -> bool:
    if value is None:
        return not parameter.required
    return fits(parameter.type, value)


def _violating(template: ServiceTemplate, given: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        problem(
            "constraint-violated",
            f"inputs.{name}",
            f"input {name!r}: found {shown(value)}, expected {' and '.join(texts)}",
        )
        for name, value in given.items()
        if name in template.inputs
        and value is not None
        and _fits(value, template.inputs[name])
        and (texts := broken(template.inputs[name].constraints, value))
    ]
