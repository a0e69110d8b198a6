"""Removes an instance: first a mark that keeps everyone else off, then memories, outputs and places, then the record.

Place in the flow: ``DELETE /instance`` → **mark, memories, outputs and places, record** → nothing is left.  Whoever
dies half way leaves the mark; the same request once more goes on from there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import islice

from engine.executions.progress import states
from engine.executions.records import CANCELLED, ExecutionRecord, InstanceRecord
from engine.instances.scaling import Scale
from engine.space import keys
from engine.space.base import Space
from engine.space.errors import Conflict
from engine.space.verbs import Cas, CheckIndex, Delete, Verb
from manager import clock
from manager.errors import Refused

MARK = "(being deleted)"  # stands where an execution's id stands, so that none can begin
BATCH = 60
AT_REST = ("initial", "deleted")


def remove(space: Space, record: InstanceRecord, index: int, scale: Scale, force: bool) -> None:
    """Remove an instance that was read with this index.

    Raises:
        Refused: a workflow runs, or some node was not taken down; never with ``force``.
        Conflict: the record has changed since it was read.
    """
    if record.execution != MARK:
        if not force:
            _check_rest(space, record, scale)
        index = space.transact([Cas(record.key, replace(record, execution=MARK).encoded(), index)])
    executions = _void(space, record)
    while left := _left(space, record, executions):
        delete(space, left)
    space.transact([CheckIndex(record.key, index), Delete(record.key)])


def _check_rest(space: Space, record: InstanceRecord, scale: Scale) -> None:
    if record.execution is not None:
        message = f"execution {record.execution!r} runs on instance {record.instance!r} of {record.model!r}"
        raise Refused("execution-running", message)
    up = [node for node, state in states(space, record, scale).items() if state not in AT_REST]
    if up:
        names = ", ".join(sorted({node for node, _ in up})[:5])
        message = (
            f"{len(up)} node instance(s) of {names} are neither initial nor deleted: uninstall first, or use force"
        )
        raise Refused("not-taken-down", message)


def _void(space: Space, record: InstanceRecord) -> set[str]:
    """End the executions that run on it, so that nobody waits for them; the ids of all that ever ran on it."""
    found = [one for one in ExecutionRecord.all(space) if (one.model, one.instance) == (record.model, record.instance)]
    for one in found:
        if one.ended is None:
            _cancel(space, one.id)
    return {one.id for one in found}


def _cancel(space: Space, execution: str) -> None:
    while (found := ExecutionRecord.read(space, execution)) and found[0].ended is None:
        error = "its instance was deleted by force"
        ended = replace(found[0], status=CANCELLED, ended=clock.now(), error=error)
        try:
            space.transact([Cas(ended.key, ended.encoded(), found[1])])
        except Conflict:
            continue


def _left(space: Space, record: InstanceRecord, executions: set[str]) -> list[str]:
    """What still stands: tuples of its executions, which could make new memories and outputs, and these.

    An execution that has ended may have left facts that nobody waits for, not yet put into rules.
    """
    tuples = [key for kind in ("op", "prop") for key in space.keys(kind + "/") if executions & set(keys.split(key))]
    kinds = [keys.prefix(kind, record.model, record.instance) for kind in ("cell", "output", "place")]
    return [*tuples, *(key for prefix in kinds for key in space.keys(prefix))]


def delete(space: Space, left: Iterable[str], *guards: Verb) -> None:
    """Remove keys, in this order, some at a time, each time under the guards."""
    rest = iter(left)
    while batch := [Delete(key) for key in islice(rest, BATCH)]:
        space.transact([*guards, *batch])
