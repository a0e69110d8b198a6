"""Intrinsic functions: what a call looks like, and its evaluation.  TOSCA 1.1 § 4.

Place in the flow: `tosca.values.reading` finds the calls with `call_of`; a worker evaluates them with `evaluate` just
before an operation, against a `Resolver` that knows the instances.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable
from typing import Any, Protocol

from tosca.errors import FunctionError
from tosca.model import Function
from tosca.nodes import List, Map, Node, Scalar

RESERVED = frozenset(("SELF", "SOURCE", "TARGET", "HOST"))


class Resolver(Protocol):
    """Answers the functions that ask about the model or its instances; arguments are evaluated already."""

    def get_input(self, args: tuple[Any, ...]) -> Any: ...

    def get_property(self, args: tuple[Any, ...]) -> Any: ...

    def get_attribute(self, args: tuple[Any, ...]) -> Any: ...

    def get_operation_output(self, args: tuple[Any, ...]) -> Any: ...

    def get_nodes_of_type(self, args: tuple[Any, ...]) -> Any: ...

    def get_artifact(self, args: tuple[Any, ...]) -> Any: ...


def _names(least: int, most: int) -> Callable[[Node], bool]:
    """Fit a list whose first arguments are names (or, for names, calls)."""

    def fits(node: Node) -> bool:
        return type(node) is List and least <= len(node.items) <= most and type(node.items[0]) is Scalar

    return fits


def _is_name(node: Node) -> bool:
    return type(node) is Scalar and bool(node.text)


def _is_list(least: int, most: int) -> Callable[[Node], bool]:
    return lambda node: type(node) is List and least <= len(node.items) <= most


# A map such as a credential's ``{token: abc}`` is no call: only arguments of a fitting shape make one.
SHAPES: dict[str, Callable[[Node], bool]] = {
    "get_input": lambda node: _is_name(node) or _names(1, 100)(node),
    "get_property": _names(2, 100),
    "get_attribute": _names(2, 100),
    "get_operation_output": _names(4, 4),
    "get_nodes_of_type": _is_name,
    "get_artifact": _names(2, 4),
    "concat": _is_list(1, 10_000),
    "join": lambda node: _is_list(1, 2)(node) and isinstance(node, List) and type(node.items[0]) is not Scalar,
    "token": _is_list(3, 3),
}
_LONGEST = 30  # characters of a name that may be a function's
EXPECTED = {
    "get_input": "the name of an input",
    "get_property": "[ entity, (requirement or capability), property, ... ]",
    "get_attribute": "[ entity, (requirement or capability), attribute, ... ]",
    "get_operation_output": "[ entity, interface, operation, variable ]",
    "get_nodes_of_type": "the name of a node type",
    "get_artifact": "[ entity, artifact, (path), (remove) ]",
    "concat": "a list of parts",
    "join": "[ list, (delimiter) ]",
    "token": "[ string, separators, index ]",
}


def is_mistaken(name: str, argument: Node) -> bool:
    """Tell whether a call that does not fit is a mistake rather than a map of data: its name or its list says so."""
    return name.startswith(("get_", "concat")) or (type(argument) is List and name == "token")


def call_of(node: Map) -> tuple[str, Node] | None:
    """Return the name and the argument when a map has the form of a call, whether or not the argument fits."""
    if len(node.entries) != 1:
        return None
    ((name, argument),) = node.entries.items()
    return (name, argument) if name in SHAPES else None


def meant_function(name: str, argument: Node) -> str | None:
    """Return the function that a name which is none nearly is, if the argument fits it."""
    if name in SHAPES or not 3 < len(name) < _LONGEST:  # comparing is slow, and most maps are just data
        return None
    fitting = [function for function, fits in SHAPES.items() if fits(argument)]
    return next(iter(difflib.get_close_matches(name, fitting, 1, cutoff=0.8)), None)


def evaluate(value: Any, resolver: Resolver) -> Any:
    """Return the plain value of data in which calls stand.

    Raises:
        FunctionError: a call has arguments that it cannot take.  What the resolver raises passes through.
    """
    if isinstance(value, Function):
        return _call(value.name, tuple(evaluate(argument, resolver) for argument in value.arguments), resolver)
    if isinstance(value, list):
        return [evaluate(item, resolver) for item in value]
    if isinstance(value, dict):
        return {key: evaluate(item, resolver) for key, item in value.items()}
    return value


def _call(name: str, arguments: tuple[Any, ...], resolver: Resolver) -> Any:
    local = _LOCAL.get(name)
    if local is not None:
        return local(*arguments)
    if name not in SHAPES:
        raise FunctionError(name, name, f"one of {', '.join(SHAPES)}")
    return getattr(resolver, name)(arguments)


def is_index(text: str) -> bool:
    """Tell whether a text is a number from 0 on that a place in a list can have."""
    return text.isdecimal() and len(text) < 10


def text_of(value: Any) -> str:
    """Return a value as the text that concatenation and scripts see."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value) if isinstance(value, (list, dict)) else str(value)


def _concat(*parts: Any) -> Any:
    if parts and all(isinstance(part, list) for part in parts):
        return [item for part in parts for item in part]
    return "".join(text_of(part) for part in parts)


def _join(items: Any = None, delimiter: Any = "", *rest: Any) -> str:
    if not isinstance(items, list) or not isinstance(delimiter, str) or rest:
        raise FunctionError("join", [items, delimiter, *rest], "a list and a delimiter")
    return delimiter.join(text_of(item) for item in items)


def _token(*arguments: Any) -> str:
    if len(arguments) != 3:
        raise FunctionError("token", list(arguments), "a string, separators and an index")
    whole, separators, index = arguments
    if not isinstance(separators, str) or not separators or not is_index(str(index)):
        raise FunctionError("token", list(arguments), "a string, separators and an index from 0 on")
    parts = text_of(whole)
    for separator in separators[1:]:
        parts = parts.replace(separator, separators[0])
    pieces = parts.split(separators[0])
    if int(index) >= len(pieces):
        raise FunctionError("token", int(index), f"an index below {len(pieces)}")
    return pieces[int(index)]


_LOCAL: dict[str, Callable[..., Any]] = {"concat": _concat, "join": _join, "token": _token}
