"""Turns ``get_attribute`` and ``get_operation_output`` into references that need no template (TOSCA 1.1, 4.5 and 4.6).

Place in the flow: beside `engine.instances.properties`, whose `Scope` evaluates what the template tells.  What only an
instance has becomes a call of `ATTRIBUTE` or `OUTPUT` with one argument, a map that says in which instances to look and
what to take where nothing was said; `engine.executions.attributes` follows it when the operation starts.

The map has ``call``, as it was written, and ``holders``, tried one after another.  A holder is one of

* ``node``, ``radix`` and ``instances``: ``{"from": "self", "up": 3}``, the instance number self // 3;
  ``{"from": "self", "down": 3}``, three from number self * 3 on; ``{"all": 4}``.  ``self`` is the instance in whose
  value the call stands; in a relationship, the one on whose side it is done, besides ``source`` and ``target``;
* ``relationship``: its instance between the ends.

``of_all`` tells that operations may also have said something of all the node's instances at once, ``secret`` which
places in an attribute's value nobody is to see.

An attribute has ``names`` under which an output can be it, ``path`` into its value, ``otherwise`` what to take when
there is none, and ``has``, the names that have a value by the template.  An output has ``interfaces``, ``operation``
and ``output``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import chain

from engine.instances.properties import DEEPEST, PropertyError, Scope, hosts_of
from engine.instances.scaling import Scale
from tosca.model import Capability, Function, Interface, NodeTemplate, Relationship, SecretPath, Value

ATTRIBUTE, OUTPUT = "attribute_of", "output_of"
WORKFLOW_INPUT = "workflow_input"
"""Calls an input of the workflow that was started, whatever the topology's input of that name is."""
_Holder = dict[str, Value]
_Key = tuple[str, str]
MOST_CALLS = 10_000
"""So many calls may a value lead to: attributes that name each other twice, and so on, double with each step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place(Scope):
    """A scope in which it is known how many instances there are.

    ``known`` are the ends of the relationship of which one instance is meant; of any other end all are.
    """

    scale: Scale
    known: frozenset[str] = frozenset()
    told: frozenset[str] = frozenset()  # nodes of all of whose instances something may be said at once
    trail: frozenset[_Key] = frozenset()  # attributes whose value this is part of: none is its own value
    calls: list[int] = field(default_factory=lambda: [0], compare=False)  # how many there were, in all of a value

    def _call(self, call: Function, depth: int) -> Value:
        self.calls[0] += 1
        if self.calls[0] > MOST_CALLS:
            raise PropertyError(f"{_written(call)}: found more than {MOST_CALLS} calls in one value, expected fewer")
        plain = all(isinstance(argument, str) for argument in call.arguments[:2])
        if call.name == "get_attribute" and len(call.arguments) > 1 and plain:
            holders = self._attribute_holders(call.arguments, depth)
        elif call.name == "get_operation_output" and all(isinstance(argument, str) for argument in call.arguments):
            holders = self._output_holders(*map(str, call.arguments))
        else:
            holders = []
        if holders:
            name = ATTRIBUTE if call.name == "get_attribute" else OUTPUT
            return Function(name, ({"call": _written(call), "holders": list(holders)},))
        return Function(call.name, tuple(self.evaluated(argument, depth + 1) for argument in call.arguments))

    def _of_node(self, entity: str, node: NodeTemplate, value: Value, depth: int) -> Value:
        found = self._inside(node).evaluated(value, depth)
        if (entity == "SELF" and node is self.node) or not _is_dependent(found):
            return found
        # What stands in another node means the instances of that one.
        holder = {**self._node_holder(entity, node), "names": [], "path": [], "otherwise": found, "has": []}
        return Function(ATTRIBUTE, ({"call": f"a property of {node.name}", "holders": [holder]},))

    # -- attributes

    def _attribute_holders(self, arguments: tuple[Value, ...], depth: int) -> list[_Holder]:
        entity, first, rest = str(arguments[0]), str(arguments[1]), list(arguments[2:])
        if entity == "SELF" and self.relationship is not None:
            return [self._relationship_attribute(self.relationship, first, rest, depth)]
        return [self._node_attribute(entity, node, first, rest, depth) for node in self._nodes(entity)]

    def _relationship_attribute(self, about: Relationship, name: str, rest: list[Value], depth: int) -> _Holder:
        key = (about.name, name)
        value = _first(name, about.attributes, about.properties)
        here = replace(self, trail=self.trail | {key})
        return {
            "relationship": about.name,
            "names": [name],
            "path": [self.evaluated(step, depth + 1) for step in rest],
            **self._otherwise(here, key, value, depth),
            "has": _names(about.attributes, about.properties),
            **_secret(about.secrets, name),
        }

    def _node_attribute(self, entity: str, node: NodeTemplate, first: str, rest: list[Value], depth: int) -> _Holder:
        """The attribute that a path leads to: the node's own, or by way of a capability or a requirement."""
        if not rest or not isinstance(rest[0], str) or first in node.properties or first in node.attributes:
            capabilities = node.capabilities.values() if entity == "HOST" else ()
            value = _first(first, node.attributes, node.properties, *chain(*map(_values, capabilities)))
            return self._filled(self._node_holder(entity, node), [first], rest, value, depth)
        name, path = rest[0], rest[1:]
        if first in node.capabilities:
            value = _first(name, *_values(node.capabilities[first]))
            return self._filled(self._node_holder(entity, node), [f"{first}.{name}"], path, value, depth)
        for way in node.relationships:
            if way.requirement == first:
                return self._over(entity, way, name, path, depth)
        return self._filled(self._node_holder(entity, node), [first], rest, None, depth)

    def _over(self, entity: str, way: Relationship, name: str, path: list[Value], depth: int) -> _Holder:
        """Over a requirement: an attribute of the capability that it is bound to, or else of the node."""
        target = self.nodes[way.target]
        capability = target.capabilities.get(way.capability or "")
        bound = _values(capability) if capability is not None else ()
        value = _first(name, *bound, target.attributes, target.properties)
        names = [f"{way.capability}.{name}", name]
        return self._filled(self._node_holder(entity, target, way), names, path, value, depth)

    def _filled(self, holder: _Holder, names: list[str], path: list[Value], value: Value, depth: int) -> _Holder:
        """The holder of an attribute that has these names, and a value by the template."""
        node = self.nodes[str(holder["node"])]
        key = (node.name, names[0])
        return {
            **holder,
            "names": list(names),
            "path": [self.evaluated(step, depth + 1) for step in path],
            **self._otherwise(self._inside(node, key), key, value, depth),
            "has": _names(node.attributes, node.properties),
            **_secret(node.secrets, *names),
        }

    def _otherwise(self, place: Place, key: _Key, value: Value, depth: int) -> _Holder:
        """What the template tells; nothing where it tells nothing, or that the attribute is its own value."""
        if value is None or key in self.trail or depth > DEEPEST:
            return {}
        try:
            return {"otherwise": place.evaluated(value, depth + 1)}
        except PropertyError:
            return {}

    def _inside(self, node: NodeTemplate, *keys: _Key) -> Place:
        """The place of values that stand in a node."""
        trail = self.trail.union(keys)
        return Place(self.nodes, node, scale=self.scale, told=self.told, trail=trail, calls=self.calls)

    # -- outputs of operations

    def _output_holders(self, entity: str, interface: str, operation: str, output: str) -> list[_Holder]:
        about = {"operation": operation, "output": output}
        if entity == "SELF" and self.relationship is not None:
            names = _interfaces(interface, self.relationship.interfaces)
            return [{"relationship": self.relationship.name, "interfaces": names, **about}]
        return [
            {**self._node_holder(entity, node), "interfaces": _interfaces(interface, node.interfaces), **about}
            for node in self._nodes(entity)
        ]

    # -- instances

    def _node_holder(self, entity: str, node: NodeTemplate, way: Relationship | None = None) -> _Holder:
        radix: list[Value] = list(self.scale.placements[node.name].radix)
        told: _Holder = {"of_all": True} if node.name in self.told else {}
        return {"node": node.name, "radix": radix, "instances": self._instances(entity, node.name, way), **told}

    def _instances(self, entity: str, node: str, way: Relationship | None) -> _Holder:
        """Which of a node's instances are meant: those on the same chain of hosts if there is one, otherwise all."""
        start, anchor, placements = self.node.name, "self", self.scale.placements
        if self.relationship is not None and entity.lower() in self.known and entity in ("SOURCE", "TARGET"):
            anchor = entity.lower()
            start = self.relationship.source if entity == "SOURCE" else self.relationship.target
        unknown = anchor == "self" and entity in ("SOURCE", "TARGET")
        peers = start == node and (unknown or (way is not None and not way.hosted_on))
        if not peers and node in self._chain(start):
            return {"from": anchor, "up": math.prod(placements[start].radix[len(placements[node].radix) :])}
        if not peers and start in self._chain(node):
            return {"from": anchor, "down": math.prod(placements[node].radix[len(placements[start].radix) :])}
        return {"all": placements[node].count}

    def _chain(self, node: str) -> list[str]:
        """A node and its hosts."""
        if node not in self.nodes:
            return []
        return [node, *(host.name for host in hosts_of(self.nodes[node], self.nodes))]


