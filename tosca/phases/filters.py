"""Node filters → checked, and applied to node templates.  TOSCA 1.1 § 3.5.3, § 3.5.4.

Place in the flow: a part of `tosca.phases.targets`, where a requirement leaves open which node it leads to, and of
`tosca.phases.substitution`.  A value that only an instance knows (a function) fits every filter.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tosca.definitions import Property, TypeInfo
from tosca.entities.filters import NodeFilter, PropertyFilter
from tosca.model import Function, Value
from tosca.nodes import Map, Node, Scalar
from tosca.phases.properties import Schemas
from tosca.problems import Problems
from tosca.values.constraints import ORDER, Constraint
from tosca.values.reading import Values

_BASES = {"scalar-unit.size": "B", "scalar-unit.time": "s", "scalar-unit.frequency": "Hz", "scalar-unit.bitrate": "bps"}


@dataclass(frozen=True, slots=True)
class Filters:
    """Checks node filters against types, and applies them."""

    schemas: Schemas
    values: Values
    problems: Problems

    def check(self, stated: NodeFilter, info: TypeInfo) -> None:
        """Report what a filter names that a node type does not have."""
        self._compile(stated.properties, info.properties, info.name, stated.node)
        for name, properties in stated.capabilities:
            known = _capability(name, info)
            if known is None:
                self._unknown("unknown-capability", name, info, stated.node)
            else:
                self._compile(properties, known, name, stated.node)

    def fits(self, stated: NodeFilter, info: TypeInfo, node: Node) -> bool:
        """Tell whether a node template, as written, keeps a filter."""
        if not self._keeps(stated.properties, info.properties, _section(node, "properties")):
            return False
        capabilities = _section(node, "capabilities")
        for name, properties in stated.capabilities:
            own = next((key for key in (name, *_of_type(name, info)) if key in info.capabilities), None)
            if own is None:
                return False
            assigned = _section(capabilities.get(own), "properties")
            if not self._keeps(properties, info.capabilities[own].properties, assigned):
                return False
        return True

    def broken(
        self,
        stated: NodeFilter,
        info: TypeInfo,
        properties: Mapping[str, Value],
        capabilities: Mapping[str, Mapping[str, Value]],
    ) -> list[str]:
        """Return which parts of a filter values do not keep, as it states them; the values are not shown."""
        found = self._broken("", stated.properties, info.properties, properties)
        for name, filters in stated.capabilities:
            own = next((key for key in (name, *_of_type(name, info)) if key in info.capabilities), None)
            if own is None:
                found.append(f"capability {name!r}")
            else:
                known = info.capabilities[own].properties
                found += self._broken(f"{name}.", filters, known, capabilities.get(own, {}))
        return found

    def _broken(
        self,
        prefix: str,
        filters: Iterable[PropertyFilter],
        known: Mapping[str, Property],
        values: Mapping[str, Value],
    ) -> list[str]:
        found: list[str] = []
        for name, clauses in filters:
            value = values.get(name)
            if isinstance(value, Function):
                continue
            constraints = self._constraints(clauses, known[name].schema.type) if name in known else ()
            wanted = [one.text for one in constraints if value is None or not one.holds(value)]
            found += [f"{prefix}{name} {text}" for text in wanted] or ([f"{prefix}{name}"] if value is None else [])
        return found

    def _keeps(
        self, filters: Iterable[PropertyFilter], known: Mapping[str, Property], assigned: Mapping[str, Node]
    ) -> bool:
        for name, clauses in filters:
            prop = known.get(name)
            node = assigned.get(name) or (prop.default if prop is not None else None)
            if prop is None or node is None:
                return False
            value = self.values.read(node, prop.schema)
            constraints = self._constraints(clauses, prop.schema.type)
            if not isinstance(value, Function) and not all(constraint.holds(value) for constraint in constraints):
                return False
        return True

    def _compile(
        self, filters: Iterable[PropertyFilter], known: Mapping[str, Property], of: str, node: Node
    ) -> dict[str, tuple[Constraint, ...]]:
        found: dict[str, tuple[Constraint, ...]] = {}
        for name, clauses in filters:
            if name in known:
                found[name] = self._constraints(clauses, known[name].schema.type)
            else:
                self.values.unknown("unknown-property", node, name, known, of)
        return found

    def _constraints(self, clauses: tuple[Node, ...], name: str) -> tuple[Constraint, ...]:
        kind = self.schemas.primitive(name)
        return self.schemas.constraints(tuple(self._with_unit(clause, kind) for clause in clauses), name)

    def _with_unit(self, clause: Node, kind: str) -> Node:
        """A number without a unit, which some write in filters, counts in the unit that all others are made of."""
        operands = list(clause.entries.items()) if isinstance(clause, Map) else []
        if kind not in _BASES or len(operands) != 1:
            return clause
        ((operator, operand),) = operands
        if operator not in ORDER or not isinstance(operand, Scalar) or not operand.text.isdecimal():
            return clause
        found = f"found {operand.text!r}, expected a {kind} with its unit"
        self.problems.report("number-for-unit", f"{found}; taken for {operand.text} {_BASES[kind]}", clause, operator)
        changed = Map(clause.line, clause.column)
        changed.entries = {operator: Scalar(f"{operand.text} {_BASES[kind]}", True, operand.line, operand.column)}
        return changed

    def _unknown(self, code: str, name: str, info: TypeInfo, node: Node) -> None:
        self.values.unknown(code, node, name, info.capabilities, info.name)


def _of_type(name: str, info: TypeInfo) -> list[str]:
    """Names of capabilities that are of a type."""
    return [key for key, found in info.capabilities.items() if any(_same(name, kind) for kind in found.lineage)]


def _same(stated: str, full: str) -> bool:
    return full == stated or full == f"tosca.capabilities.{stated.removeprefix('tosca:')}"


def _capability(name: str, info: TypeInfo) -> Mapping[str, Property] | None:
    """The properties of a capability, which is called by its name or, failing that, by its type."""
    own = next((key for key in (name, *_of_type(name, info)) if key in info.capabilities), None)
    return info.capabilities[own].properties if own is not None else None


def _section(node: Node | None, keyname: str) -> Mapping[str, Node]:
    found = node.entries.get(keyname) if isinstance(node, Map) else None
    return found.entries if isinstance(found, Map) else {}
