"""Constraint clauses and whether a value keeps them.  TOSCA 1.1 § 3.5.2.

Place in the flow: `tosca.phases.inheritance` compiles the clauses of a definition once; `tosca.values.reading` applies
them to literal values.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import Any

from tosca.nodes import List, Map, Node, Scalar
from tosca.problems import did_you_mean
from tosca.values.patterns import Pattern
from tosca.values.scalars import READERS, UNITS, comparable

COMPARABLE = frozenset(("integer", "float", "timestamp", "string", "version", "any", *UNITS))
SIZED = frozenset(("string", "list", "map", "any"))
MAX_PATTERN_TEXT = 10_000


@dataclass(frozen=True, slots=True)
class Constraint:
    """An operator with its operand, which is ready for comparison with values of ``type``."""

    operator: str
    operand: Any
    type: str
    text: str

    def holds(self, value: Any) -> bool:
        try:
            return OPERATORS[self.operator](comparable(self.type, value), self.operand)
        except TypeError:
            return False


def _in_range(value: Any, bounds: Any) -> bool:
    low, high = bounds
    values = [inf if item == "UNBOUNDED" else item for item in (value if isinstance(value, list) else [value])]
    return all((low is None or item >= low) and (high is None or item <= high) for item in values)


OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "equal": lambda value, operand: bool(value == operand),
    "greater_than": lambda value, operand: bool(value > operand),
    "greater_or_equal": lambda value, operand: bool(value >= operand),
    "less_than": lambda value, operand: bool(value < operand),
    "less_or_equal": lambda value, operand: bool(value <= operand),
    "in_range": _in_range,
    "valid_values": lambda value, operand: value in operand,
    "length": lambda value, operand: len(value) == operand,
    "min_length": lambda value, operand: len(value) >= operand,
    "max_length": lambda value, operand: len(value) <= operand,
    "pattern": lambda value, operand: operand.matches(str(value)[:MAX_PATTERN_TEXT]),
    "schema": lambda _value, _operand: True,  # 1.2: an external schema, not interpreted
}
ORDER = frozenset(("greater_than", "greater_or_equal", "less_than", "less_or_equal"))
_LENGTH = frozenset(("length", "min_length", "max_length"))


def compile_clause(clause: Node, kind: str) -> list[Constraint]:
    """Make constraints of a clause.

    Raises:
        ValueError: it is none, or does not fit the type; the message says what was expected.
    """
    if type(clause) is not Map:
        return [Constraint("equal", _operand(clause, kind), kind, f"equal {_written(clause)}")]
    entries = clause.entries.items()
    return [_compile("equal" if operator == "equals" else operator, operand, kind) for operator, operand in entries]


def _compile(operator: str, operand: Node, kind: str) -> Constraint:
    if operator not in OPERATORS:
        known = f"expected one of {', '.join(OPERATORS)}{did_you_mean(operator, OPERATORS)}"
        raise ValueError(f"found operator {operator!r}, {known}")
    _check_fit(operator, kind)
    return Constraint(operator, _operands(operator, operand, kind), kind, f"{operator} {_written(operand)}")


def _check_fit(operator: str, kind: str) -> None:
    fits = COMPARABLE if operator in ORDER else SIZED if operator in _LENGTH else None
    if operator == "in_range":
        fits = COMPARABLE | {"range"}
    if operator in ("pattern", "schema"):
        fits = frozenset(("string", "any"))
    if fits is not None and kind not in fits:
        raise ValueError(f"found operator {operator!r} on a {kind}, expected it on one of {', '.join(sorted(fits))}")


def _operands(operator: str, operand: Node, kind: str) -> Any:
    if operator == "valid_values":
        return [_operand(item, kind) for item in _list(operand, "a list of values")]
    if operator == "in_range":
        return _bounds(operand, kind)
    if operator == "pattern":
        return _pattern(operand)
    if operator == "schema":
        return None
    found = _operand(operand, "integer" if operator in _LENGTH else kind)
    if operator in _LENGTH and found < 0:
        raise ValueError(f"found {operator} {found}, expected a number from 0 on")
    return found


def _bounds(operand: Node, kind: str) -> tuple[Any, Any]:
    pair = _list(operand, "a list of a lower and an upper bound")
    if len(pair) != 2:
        raise ValueError(f"found {len(pair)} bounds, expected a lower and an upper one")
    low, high = (_bound(item, "integer" if kind == "range" else kind) for item in pair)
    if any(type(item) is not Scalar for item in pair):
        raise ValueError(f"found {_written(operand)}, expected two scalars")
    if low is not None and high is not None and _in_disorder(low, high):
        raise ValueError(f"found {_written(operand)}, expected the lower bound first")
    return low, high


def _in_disorder(low: Any, high: Any) -> bool:
    try:
        return bool(low > high)
    except TypeError:  # a number and a text, where the type is not known
        return False


def _bound(item: Node, kind: str) -> Any:
    return None if type(item) is Scalar and item.text == "UNBOUNDED" else _operand(item, kind)


def _pattern(operand: Node) -> Pattern:
    if type(operand) is not Scalar:
        raise ValueError(f"found a {operand.shape}, expected a regular expression")
    return Pattern(operand.text)


def _list(operand: Node, expected: str) -> list[Node]:
    if type(operand) is not List:
        raise ValueError(f"found {_written(operand)}, expected {expected}")
    return operand.items


def _operand(operand: Node, kind: str) -> Any:
    if type(operand) is not Scalar and kind in READERS and kind != "any":
        raise ValueError(f"found operand {_written(operand)}, expected a {kind}")
    if type(operand) is List:
        return [_operand(item, "integer" if kind == "range" else "any") for item in operand.items]
    if type(operand) is not Scalar or kind not in READERS:
        return structure(operand)
    try:
        return comparable(kind, READERS[kind](operand))
    except ValueError as error:
        raise ValueError(f"found operand {operand.text!r}, expected {error}") from error


def structure(operand: Node) -> Any:
    """Return a node as plain data, numbers and truth values where they are written plainly."""
    if type(operand) is Scalar:
        return READERS["any"](operand)
    if type(operand) is List:
        return [structure(item) for item in operand.items]
    entries = operand.entries if type(operand) is Map else {}
    return {key: structure(value) for key, value in entries.items()}


def _written(node: Node) -> str:
    if type(node) is Scalar:
        return node.text
    if type(node) is List:
        return "[" + ", ".join(_written(item) for item in node.items) + "]"
    return "a map"
