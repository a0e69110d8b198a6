"""Condition clauses as they stand in productions, and back (TOSCA Simple Profile in YAML 1.1, 3.5.18).

Place in the flow: imperative workflow → **clauses that need no template** → `engine.executions.conditions`, which looks
at what instances are at that moment.

``{"and" | "or" | "not": [clause, ...]}`` or ``{"assert": attribute, "value": reference, "constraints": [...]}``.  What
a constraint compares with is kept as it was written, and read anew by the type of the attribute.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from engine.instances.references import Place
from engine.weaving.values import to_json
from tosca.imperative_model import Condition
from tosca.model import Function
from tosca.nodes import List, Map, Node, Scalar
from tosca.values.constraints import Constraint, compile_clause
from tosca.writing.plain import Plain
from tosca.writing.values import clause

PLAIN, TEXT, MAP = "plain", "text", "map"


def conditions_to_json(conditions: Sequence[Condition], place: Place) -> dict[str, Any]:
    """All of them as one clause."""
    return {"and": [_condition(condition, place) for condition in conditions]}


def _condition(condition: Condition, place: Place) -> dict[str, Any]:
    if condition.operator != "assert":
        return {condition.operator: [_condition(clause, place) for clause in condition.clauses]}
    reference = place.evaluated(Function("get_attribute", ("SELF", condition.attribute)))
    return {
        "assert": condition.attribute,
        "value": to_json(reference),
        "constraints": [constraint_to_json(constraint) for constraint in condition.constraints],
    }


def constraint_to_json(constraint: Constraint) -> dict[str, Any]:
    """A constraint that `constraint_from_json` reads back."""
    ((operator, operand),) = clause(constraint).items()
    return {"type": constraint.type, "operator": operator, "operand": _written(operand), "text": constraint.text}


def constraint_from_json(data: dict[str, Any]) -> Constraint:
    """The constraint that was stored."""
    node = Map(0, 0)
    node.entries[data["operator"]] = _node(data["operand"])
    (found,) = compile_clause(node, data["type"])
    return found


def _written(operand: Any) -> Any:
    match operand:
        case Plain():
            return {PLAIN: str(operand)}
        case str():
            return {TEXT: operand}
        case list():
            return [_written(item) for item in operand]
        case dict():
            return {MAP: {key: _written(item) for key, item in operand.items()}}
    return {PLAIN: json.dumps(operand)}


def _node(data: Any) -> Node:
    if isinstance(data, list):
        listed = List(0, 0)
        listed.items = [_node(item) for item in data]
        return listed
    ((kind, value),) = data.items()
    if kind == MAP:
        mapped = Map(0, 0)
        mapped.entries = {key: _node(item) for key, item in value.items()}
        return mapped
    return Scalar(value, kind == PLAIN, 0, 0)
