"""Property and input values as JSON and back; calls of intrinsic functions become objects with a mark."""

from __future__ import annotations

from typing import Any

from tosca.model import Function, Value

_MARK = "$function"


def to_json(value: Value) -> Any:
    """JSON data that `from_json` reads back; Python objects inside (dates, versions) become their text."""
    match value:
        case Function(name, arguments):
            return {_MARK: name, "arguments": [to_json(argument) for argument in arguments]}
        case dict():
            return {str(key): to_json(item) for key, item in value.items()}
        case list() | tuple():
            return [to_json(item) for item in value]
        case str() | bool() | int() | float() | None:
            return value
    return str(value)


def from_json(data: Any) -> Value:
    """The value that `to_json` stored."""
    if isinstance(data, dict):
        if _MARK in data:
            return Function(data[_MARK], tuple(from_json(argument) for argument in data["arguments"]))
        return {key: from_json(item) for key, item in data.items()}
    if isinstance(data, list):
        return [from_json(item) for item in data]
    return data  # type: ignore[no-any-return]  # a scalar
