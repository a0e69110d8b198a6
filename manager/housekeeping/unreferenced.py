"""Networks and archives that nothing refers to.

Place in the flow: third act of `manager.housekeeping.collector`.  To remove what is found here one must hold the sweep
(`manager.sweep`), and look again while holding it.
"""

from __future__ import annotations

from collections.abc import Iterable

from engine.artifacts import ArtifactStore
from engine.executions.networks import COMPLETE
from engine.executions.records import ExecutionRecord, InstanceRecord, ModelRecord
from engine.space import keys
from engine.space.base import Space
from engine.space.verbs import Verb
from manager.removal import delete
from manager.templates import archive_key

ARCHIVES = "csar/"


def networks(space: Space, removed: Iterable[str] = ()) -> list[str]:
    """The networks of no instance and of no execution, except those that count as ``removed``."""
    found = {keys.split(key)[1] for key in space.keys(keys.prefix("rule"))}
    gone = set(removed)
    kept = {network for record in InstanceRecord.all(space) for network in record.networks.values()}
    kept |= {record.network for record in ExecutionRecord.all(space) if record.id not in gone}
    return sorted(found - kept)


def remove_network(space: Space, network: str, guard: Verb) -> None:
    """Remove a network; first of all the note that says that it is complete."""
    note = keys.path("rule", network, COMPLETE)
    rest = [key for key in space.keys(keys.prefix("rule", network)) if key != note]
    delete(space, [note, *rest], guard)


def archives(space: Space, stored: Iterable[str]) -> list[str]:
    """Those of the stored archives that belong to no model, no instance and no execution that runs."""
    used = {record.digest for kind in (ModelRecord, InstanceRecord) for record in kind.all(space)}
    used |= {record.digest for record in ExecutionRecord.all(space) if record.ended is None}
    kept = {archive_key(digest) for digest in used}
    return [key for key in stored if key not in kept]


def drop(space: Space, artifacts: ArtifactStore, digest: str) -> None:
    """Remove one archive that nothing refers to; the caller holds the sweep."""
    for key in archives(space, [archive_key(digest)]):
        artifacts.delete(key)
