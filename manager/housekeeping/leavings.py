"""What belongs to executions: records of their course in the space, and logs in the artifact store.

Place in the flow: first two acts of `manager.housekeeping.collector`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from engine.artifacts import ArtifactStore
from engine.executions.records import ExecutionRecord
from engine.executions.tuples import CONTINUATION, OPERATION
from engine.space import keys
from engine.space.base import Space
from engine.space.errors import Conflict
from engine.space.verbs import CheckIndex, Delete, Verb

KINDS = ("done", "count", "fail")  # keys of these kinds have an execution's id as their second component
LOGS = "log/"


def records(space: Space) -> dict[str, tuple[ExecutionRecord, int]]:
    """All executions by id, each with its index."""
    entries = space.entries(keys.prefix(ExecutionRecord.KIND))
    found = [(ExecutionRecord.decoded(entry.value), entry.index) for entry in entries]
    return {record.id: (record, index) for record, index in found}


def with_tuples(space: Space) -> set[str]:
    """The executions of which a tuple is left: what would a worker do with it once they are gone?"""
    found = {keys.split(key)[3] for key in space.keys(keys.prefix(OPERATION.name))}
    return found | {keys.split(key)[2] for key in space.keys(keys.prefix(CONTINUATION.name))}


def forget(space: Space, record: ExecutionRecord, index: int, guard: Verb) -> bool:
    """Remove the record of an ended execution; False when somebody has changed or removed it."""
    try:
        space.transact([guard, CheckIndex(record.key, index), Delete(record.key)])
    except Conflict as conflict:
        if 0 in conflict.positions:
            raise
        return False
    return True


def leavings(space: Space, removed: Iterable[str] = ()) -> list[str]:
    """The keys of executions that are gone, or count as ``removed``."""
    found = [key for kind in KINDS for key in space.keys(keys.prefix(kind))]
    return list(_of_none(found, lambda key: keys.split(key)[1], _ids(space, removed)))


def left_logs(space: Space, artifacts: ArtifactStore, removed: Iterable[str] = ()) -> list[str]:
    """The logs of executions that are gone, or count as ``removed``."""
    found = list(artifacts.list(LOGS))
    return list(_of_none(found, lambda key: key.split("/")[1], _ids(space, removed)))


def _ids(space: Space, removed: Iterable[str]) -> set[str]:
    """The executions that there are; to be read after what may be theirs."""
    return {keys.split(key)[1] for key in space.keys(keys.prefix(ExecutionRecord.KIND))} - set(removed)


def _of_none(found: Iterable[str], execution: Callable[[str], str], there: set[str]) -> Iterator[str]:
    return (key for key in found if execution(key) not in there)
