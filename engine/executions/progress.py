"""Reads back how an execution goes: counts, operations, history, states of the nodes.

Place in the flow: the facts and records of the space → answers of the API.  Nothing here writes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from engine.executions.history import describe_operation, operation_id
from engine.executions.networks import ProductionCache, productions
from engine.executions.records import RUNNING, SUCCEEDED, ExecutionRecord, InstanceRecord
from engine.executions.tuples import OPERATION
from engine.instances.scaling import Scale
from engine.rete.memory import CellId
from engine.rete.production import Production
from engine.space import keys
from engine.space.base import Entry, Space
from engine.space.tuples import Tuple

_WHAT_BECAME = ("attempt", "worker", "queued", "started", "ended", "exit_code", "error")
_AT_ONCE = 0.02  # seconds: where something is there, nothing is waited for
_PER_COMMIT = 1000  # a commit records far fewer events than this


def counts(space: Space, record: ExecutionRecord) -> dict[str, int]:
    """How many operations there are in all, are committed, run now, and have failed.

    Those that nothing is to be done for, since an earlier execution did them, do not count.  It costs as much as there
    are workers, not operations.
    """
    committed = [json.loads(entry.value) for entry in space.entries(keys.prefix("count", record.id))]
    done = sum(count["done"] for count in committed) + record.earlier
    skipped = sum(count.get("skipped", 0) for count in committed)
    # One that goes on may end before all that it skips was looked at.
    return {
        "total": done if record.status == SUCCEEDED else record.operations - skipped + record.earlier,
        "done": done,
        "running": sum(1 for _, entry in _ready(space, record) if entry.session is not None),
        "failed": sum(count["failed"] for count in committed),
    }


def succeeded(space: Space, record: ExecutionRecord) -> int:
    """How many operations have been committed without a failure."""
    found = counts(space, record)
    return found["done"] - found["failed"]


def history(space: Space, record: ExecutionRecord) -> list[dict[str, Any]]:
    """What was committed, in commit order; ``seq`` rises and is unique."""
    return _events(space.entries(keys.prefix("done", record.id)))


def up_to(space: Space, execution: str) -> int:
    """The ``seq`` that nothing committed so far is beyond, and all that is committed later is; it reads no history."""
    return (space.wait(keys.prefix("done", execution), 0, _AT_ONCE) + 1) * _PER_COMMIT - 1


class Growth:
    """The history as it grows: each look reads only what was committed since the one before."""

    def __init__(self, space: Space, execution: str) -> None:
        self._space = space
        self._prefix = keys.prefix("done", execution)
        self._read: set[str] = set()

    def more(self) -> list[dict[str, Any]]:
        """What is new, in commit order and with its ``seq``; all of it is later than all that was read before."""
        if not self._read:
            batches = self._space.entries(self._prefix)
        elif new := set(self._space.keys(self._prefix)) - self._read:
            batches = list(self._space.read(new).values())
        else:
            return []
        self._read.update(entry.key for entry in batches)
        return _events(batches)


def _events(batches: Iterable[Entry]) -> list[dict[str, Any]]:
    events = []
    for entry in sorted(batches, key=lambda entry: entry.index):
        batch = json.loads(entry.value)
        for number, event in enumerate(batch["events"]):
            seq = entry.index * _PER_COMMIT + number
            events.append({"seq": seq, "time": batch["time"], **event, "worker": batch["worker"]})
    return events


def operations(space: Space, record: ExecutionRecord) -> Iterator[dict[str, Any]]:
    """Every operation that has an implementation, in a fixed order, with what has become of it.

    ``waiting`` ones have conditions that do not hold yet; those that can never run are ``cancelled`` once the execution
    has ended.
    """
    committed = {event["id"]: event for event in history(space, record) if "id" in event}
    ready = {_id(tuple_): (tuple_, entry) for tuple_, entry in _ready(space, record)}
    for production in productions(space, record.network):
        for step, _ in _operation_steps(production):
            for flat in range(production.count):
                name = operation_id(record.id, CellId(production.name, flat), step)
                about = {"id": name, **describe_operation(production, flat, step)}
                yield {**about, **_state(record, committed.get(name), ready.get(name))}


def under_way(space: Space, record: ExecutionRecord) -> list[dict[str, Any]]:
    """Those operations that run or may be taken by a worker, in the order in which they became possible."""
    ready = list(_ready(space, record))
    cache = ProductionCache(space)
    cache.load(record.network, {tuple_.fields["production"] for tuple_, _ in ready})
    found = []
    for tuple_, entry in ready:
        fields = tuple_.fields
        production = cache.get(record.network, fields["production"])
        if production.steps[fields["step"]].operation is not None:
            about = describe_operation(production, fields["flat"], fields["step"])
            found.append({"id": _id(tuple_), **about, **_state(record, None, (tuple_, entry))})
    return sorted(found, key=lambda operation: str(operation["queued"]))


def states(space: Space, record: InstanceRecord, scale: Scale) -> dict[tuple[str, int], str]:
    """The state of every node instance."""
    found = {(node, flat): "initial" for node in scale.nodes for flat in range(scale.count(node))}
    for entry in space.entries(keys.prefix("cell", record.model, record.instance)):
        parts = keys.split(entry.key)
        if len(parts) == 5 and (parts[3], int(parts[4])) in found:
            found[parts[3], int(parts[4])] = json.loads(entry.value)["state"]
    return found


def error_of(space: Space, record: ExecutionRecord) -> str | None:
    """Why it failed: each failed operation in a line; None while none has."""
    lines = []
    for entry in space.entries(keys.prefix("fail", record.id)):
        event = json.loads(entry.value)
        index = ",".join(str(number) for number in event["index"])
        step = f"step {event['step']}: " if "step" in event else ""
        lines.append(f"{step}{event['node']}[{index}] {event['interface']}.{event['operation']}: {event['error']}")
    return "\n".join(lines) or None


def _ready(space: Space, record: ExecutionRecord) -> Iterator[tuple[Tuple, Entry]]:  # checks among them
    """The operation tuples of the execution, each with its entry, which says whether a session holds it."""
    for entry in space.entries(keys.prefix(OPERATION.name)):
        tuple_ = Tuple.of(OPERATION, entry)
        if tuple_.fields["execution"] == record.id:
            yield tuple_, entry


def _id(tuple_: Tuple) -> str:
    fields = tuple_.fields
    return operation_id(fields["execution"], CellId(fields["production"], fields["flat"]), fields["step"])


def _operation_steps(production: Production) -> Iterator[tuple[int, Any]]:
    return ((i, step.operation) for i, step in enumerate(production.steps) if step.operation is not None)


def _state(record: ExecutionRecord, event: dict[str, Any] | None, ready: tuple[Tuple, Entry] | None) -> dict[str, Any]:
    if event is not None:
        state = "failed" if event["error"] else "succeeded"
        return {"state": state, **{name: event.get(name) for name in _WHAT_BECAME}}
    what: dict[str, Any] = dict.fromkeys(_WHAT_BECAME)
    if ready is None:
        return {"state": "waiting" if record.status == RUNNING else "cancelled", **what, "attempt": 0}
    fields, entry = ready[0].fields, ready[1]
    what |= {"attempt": entry.lock_index - fields["base"], "queued": fields["queued"]}
    if entry.session is None:
        return {"state": "ready", **what}
    return {"state": "running", **what, "worker": fields.get("worker"), "started": fields.get("started")}
