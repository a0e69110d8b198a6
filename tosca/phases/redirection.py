"""Functions that ask for what a substituted node has → the values that it has now.

Place in the flow: a part of `tosca.phases.replacement`.  A property is what the node says; an attribute is the output
that it is mapped to; what a capability has, the capability inside has.  TOSCA 1.1 § 2.10, § 4.4, § 4.5.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from tosca.definitions import TypeInfo
from tosca.model import Function, NodeTemplate, Relationship, Value
from tosca.phases.calls import Calls
from tosca.phases.paths import Paths, known
from tosca.phases.placement import Placement
from tosca.phases.references import Subject
from tosca.phases.rewriting import Rewriting
from tosca.phases.tools import Nodes
from tosca.problems import one_of

_OF_ENTITY = frozenset(("get_property", "get_attribute", "get_operation_output", "get_artifact"))
_PATHS = ("get_property", "get_attribute")
_NAMES = ("tosca_name", "tosca_id")  # a substituted node has no instances that could be told apart
_OF_INSTANCES = frozenset((*_NAMES, "state"))
MOST_CALLS = 10_000
# What a path gives: a value, or nothing, which may still be found at the end of the relationship that was followed.
Answer: TypeAlias = tuple[Value] | None


@dataclass(frozen=True, slots=True)
class _Way:
    """A call with the names of the node and the path that it means, and the relationship that leads there."""

    call: Function
    node: str
    path: tuple[Value, ...]
    by: Relationship | None = None
    capability: str | None = None  # the one at the end of the way, which comes first when it has a value


class Redirection:
    """Changes the calls in a topology some of whose nodes are substituted."""

    def __init__(
        self, nodes: Nodes, placements: Mapping[str, Placement], data_types: Mapping[str, TypeInfo], calls: Calls
    ) -> None:
        """Nodes are those of the topology before anything is put in the place of any."""
        self._nodes = nodes
        self._placements = placements
        self._data_types = data_types
        self._paths = Paths(nodes, data_types)
        self._calls = calls
        self._trail: list[tuple[str, tuple[Value, ...]]] = []
        self._count = 0
        self.loops: list[Function] = []  # calls that lead back to themselves
        self.endless: list[Function] = []  # calls that lead to too many others
        self.rewriting = Rewriting(self._change)

    def _change(self, call: Function, subject: Subject) -> Value:
        arguments = tuple(self.rewriting.value(argument, subject) for argument in call.arguments)
        same = all(one is other for one, other in zip(arguments, call.arguments, strict=True))
        changed = call if same else self._calls.instead(call, Function(call.name, arguments))
        if not isinstance(changed, Function) or changed.name not in _OF_ENTITY:
            return changed
        way = self._way(changed, subject)
        if way is None:
            return self._past(changed, subject) if changed.arguments[0] == "HOST" else changed
        answer = self._answer(way)
        if answer is not None:
            return self._calls.instead(changed, answer[0])
        if way.by is None or not self._is_at_end(way):
            self._calls.lost.append((changed, self._lost(way)))
        return changed

    def _lost(self, way: _Way) -> str:
        file, path = self._placements[way.node].candidate.file, ", ".join(map(str, way.path))
        found = f"found {way.call.name} of {path!r} of {way.node!r}, in whose place stands {file}"
        mapping = self._placements[way.node].candidate.substitution
        known = [*self._nodes.templates[way.node].properties, *mapping.attributes, *mapping.values]
        return f"{found}, expected a property, or what it maps: {one_of(known) if known else 'it maps no attribute'}"

    # -- which node a call means

    def _way(self, call: Function, subject: Subject) -> _Way | None:
        """Where a call leads; None when it leads to no node that is substituted."""
        entity, path = call.arguments[0], call.arguments[1:]
        relationship = subject.relationship
        if entity in ("SOURCE", "TARGET") and relationship is not None:
            end = relationship.source if entity == "SOURCE" else relationship.target
            return self._from(call, end, path, relationship)
        if entity == "SELF":
            return self._from(call, subject.node, path) if relationship is None else None
        if entity == "HOST":
            return self._of_host(call, subject.node, path)
        return self._from(call, entity if isinstance(entity, str) else None, path)

    def _from(
        self, call: Function, node: str | None, path: tuple[Value, ...], by: Relationship | None = None
    ) -> _Way | None:
        if node in self._placements:
            return _Way(call, str(node), path, by)
        template = self._nodes.templates.get(node or "")
        if template is None or len(path) < 2 or call.name not in _PATHS or self._is_own(template, path):
            return None
        way = next((way for way in template.relationships if way.requirement == path[0]), None)
        return self._over(call, way, path[1:]) if way is not None else None

    def _over(self, call: Function, way: Relationship, rest: tuple[Value, ...]) -> _Way | None:
        """Go over a requirement: to the capability at its end when that has what is asked for, or else the node."""
        return _Way(call, way.target, rest, way, way.capability) if way.target in self._placements else None

    def _is_own(self, template: NodeTemplate, path: tuple[Value, ...]) -> bool:
        info = self._nodes.types.get(template.name)
        if not isinstance(path[0], str):
            return True
        return info is not None and (path[0] in known(info, attributes=True) or path[0] in info.capabilities)

    def _of_host(self, call: Function, node: str | None, path: tuple[Value, ...]) -> _Way | None:
        """HOST is the first node up the chain that has what is asked for; that may be a substituted one."""
        if node not in self._nodes.templates or node is None or call.name not in _PATHS:
            return None
        found = self._paths.host(node, path, call.name == "get_attribute")
        if isinstance(found, tuple) and found[0] in self._placements:
            return _Way(call, found[0], (found[1], *path) if found[1] else path, self._hosting(node, found[0]))
        return None

    def _past(self, call: Function, subject: Subject) -> Value:
        """A call of HOST that means a host beyond a substituted one: no node in between shall answer it instead."""
        node, path = subject.node, call.arguments[1:]
        if node is None or node not in self._nodes.templates or subject.relationship or call.name not in _PATHS:
            return call
        found = self._paths.host(node, path, call.name == "get_attribute")
        if not isinstance(found, tuple):
            return call
        below = itertools.takewhile(lambda way: way.target != found[0], self._hosts(node))
        if not any(way.target in self._placements for way in below):
            return call
        return self._calls.instead(call, Function(call.name, (found[0], *([found[1]] if found[1] else []), *path)))

    def _hosting(self, node: str, host: str) -> Relationship | None:
        """The relationship by which something in the chain of hosts that begins with a node stands on one of them."""
        return next((way for way in self._hosts(node) if way.target == host), None)

    def _hosts(self, node: str) -> Iterator[Relationship]:
        """The relationships up the chain of hosts, which may lead back to where it began."""
        templates, seen = self._nodes.templates, {node}
        way = next((way for way in templates[node].relationships if way.hosted_on), None)
        while way is not None:
            yield way
            seen.add(way.target)
            above = (above for above in templates[way.target].relationships if above.hosted_on)
            way = next((above for above in above if above.target not in seen), None)

    # -- what the node has

    def _answer(self, way: _Way) -> Answer:
        key = (way.node, (way.call.name, *way.path))
        self._count = self._count + 1 if self._trail else 1
        if key in self._trail:
            self.loops.append(way.call)
            return (None,)
        if self._count > MOST_CALLS:
            self.endless.append(way.call)
            return (None,)
        self._trail.append(key)
        try:
            return self._found(way) if way.call.name in _PATHS else None
        finally:
            self._trail.pop()

    def _found(self, way: _Way) -> Answer:
        name, rest = way.path[0], list(way.path[1:])
        if not isinstance(name, str):
            return None
        bound = self._of_capability(way, way.capability, list(way.path), True) if way.capability is not None else None
        return bound or self._mapped(way, name, rest) or self._own(way, name, rest) or self._elsewhere(way, name, rest)

    def _mapped(self, way: _Way, name: str, rest: list[Value]) -> Answer:
        """The attributes that the template maps."""
        placement = self._placements[way.node]
        substitution = placement.candidate.substitution
        if way.call.name == "get_attribute" and name in substitution.attributes:
            return self._value(way, placement.output(substitution.attributes[name]), Subject(), rest)
        if way.call.name == "get_attribute" and name in substitution.values:
            inside, *path = substitution.values[name]
            return (Function("get_attribute", (placement.inside(inside), *path, *rest)),)
        return None

    def _own(self, way: _Way, name: str, rest: list[Value]) -> Answer:
        """What the node itself says."""
        node, attribute = self._nodes.templates[way.node], way.call.name == "get_attribute"
        for values in (node.attributes, node.properties) if attribute else (node.properties,):
            if values.get(name) is not None and name not in _OF_INSTANCES:
                return self._value(way, values[name], Subject(way.node), rest)
        return (way.node,) if attribute and name in _NAMES and way.by is None else None

    def _value(self, way: _Way, value: Value, subject: Subject, rest: list[Value]) -> Answer:
        there = self.anchored(value, way.node) if subject.node is not None else value
        return (self._calls.followed(way.call, self.rewriting.value(there, Subject()), rest),)

    def _elsewhere(self, way: _Way, name: str, rest: list[Value]) -> Answer:
        """By way of a capability, or of a requirement of the node."""
        if not rest:
            return None
        node = self._nodes.templates[way.node]
        if name in node.capabilities:
            return self._of_capability(way, name, rest, False)
        out = next((found for found in node.relationships if found.requirement == name), None)
        if out is None:
            return None
        further = self._over(way.call, out, tuple(rest))
        if further is not None:
            return self._answer(further)
        info = self._nodes.types.get(out.target)
        capability = info.capabilities.get(out.capability or "") if info is not None else None
        if capability is not None and str(rest[0]) in {**capability.properties, **capability.attributes}:
            rest = [out.capability, *rest]
        return (Function(way.call.name, (out.target, *rest)),)

    def _of_capability(self, way: _Way, name: str, rest: list[Value], valued: bool) -> Answer:
        """What a capability has, that of the node inside first; only what it has a value of by the template."""
        placement, key = self._placements[way.node], str(rest[0])
        inside = placement.capability(name)
        if inside is not None:
            there = placement.nodes[inside[0]].capabilities.get(inside[1])
            has = there is not None and {**there.properties, **there.attributes}.get(key) is not None
            if has or (not valued and key in self._declared(placement, *inside)):
                return (Function(way.call.name, (*inside, *rest)),)
        own = self._nodes.templates[way.node].capabilities.get(name)
        value = {**own.attributes, **own.properties}.get(key) if own is not None else None
        return self._value(way, value, Subject(way.node), rest[1:]) if value is not None else None

    def _declared(self, placement: Placement, template: str, capability: str) -> set[str]:
        """What a capability inside can have."""
        info = placement.type_of(template)
        declared = info.capabilities.get(capability) if info is not None else None
        return {*declared.properties, *declared.attributes} if declared is not None else set()

    def _is_at_end(self, way: _Way) -> bool:
        """Tell whether the node inside to which a relationship leads now has what the node has not."""
        placement = self._placements[way.node]
        by = way.by
        end = None
        if by is not None and by.target == way.node:
            end = placement.capability(by.capability)
        elif by is not None:
            end = placement.requirement(by.requirement)
        if end is None:
            return False
        info = placement.type_of(end[0])
        if info is None or way.call.name not in _PATHS:
            return info is not None
        bound = self._declared(placement, *end) if way.capability is not None else set()
        return str(way.path[0]) in {*bound, *known(info, way.call.name == "get_attribute")}

    def anchored(self, value: Value, node: str) -> Value:
        """The value of a node as it means the same elsewhere: SELF and HOST become the names of nodes."""
        return Rewriting(lambda call, _: self._anchor(call, node)).value(value, Subject(node))

    def _anchor(self, call: Function, node: str) -> Value:
        arguments = [self.anchored(argument, node) for argument in call.arguments]
        if call.name in _OF_ENTITY and arguments[0] == "SELF":
            arguments[0] = node
        elif call.name in _OF_ENTITY and arguments[0] == "HOST":
            found = self._paths.host(node, call.arguments[1:], call.name == "get_attribute")
            if isinstance(found, tuple):
                arguments = [found[0], *([found[1]] if found[1] else []), *arguments[1:]]
            else:
                message = f"found {call.name} of HOST in {node!r}, which is substituted, expected a value of its hosts"
                self._calls.lost.append((call, message))
        return self._calls.instead(call, Function(call.name, tuple(arguments)))
