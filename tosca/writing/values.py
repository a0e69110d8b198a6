"""Values, functions, constraints and parameters → plain data.

Place in the flow: a part of `tosca.writing.document`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tosca.model import Function, Parameter, Value
from tosca.values.constraints import Constraint
from tosca.writing.plain import Plain, without_nothing

_BY_NAME = frozenset(("get_input", "get_nodes_of_type"))  # their only argument stands alone


def value(found: Value) -> Any:
    """Return a value with its functions written out."""
    if isinstance(found, Function):
        arguments = [value(argument) for argument in found.arguments]
        return {found.name: arguments[0] if found.name in _BY_NAME and len(arguments) == 1 else arguments}
    if isinstance(found, dict):
        return {key: value(item) for key, item in found.items()}
    return [value(item) for item in found] if isinstance(found, list) else found


def values(found: Mapping[str, Value]) -> dict[str, Any]:
    return {name: value(item) for name, item in found.items()}


def clauses(constraints: tuple[Constraint, ...]) -> list[Any]:
    return [clause(constraint) for constraint in constraints]


def clause(constraint: Constraint) -> Any:
    """Return a constraint as it was written: what it is compared with is kept as text beside what it became."""
    operator, operand = constraint.operator, constraint.operand
    said = constraint.text.removeprefix(f"{operator} ")
    if operator == "pattern":
        return {operator: operand.text}
    if operator in ("valid_values", "in_range"):
        items = said.removeprefix("[").removesuffix("]").split(", ")
        return {operator: _items(constraint, items)}
    if isinstance(operand, (list, dict)):
        return {operator: operand}
    return {operator: _one(operand, said)}


def _items(constraint: Constraint, said: list[str]) -> list[Any]:
    operands = list(constraint.operand)
    if len(operands) == len(said) and not any(isinstance(item, (list, dict)) for item in operands):
        return [_one(*pair) for pair in zip(operands, said, strict=True)]
    return ["UNBOUNDED" if item is None and constraint.operator == "in_range" else item for item in operands]


def _one(operand: Any, said: str) -> Any:
    """Text may look like a number and stay text; of all else the spelling counts."""
    return operand if isinstance(operand, str) else Plain(said)


SECRET = {"secret": "true"}


def parameters(found: Mapping[str, Parameter]) -> dict[str, Any]:
    return {name: _parameter(parameter) for name, parameter in found.items()}


def _parameter(parameter: Parameter) -> dict[str, Any]:
    fields = without_nothing(
        type=parameter.type if parameter.primitive else None,
        description=parameter.description,
        constraints=clauses(parameter.constraints),
    )
    if not parameter.required:
        fields["required"] = False
    if () in parameter.secret:
        fields["metadata"] = SECRET
    fields |= {"default": value(parameter.default)} if parameter.default is not None else {}
    # One that has no keyname of a definition would be taken for its own value.
    return fields | ({"value": value(parameter.value)} if parameter.value is not None else {}) or {"required": True}