def _values(capability: Capability) -> tuple[Mapping[str, Value], ...]:
    return capability.attributes, capability.properties


def _first(name: str, *groups: Mapping[str, Value]) -> Value:
    """The first value there is of that name."""
    return next((group[name] for group in groups if group.get(name) is not None), None)


def _secret(secrets: tuple[SecretPath, ...], *names: str) -> _Holder:
    """The secret places in an attribute of these names; a property is an attribute too (3.5.8)."""
    found: list[Value] = []
    for section, *path in secrets:
        capability, name = ("", path[0]) if section != "capabilities" else (f"{path[0]}.", path[2])
        if capability + name in names:
            found.append(list(path[3 if capability else 1 :]))
    return {"secret": found} if found else {}


def _names(*groups: Mapping[str, Value]) -> list[Value]:
    return list(dict.fromkeys(name for group in groups for name, value in group.items() if value is not None))


def _interfaces(name: str, interfaces: Mapping[str, Interface]) -> list[Value]:
    """The names under which an interface's operations are recorded: of the last part of its name or of its type's."""
    found = [name, *([interfaces[name].type] if name in interfaces else [])]
    return list(dict.fromkeys(each.rpartition(".")[2] for each in found))


def _is_dependent(value: Value) -> bool:
    """Whether a value depends on instances."""
    match value:
        case Function(name, arguments):
            return name in (ATTRIBUTE, OUTPUT) or any(map(_is_dependent, arguments))
        case list():
            return any(map(_is_dependent, value))
        case dict():
            return any(map(_is_dependent, value.values()))
    return False


def _written(call: Function) -> str:
    return f"{call.name} [{', '.join(str(argument) for argument in call.arguments)}]"
