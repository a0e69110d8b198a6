"""Where the calls of functions stand and what is declared there, when they move from one template into another.

Place in the flow: a part of `tosca.phases.replacement`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from tosca.definitions import Schema
from tosca.model import Function, Value
from tosca.nodes import Node
from tosca.values.functions import is_index
from tosca.values.given import converted
from tosca.values.reading import Values

_GOING_ON = frozenset(("get_input", "get_property", "get_attribute"))  # what takes a path into its value


@dataclass(slots=True)
class Calls:
    """Places and declared types of calls, by their identity."""

    places: dict[int, Node] = field(default_factory=dict)
    wanted: dict[int, Schema] = field(default_factory=dict)
    lost: list[tuple[Function, str]] = field(default_factory=list)  # that lead nowhere, and what to tell of them
    _kept: list[Function] = field(default_factory=list)  # alive, so that no other call gets their identity

    @classmethod
    def of(cls, read: Iterable[Values]) -> Calls:
        """Take over what was found when the values were read."""
        found = cls()
        for values in read:
            found.places |= values.places
            found.wanted |= values.wanted
        return found

    def instead(self, call: Function, value: Value) -> Value:
        """Return a value that takes the place of a call: as one of the type that is declared there, if it can be."""
        wanted = self.wanted.get(id(call))
        if not isinstance(value, Function):
            return converted(wanted.type, value) if wanted is not None else value
        moved = Function(value.name, value.arguments)
        self._kept += (call, moved)
        self.wanted.pop(id(moved), None)  # of a call that is long gone
        if wanted is not None:
            self.wanted[id(moved)] = wanted
        if id(call) in self.places:
            self.places[id(moved)] = self.places[id(call)]
        return moved

    def followed(self, call: Function, value: Value, path: list[Value]) -> Value:
        """What lies at the end of a path into a value; into what a call gives, that call goes on itself."""
        for position, step in enumerate(path):
            if isinstance(value, Function) and value.name in _GOING_ON:
                return Function(value.name, (*value.arguments, *path[position:]))
            if isinstance(value, dict) and isinstance(step, str) and step in value:
                value = value[step]
            elif isinstance(value, list) and is_index(str(step)) and int(str(step)) < len(value):
                value = value[int(str(step))]
            else:
                where = ", ".join(map(str, call.arguments))
                message = f"found {call.name} of '{where}', expected a way into the value that a substitution gives it"
                self.lost.append((call, message))
                return None
        return value
