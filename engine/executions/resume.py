"""Goes on with an execution that has failed or was cancelled, under its own id.

Place in the flow: a request → **a further run of the same network** → … workers ….  Each node is taken up where it
stands (`docs/adr/runs-over-the-same-nodes.md`), so that what has succeeded is not done again.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from engine.executions.errors import ExecutionEnded, ExecutionOvertaken, ExecutionRunning, UnknownExecution
from engine.executions.networks import read_note
from engine.executions.progress import succeeded
from engine.executions.records import CANCELLED, CANCELLING, FAILED, RUNNING, ExecutionRecord, InstanceRecord, encode
from engine.executions.start import put_first
from engine.space import keys
from engine.space.base import Entry, Space
from engine.space.errors import Conflict, UnknownOutcome
from engine.space.verbs import Cas, CheckIndex, Delete, Verb

_MOST = 40
"""So many keys at most are forgotten in the transaction that lets it go on; what is more is brought together before."""


def resume_execution(space: Space, id_: str) -> ExecutionRecord:
    """Let it go on; return at once.

    Raises:
        UnknownExecution: there is none of that id.
        ExecutionRunning: it, or another one, runs on the instance.
        ExecutionEnded: it has succeeded.
        ExecutionOvertaken: a later execution has changed the instance, or the instance is gone.
        SpaceError: the space does not answer, or its answers are lost one after another.
    """
    while True:
        found = ExecutionRecord.read(space, id_)
        if found is None:
            raise UnknownExecution(id_)
        record, index = found
        owner = _owner(space, record)
        forgotten = _forgotten(space, record, index)
        if forgotten is None:
            continue
        further = replace(
            record,
            run=record.run + 1,
            status=RUNNING,
            ended=None,
            error=None,
            resumed=record.resumed + 1,
            removals=0,
            earlier=succeeded(space, record),
        )
        if put_first(space, owner, (further, index), read_note(space, record.network).starts, forgotten):
            return further


def _owner(space: Space, record: ExecutionRecord) -> tuple[InstanceRecord, int]:
    """The instance, which is as the execution has left it."""
    owner = InstanceRecord.read(space, record.model, record.instance)
    if owner is None:
        raise ExecutionOvertaken(record.id, record.model, record.instance)
    if owner[0].execution is not None or record.status in (RUNNING, CANCELLING):
        raise ExecutionRunning(record.model, record.instance, owner[0].execution or record.id)
    if record.status not in (FAILED, CANCELLED):
        raise ExecutionEnded(record.id, record.status)
    if owner[0].run != record.run:
        raise ExecutionOvertaken(record.id, record.model, record.instance)
    return owner


def _forgotten(space: Space, record: ExecutionRecord, index: int) -> list[str] | None:
    """The keys of why it failed and of what has been counted: both are told of what comes now.

    None when there were so many that some were brought together first, and all is to be read again.
    """
    counted = space.entries(keys.prefix("count", record.id))
    reasons = space.keys(keys.prefix("fail", record.id))
    if len(counted) + len(reasons) <= _MOST:
        return [*reasons, *(entry.key for entry in counted)]
    verbs: list[Verb] = [CheckIndex(record.key, index)]
    if len(counted) > _MOST // 2:
        verbs += _added_up(counted[:_MOST])
    else:  # as many reasons stay as a person reads, until it goes on
        verbs += [Delete(key) for key in reasons[_MOST // 2 :][:_MOST]]
    with suppress(Conflict, UnknownOutcome):  # all is read again
        space.transact(verbs)
    return None


def _added_up(counted: Sequence[Entry]) -> list[Verb]:
    """One count in the place of many; those who made them have committed their last."""
    total: Counter[str] = Counter()
    for entry in counted:
        total.update(json.loads(entry.value))
    first, *others = counted
    return [Cas(first.key, encode(dict(total)), first.index), *(Delete(entry.key) for entry in others)]
