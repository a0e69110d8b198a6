"""Cancels an execution: what runs is let end, nothing more begins, then the instance is free.

Place in the flow: a request → **the record says cancelling** → commits record what they must and put nothing → the one
that removes the last tuple ends the execution, in the same transaction.

Each commit has a guard that the record of its execution is unchanged, so from the moment that it says *cancelling* no
operation becomes possible any more.  What was never begun is removed; an operation that is held is waited for.  One
whose worker has died may have been done in part: another worker takes it, and records that it has failed.
Every transaction that removes a tuple from then on changes the record: of two at once the later one sees what the
other has left, so whoever dies, one of them was the last and knew it.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from dataclasses import replace

from engine.executions.errors import ExecutionEnded, UnknownExecution
from engine.executions.history import iso
from engine.executions.records import CANCELLED, CANCELLING, RUNNING, ExecutionRecord, InstanceRecord
from engine.executions.tuples import CONTINUATION, OPERATION
from engine.space import keys
from engine.space.base import Entry, Space
from engine.space.errors import Conflict, UnknownOutcome
from engine.space.tuples import Tuple
from engine.space.verbs import Cas, CheckIndex, Delete, Verb

_BATCH = 25  # tuples that are removed in one transaction, with two verbs each


def cancel_execution(space: Space, id_: str) -> ExecutionRecord:
    """Let nothing more begin; return the record, which is *cancelling* as long as something runs, else *cancelled*.

    Asking again changes nothing.

    Raises:
        UnknownExecution: there is none of that id.
        ExecutionEnded: it has ended by itself.
        SpaceError: the space does not answer.
    """
    while True:
        found = ExecutionRecord.read(space, id_)
        if found is None:
            raise UnknownExecution(id_)
        record, index = found
        if record.status not in (RUNNING, CANCELLING, CANCELLED):
            raise ExecutionEnded(id_, record.status)
        if record.status == RUNNING:
            try:
                space.transact([Cas(record.key, replace(record, status=CANCELLING).encoded(), index)])
            except (Conflict, UnknownOutcome):  # what came of it is read
                continue
        finish_cancelled(space, id_)
        found = ExecutionRecord.read(space, id_)
        return record if found is None else found[0]


def finish_cancelled(space: Space, id_: str) -> None:
    """Remove what was never begun of an execution that is being cancelled; end it unless something is left."""
    space.reap()
    while True:
        found = ExecutionRecord.read(space, id_)
        if found is None or found[0].status != CANCELLING:
            return
        tuples = list(_tuples(space, id_))
        free = [entry for entry in tuples if not _is_begun(entry, found[0])][:_BATCH]
        if tuples and not free:
            return
        verbs: list[Verb] = [verb for one in free for verb in (CheckIndex(one.key, one.index), Delete(one.key))]
        try:
            space.transact([*verbs, *_left(space, *found, last=len(free) == len(tuples))])
        except (Conflict, UnknownOutcome):  # somebody has taken one meanwhile; or all is done already
            continue


def removal(space: Space, record: ExecutionRecord, index: int, removed: Collection[str]) -> list[Verb]:
    """What belongs into a transaction that removes tuples of an execution that is being cancelled, by their keys."""
    return _left(space, record, index, last=all(entry.key in removed for entry in _tuples(space, record.id)))


def begun(record: ExecutionRecord, tuple_: Tuple, lock_index: int) -> int:
    """By how many workers, one after another since each died, an operation was begun when its tuple has that index."""
    fields = tuple_.fields
    return int(lock_index - fields["base"]) - record.resumed - int(fields.get("retried", 0))


def _is_begun(entry: Entry, record: ExecutionRecord) -> bool:
    if entry.session is not None:
        return True
    if not entry.key.startswith(keys.prefix(OPERATION.name)):
        return False
    tuple_ = Tuple.of(OPERATION, entry)
    return begun(record, tuple_, entry.lock_index) > 0 or "retried" in tuple_.fields


def _tuples(space: Space, id_: str) -> Iterator[Entry]:
    """The operations and continuations of an execution."""
    for kind in (OPERATION, CONTINUATION):
        for entry in space.entries(keys.prefix(kind.name)):
            if Tuple.of(kind, entry).fields["execution"] == id_:
                yield entry


def _left(space: Space, record: ExecutionRecord, index: int, *, last: bool) -> list[Verb]:
    """The record after a removal: cancelled after the last, otherwise merely another than before."""
    if not last:
        return [Cas(record.key, replace(record, removals=record.removals + 1).encoded(), index)]
    ended = replace(record, status=CANCELLED, ended=iso(time.time()))
    verbs: list[Verb] = [Cas(record.key, ended.encoded(), index)]
    owner = InstanceRecord.read(space, record.model, record.instance)
    if owner is not None and owner[0].execution == record.id:
        verbs.append(Cas(owner[0].key, replace(owner[0], execution=None).encoded(), owner[1]))
    return verbs
