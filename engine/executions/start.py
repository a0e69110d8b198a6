"""Starts an execution: one transaction, after which workers do the rest."""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace

from engine.executions.conditions import Conditions
from engine.executions.errors import ExecutionRunning, UnknownInstance
from engine.executions.history import iso
from engine.executions.networks import NetworkNote, read_note
from engine.executions.records import ExecutionRecord, InstanceRecord
from engine.executions.resolving import InputsOnly
from engine.executions.tuples import continuation_tuple, starts
from engine.space.base import Space
from engine.space.client import bell
from engine.space.errors import Conflict, UnknownOutcome
from engine.space.verbs import Cas, Delete, Set, Verb
from engine.weaving import canonical
from engine.weaving.errors import UnknownWorkflow
from tosca.model import Value

_TRIES = 6  # of a transaction whose answer is lost each time


def start_execution(
    space: Space,
    model: str,
    instance: str,
    workflow: str,
    inputs: Mapping[str, Value] | None = None,
    *,
    workflow_inputs: Mapping[str, Value] | None = None,
    secrets: Sequence[str] = (),
    traceparent: str | None = None,
) -> ExecutionRecord:
    """Let a workflow run on an instance; return at once.

    ``inputs`` take the place of the instance's for this once; ``workflow_inputs`` are those of the workflow itself, and
    ``secrets`` the texts among both that nobody is to see.  ``traceparent`` is the span that it is a part of.
    Nothing runs on the instance between the look at the preconditions and the start: its record guards both.

    Raises:
        PreconditionNotMet: the workflow must find something else than there is.
        UnknownInstance: there is no such instance.
        UnknownWorkflow: the model has no such workflow.
        ExecutionRunning: another execution runs on the instance.
        UnknownOutcome: the space's answers are lost one after another.
    """
    while True:
        found = InstanceRecord.read(space, model, instance)
        if found is None:
            raise UnknownInstance(model, instance)
        owner, index = found
        if owner.execution is not None:
            raise ExecutionRunning(model, instance, owner.execution)
        record, note = _new_execution(space, owner, workflow, dict(inputs or {}), dict(workflow_inputs or {}))
        record = replace(record, secrets=sorted({*owner.secrets, *secrets}), traceparent=traceparent)
        if note.preconditions:
            Conditions(space, model, instance, InputsOnly(record), record.secrets).require(workflow, note.preconditions)
        if put_first(space, (owner, index), (record, 0), note.starts):
            return record


def put_first(
    space: Space,
    found: tuple[InstanceRecord, int],
    execution: tuple[ExecutionRecord, int],
    first: int,
    forgotten: Sequence[str] = (),
) -> bool:
    """Put the first tuples; False when somebody changed the instance or the execution in between.

    Each record comes with the index that it is to be written over; 0 for one that is new.  ``forgotten`` are keys that
    go in the same transaction.
    """
    (owner, owner_index), (record, index) = found, execution
    busy = replace(owner, run=record.run, execution=record.id)
    put = continuation_tuple(record, starts(0, first))
    verbs: list[Verb] = [
        Cas(owner.key, busy.encoded(), owner_index),
        Cas(record.key, record.encoded(), index),
        Set(put.key, put.value),
        *(Delete(key) for key in forgotten),
        *bell([put]),
    ]
    for attempt in range(_TRIES):
        try:
            space.transact(verbs)
        except Conflict:
            return attempt > 0 and _is_of(record, ExecutionRecord.read(space, record.id))  # an earlier try was applied
        except UnknownOutcome:  # the very same transaction again: it is applied once at most
            if attempt == _TRIES - 1:
                raise
            time.sleep(random.uniform(0, 0.05 * 2**attempt))  # noqa: S311 - jitter
        else:
            return True
    raise AssertionError("unreachable")


def _is_of(record: ExecutionRecord, found: tuple[ExecutionRecord, int] | None) -> bool:
    return found is not None and found[0].run == record.run


def _new_execution(
    space: Space, owner: InstanceRecord, workflow: str, inputs: dict[str, Value], workflow_inputs: dict[str, Value]
) -> tuple[ExecutionRecord, NetworkNote]:
    name = canonical(workflow)
    if name not in owner.networks:
        raise UnknownWorkflow(workflow, list(owner.networks))
    note = read_note(space, owner.networks[name])
    record = ExecutionRecord(
        id=f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}-{uuid.uuid4().hex[:10]}",
        model=owner.model,
        instance=owner.instance,
        digest=owner.digest,
        workflow=name,
        network=owner.networks[name],
        run=owner.run + 1,
        operations=note.operations,
        created=iso(time.time()),
        inputs={**owner.inputs, **owner.values, **inputs},
        workflow_inputs=workflow_inputs,
    )
    return record, note
