"""Evaluates ``get_property`` as far as it can be told from the service template (TOSCA Simple Profile 1.1, 4.4.2).

Place in the flow: weaving puts the inputs of operations into productions; what depends on the template alone is
evaluated there, once, so that a worker needs no template.  Calls of other functions are left as they are;
`engine.instances.references` knows those that ask for what only a node instance has.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass

from engine.errors import EngineError
from tosca.model import Function, NodeTemplate, Relationship, Value

DEEPEST = 50


class PropertyError(EngineError):
    """A call of get_property that cannot be evaluated."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a value stands: the names SELF, HOST, SOURCE and TARGET mean something only from there."""

    nodes: Mapping[str, NodeTemplate]
    node: NodeTemplate
    relationship: Relationship | None = None

    def evaluated(self, value: Value, depth: int = 0) -> Value:
        """The value with every call of get_property replaced by what it reads.

        Raises:
            PropertyError: a property does not exist, or properties lead in a circle.
        """
        if depth > DEEPEST:
            raise PropertyError(f"node {self.node.name!r}: get_property leads in a circle")
        match value:
            case Function("get_property", arguments):
                return self._property(arguments, depth)
            case Function():
                return self._call(value, depth)
            case list():
                return [self.evaluated(item, depth + 1) for item in value]
            case dict():
                return {key: self.evaluated(item, depth + 1) for key, item in value.items()}
        return value

    def _call(self, call: Function, depth: int) -> Value:
        """A call of another function than get_property."""
        if call.name == "get_attribute":  # every property is an attribute too (3.5.8)
            with contextlib.suppress(PropertyError):
                return self._property(call.arguments, depth)
        return Function(call.name, tuple(self.evaluated(argument, depth + 1) for argument in call.arguments))

    def _of_node(self, entity: str, node: NodeTemplate, value: Value, depth: int) -> Value:  # noqa: ARG002 - by others
        """A value that stands in another node, where SELF is that one."""
        return Scope(self.nodes, node).evaluated(value, depth)

    def _property(self, arguments: tuple[Value, ...], depth: int) -> Value:
        if len(arguments) < 2 or not all(isinstance(argument, str | int) for argument in arguments):
            raise PropertyError(f"get_property {list(arguments)!r}: expected an entity and the name of a property")
        entity, *path = arguments
        if entity == "SELF" and self.relationship is not None:
            return self.evaluated(_walk(self.relationship.properties, path, arguments), depth + 1)
        for start in self._nodes(str(entity)):
            node, holder, rest = self._holder(start, path)
            if entity == "HOST" and rest == path and rest[0] not in holder:
                holder = _in_any_capability(node, rest[0])
            if rest and rest[0] in holder:
                return self._of_node(str(entity), node, _walk(holder, rest, arguments), depth + 1)
        raise PropertyError(f"get_property {list(arguments)!r} in node {self.node.name!r}: there is no such property")

    def _nodes(self, entity: str) -> list[NodeTemplate]:
        """The nodes to look at, one after another."""
        if entity == "HOST":
            return hosts_of(self.node, self.nodes)
        name = {"SELF": self.node.name}.get(entity, entity)
        if self.relationship is not None:
            name = {"SOURCE": self.relationship.source, "TARGET": self.relationship.target}.get(entity, name)
        return [self.nodes[name]] if name in self.nodes else []

    def _holder(self, node: NodeTemplate, path: list[Value]) -> tuple[NodeTemplate, Mapping[str, Value], list[Value]]:
        """Whose properties a path leads to by way of a capability or requirement of the node, and the rest of it."""
        first, *rest = path
        if not rest or first in node.properties:
            return node, node.properties, path
        if isinstance(first, str) and first in node.capabilities:
            return node, node.capabilities[first].properties, rest
        for relationship in node.relationships:
            if relationship.requirement == first:
                target = self.nodes[relationship.target]
                capability = target.capabilities.get(relationship.capability or "")
                if capability is not None and rest[0] in capability.properties:
                    return target, capability.properties, rest
                return target, target.properties, rest
        return node, node.properties, path


def _in_any_capability(node: NodeTemplate, name: Value) -> Mapping[str, Value]:
    """The properties of the first of a node's capabilities that has one of that name."""
    return next((c.properties for c in node.capabilities.values() if name in c.properties), {})


def hosts_of(node: NodeTemplate, nodes: Mapping[str, NodeTemplate]) -> list[NodeTemplate]:
    """The nodes up the HostedOn chain."""
    found: list[NodeTemplate] = []
    current: NodeTemplate | None = node
    while current is not None:
        above = next((r.target for r in current.relationships if r.hosted_on), None)
        current = nodes.get(above) if above is not None else None
        if current is not None:
            found.append(current)
    return found


def _walk(value: Value | Mapping[str, Value], path: list[Value], arguments: tuple[Value, ...]) -> Value:
    found: Value | Mapping[str, Value] = value
    for part in path:
        known = isinstance(found, Mapping) and isinstance(part, str) and part in found
        if known or (isinstance(found, list) and isinstance(part, int) and 0 <= part < len(found)):
            found = found[part]  # type: ignore[index]  # the line above has made sure of it
        else:
            raise PropertyError(f"get_property {list(arguments)!r}: there is no {part!r}")
    return dict(found) if isinstance(found, Mapping) else found
