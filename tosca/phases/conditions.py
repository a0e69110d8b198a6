"""Condition clauses of workflows → conditions whose constraints are compiled.  TOSCA 1.1 § 3.5.18; 1.3 § 3.6.25.

Place in the flow: a part of `tosca.phases.workflows`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from tosca.definitions import Property
from tosca.imperative_model import Condition
from tosca.nodes import List, Map, Node
from tosca.phases.tools import Tools

_OPERATORS: dict[str, Literal["and", "or", "not"]] = {"and": "and", "or": "or", "not": "not"}
_MOST = 50  # levels; YAML itself may not be deeper


class Conditions:
    """Reads conditions on the attributes of one target."""

    def __init__(self, tools: Tools, attributes: Mapping[str, Property] | None) -> None:
        self._tools = tools
        self._attributes = attributes  # None: the target is not known

    def read(self, clauses: tuple[Node, ...]) -> tuple[Condition, ...]:
        return tuple(condition for clause in clauses for condition in self._clause(clause))

    def _clause(self, clause: Node) -> list[Condition]:
        if not isinstance(clause, Map) or not clause.entries:
            message = f"found a {clause.shape}, expected a map with one of and, or, not, assert, or an attribute"
            self._tools.problems.report("bad-condition", message, clause)
            return []
        found: list[Condition] = []
        for name, node in clause.entries.items():
            if name in _OPERATORS:
                found.append(Condition(_OPERATORS[name], self.read(_listed(node))))
            elif name == "assert":
                found += self.read(_listed(node))
            else:
                found += self._assertion(clause, name, node)
        return found

    def _assertion(self, clause: Map, attribute: str, node: Node) -> list[Condition]:
        known = self._attributes
        if known is not None and attribute not in known:
            self._tools.values.unknown("unknown-attribute", clause, attribute, known, "the target of the condition")
            return []
        kind = known[attribute].schema.type if known is not None else "any"
        constraints = self._tools.schemas.constraints(_listed(node), kind)
        return [Condition("assert", attribute=attribute, constraints=constraints)]


def _listed(node: Node) -> tuple[Node, ...]:
    return tuple(node.items) if isinstance(node, List) else (node,)
