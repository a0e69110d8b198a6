"""Goes on with an execution that has failed or was cancelled, under its own id.

Place in the flow: a request → **a further run of the same network** → … workers ….  Each node is taken up where it
stands (`docs/adr/runs-over-the-same-nodes.md`), so that what has succeeded is not done again.
"""

from __future__ import annotations

from dataclasses import replace

from engine.executions.errors import ExecutionEnded, ExecutionOvertaken, ExecutionRunning, UnknownExecution
from engine.executions.networks import read_note
from engine.executions.progress import succeeded
from engine.executions.records import CANCELLED, CANCELLING, FAILED, RUNNING, ExecutionRecord, InstanceRecord
from engine.executions.start import put_first
from engine.space import keys
from engine.space.base import Space
from engine.space.verbs import Delete, Verb

_BATCH = 50


def resume_execution(space: Space, id_: str) -> ExecutionRecord:
    """Let it go on; return at once.

    Raises:
        UnknownExecution: there is none of that id.
        ExecutionRunning: it, or another one, runs on the instance.
        ExecutionEnded: it has succeeded.
        ExecutionOvertaken: a later execution has changed the instance, or the instance is gone.
        UnknownOutcome: the space's answers are lost one after another.
    """
    earlier: int | None = None
    while True:
        found = ExecutionRecord.read(space, id_)
        if found is None:
            raise UnknownExecution(id_)
        record, index = found
        owner = InstanceRecord.read(space, record.model, record.instance)
        if owner is None:
            raise ExecutionOvertaken(id_, record.model, record.instance)
        if owner[0].execution is not None or record.status in (RUNNING, CANCELLING):
            raise ExecutionRunning(record.model, record.instance, owner[0].execution or id_)
        if record.status not in (FAILED, CANCELLED):
            raise ExecutionEnded(id_, record.status)
        if owner[0].run != record.run:
            raise ExecutionOvertaken(id_, record.model, record.instance)
        if earlier is None:
            earlier = succeeded(space, record)
        further = replace(
            record,
            run=record.run + 1,
            status=RUNNING,
            ended=None,
            error=None,
            resumed=record.resumed + 1,
            earlier=earlier,
        )
        _forget(space, id_)
        if put_first(space, owner, (further, index), read_note(space, record.network).starts):
            return further


def _forget(space: Space, id_: str) -> None:
    """Remove why it failed and what has been counted: both are told of what comes now."""
    found = [*space.keys(keys.prefix("fail", id_)), *space.keys(keys.prefix("count", id_))]
    for low in range(0, len(found), _BATCH):
        verbs: list[Verb] = [Delete(key) for key in found[low : low + _BATCH]]
        space.transact(verbs)
