"""What functions read when conditions are looked at: inputs, and nothing else that `Attributes` does not know.

Place in the flow: a part of `engine.executions.conditions`; whoever looks, a worker or a manager, finds the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.executions.attributes import inside
from engine.executions.errors import NoValue
from engine.executions.records import ExecutionRecord


class InputsOnly:
    """The resolver of an execution's conditions."""

    def __init__(self, record: ExecutionRecord) -> None:
        self._inputs = record.inputs

    def get_input(self, args: tuple[Any, ...]) -> Any:
        return inside(self._inputs, list(args), f"get_input {list(args)!r}")

    def get_property(self, args: tuple[Any, ...]) -> Any:
        return _unknown("get_property", args)

    def get_attribute(self, args: tuple[Any, ...]) -> Any:
        return _unknown("get_attribute", args)

    def get_operation_output(self, args: tuple[Any, ...]) -> Any:
        return _unknown("get_operation_output", args)

    def get_nodes_of_type(self, args: tuple[Any, ...]) -> Any:
        return _unknown("get_nodes_of_type", args)

    def get_artifact(self, args: tuple[Any, ...]) -> Any:
        return _unknown("get_artifact", args)


def _unknown(function: str, args: Sequence[Any]) -> Any:
    raise NoValue(f"{function} {list(args)!r}", "it cannot be evaluated here")
