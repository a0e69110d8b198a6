"""Turns an operation tuple into what an executor needs: inputs evaluated, paths, variables.

Place in the flow: operation tuple and production → **operation request** → executor.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.executions.attributes import Anchors, Attributes, States, anchors_of
from engine.executions.commit import Ended
from engine.executions.errors import NoValue
from engine.executions.history import Outcome, describe_operation, operation_id, owner_of
from engine.executions.outputs import Outputs
from engine.executions.records import ExecutionRecord
from engine.instances.scaling import index_of
from engine.rete.memory import CellId
from engine.rete.production import Production
from engine.space.base import Space
from engine.space.client import Held
from engine.weaving.values import from_json
from tosca.errors import FunctionError
from worker.environment import printed
from worker.executors.base import OperationRequest, Result

_ATTEMPTS = 1_000_000  # of one operation in one run, at most
MOST_NAMED = 1000
"""With more instances of a node than this, a variable that lists them is empty."""


class Unevaluable(Exception):
    """An input that cannot be evaluated here; the operation fails with this message."""


class _InstanceValues:
    """What other functions read than those of `Attributes`; the network has no get_property left in it."""

    def __init__(self, record: ExecutionRecord, node: str, index: tuple[int, ...]) -> None:
        self._inputs = record.inputs
        self._own = {"tosca_name": node, "tosca_id": f"{node}[{printed(index)}]"}

    def get_input(self, args: tuple[Any, ...]) -> Any:
        """An input of the instance, by name and then by keys and indexes."""
        found: Any = self._inputs
        for argument in args:
            try:
                found = found[argument]
            except (KeyError, IndexError, TypeError) as error:
                raise Unevaluable(f"get_input {list(args)!r}: the instance has no such input") from error
        return found

    def get_attribute(self, args: tuple[Any, ...]) -> Any:
        """The attributes that a node instance has by itself."""
        if len(args) == 2 and args[0] == "SELF" and args[1] in self._own:
            return self._own[args[1]]
        return self._unknown("get_attribute", args)

    def get_property(self, args: tuple[Any, ...]) -> Any:
        return self._unknown("get_property", args)

    def get_operation_output(self, args: tuple[Any, ...]) -> Any:
        return self._unknown("get_operation_output", args)

    def get_nodes_of_type(self, args: tuple[Any, ...]) -> Any:
        return self._unknown("get_nodes_of_type", args)

    def get_artifact(self, args: tuple[Any, ...]) -> Any:
        return self._unknown("get_artifact", args)

    def _unknown(self, function: str, args: tuple[Any, ...]) -> Any:
        raise Unevaluable(f"{function} {list(args)!r} cannot be evaluated when the operation starts")


def operation_request(
    space: Space, held: Held, record: ExecutionRecord, production: Production, folder: Path
) -> OperationRequest:
    """What to run for a tuple; its inputs have the values of this moment.

    Raises:
        Unevaluable: an input cannot be evaluated.
        SpaceError: the space does not answer.
    """
    fields = held.tuple.fields
    step, flat = fields["step"], fields["flat"]
    operation = production.steps[step].operation
    assert operation is not None  # noqa: S101 - only steps with an operation get a tuple
    about = describe_operation(production, flat, step)
    values = _values(space, record, production, flat)
    inputs = _inputs(values, anchors_of(production, flat), operation.get("inputs", {}))
    return OperationRequest(
        id=operation_id(record.id, CellId(production.name, flat), step),
        execution=record.id,
        model=record.model,
        instance=record.instance,
        node=about["node"],
        index=tuple(about["index"]),
        interface=operation["interface"],
        operation=operation["name"],
        implementation=operation["implementation"],
        dependencies=tuple(operation.get("dependencies", ())),
        folder=folder,
        inputs=inputs,
        variables=_variables(production, about),
        attempt=attempt_of(held),
        fence=str(record.run * _ATTEMPTS + held.lock_index),
        time_limit=operation.get("timeout"),
        secrets=frozenset(record.secrets) | values.secrets,
    )


def _values(space: Space, record: ExecutionRecord, production: Production, flat: int) -> Attributes:
    identity = record.model, record.instance
    node, index = owner_of(production, flat)
    return Attributes(
        Outputs(space, *identity),
        States(space, *identity),
        _InstanceValues(record, node, tuple(index)),
        record.workflow_inputs,
    )


def _inputs(values: Attributes, anchors: Anchors, inputs: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _input(name, value, values, anchors) for name, value in inputs.items()}


def _input(name: str, value: Any, values: Attributes, anchors: Anchors) -> Any:
    try:
        return values.value(from_json(value), anchors)
    except (NoValue, FunctionError) as error:
        raise Unevaluable(f"input {name!r}: {error}") from error


def attempt_of(held: Held) -> int:
    """The number of the attempt, from 1."""
    return int(held.lock_index - held.tuple.fields["base"])


def ended(held: Held, result: Result) -> Ended:
    """The result of an operation as the engine commits it."""
    outcome = Outcome(result.exit_code, result.error, result.started, result.ended, result.outputs, result.unmet)
    return Ended(held, outcome)


def _variables(production: Production, about: Mapping[str, Any]) -> dict[str, str]:
    """What tells an operation for whom and between whom it stands; the table is in docs/operations-environment.md."""
    subject, relationship = production.subject, about["relationship"]
    found = {"HOST": subject["root"], "INSTANCES": ",".join(instances(subject["node"], tuple(subject["radix"])))}
    if relationship is None:
        return {**found, "SELF": f"{about['node']}[{printed(tuple(about['index']))}]"}
    found |= {"RELATIONSHIP": relationship["name"], "REQUIREMENT": relationship["requirement"]}
    for end in ("source", "target"):
        name, node, index = end.upper(), relationship[end]["node"], relationship[end]["index"]
        one = node if index is None else f"{node}[{printed(tuple(index))}]"
        every = ",".join(instances(node, tuple(subject["relationship"][end]["radix"])))
        found |= {f"{name}_NODE": node, name: one, f"{name}_INSTANCE": one}
        found |= {f"{name}S": every, f"{name}_INSTANCES": every}
    return found


@functools.lru_cache(maxsize=256)
def instances(node: str, radix: tuple[int, ...]) -> tuple[str, ...]:
    """The names of all instances of a node, in the order of their numbers; none when they are too many to be told."""
    count = math.prod(radix)
    if count > MOST_NAMED:
        return ()
    return tuple(f"{node}[{printed(index_of(radix, flat))}]" for flat in range(count))
