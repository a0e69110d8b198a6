"""From a file to another space.

Place in the flow: ``ditrit space import`` → `manager.transfer.parcel` → **artifacts, then keys in their old order**.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from engine.artifacts import ArtifactStore
from engine.space.base import Entry, Space
from engine.space.verbs import MAX_BYTES, Cas, Verb, size
from manager.errors import Invalid, Refused
from manager.housekeeping.turn import turn
from manager.inspection.artifacts import missing_archives
from manager.inspection.picture import picture
from manager.removal import delete
from manager.transfer.exporting import STAYS, is_empty
from manager.transfer.parcel import KEYS, Parcel

ORDERED = ("done/", "output/")  # what is read in the order of commits
_BATCH = 60  # verbs in a transaction, with room for a guard


def import_(space: Space, artifacts: ArtifactStore, file: Path) -> tuple[int, int, list[str]]:
    """Put what a file holds into an empty space; how many keys and artifacts, and which archives are missing.

    When it fails the space is empty again.

    Raises:
        Invalid: the file is no export, or damaged.
        Refused: the space is not empty.
    """
    with Parcel(file) as parcel, turn(space, "an import") as mine:
        assert mine is not None  # noqa: S101 - it has no moment before which it was done
        entries = parcel.entries()
        _check(file, entries)
        if not is_empty(space.entries("")):
            raise Refused("space-not-empty", "the space is not empty: import into a new one")
        stored = _put_artifacts(parcel, artifacts)
        put: list[str] = []
        try:
            for batch in batches(entries):
                space.transact([mine.guard, *batch])
                put += [verb.key for verb in batch]
        except BaseException:
            delete(space, put, mine.guard)  # and nothing that somebody else has put meanwhile
            raise
    return len(entries), stored, missing_archives(picture(entries), artifacts)


def batches(entries: Sequence[Entry]) -> Iterator[list[Verb]]:
    """Transactions that create the keys in order, two commits never in the same, nor two outputs."""
    batch: list[Verb] = []
    total, commits = 0, 0
    for entry in entries:
        verb = Cas(entry.key, entry.value, 0)
        commit = int(entry.key.startswith(ORDERED))
        if batch and (len(batch) == _BATCH or total + size(verb) > MAX_BYTES - 1024 or commits + commit > 1):
            yield batch
            batch, total, commits = [], 0, 0
        batch.append(verb)
        total += size(verb)
        commits += commit
    if batch:
        yield batch


def _check(file: Path, entries: Sequence[Entry]) -> None:
    """What is not of the layout, runs, or comes twice would not be understood by anybody."""
    there = picture(entries)
    strange = [finding.key for finding in there.findings]
    strange += [entry.key for entry in entries if entry.key.startswith((*STAYS, "op/", "prop/"))]
    strange += [record.key for record in there.running]
    seen: set[str] = set()
    for entry in entries:
        strange += [entry.key] if entry.key in seen else []
        seen.add(entry.key)
    if strange:
        raise Invalid("invalid-export", f"{str(file)!r} {KEYS}: the key {strange[0]!r} cannot be imported")


def _put_artifacts(parcel: Parcel, artifacts: ArtifactStore) -> int:
    found = parcel.artifacts()
    with tempfile.TemporaryDirectory(prefix="ditrit-") as folder:
        for key, name in found:
            copy = Path(folder, "artifact")
            parcel.extract(name, copy)
            artifacts.put_file(key, copy)
    return len(found)
