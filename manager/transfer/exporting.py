"""From a space to a file.

Place in the flow: ``ditrit space export`` → **entries of one moment, artifacts** → `manager.transfer.parcel`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from engine.artifacts import ArtifactStore
from engine.executions.records import ExecutionRecord
from engine.space.base import Entry, Space
from manager.errors import Refused
from manager.housekeeping.turn import turn
from manager.inspection.artifacts import archives_of
from manager.inspection.picture import Picture, picture
from manager.templates import archive_key
from manager.transfer import parcel

STAYS = ("bell/", "gc/")  # what belongs to this space and to who works on it now


def export(space: Space, artifacts: ArtifactStore, file: Path, *, with_artifacts: bool) -> tuple[int, int]:
    """Write all there is to a file that does not exist; how many keys and artifacts these are.

    Raises:
        Refused: an execution runs, something cannot be read, or the file exists.
        Busy: housekeeping is being done, which would remove what is being copied.
    """
    if file.exists():
        raise Refused("file-exists", f"{str(file)!r} exists; choose another name")
    with turn(space, "an export"):
        entries = [entry for entry in space.entries("") if not entry.key.startswith(STAYS)]
        there = picture(entries)
        _check(there)
        wanted = _artifacts(there, artifacts) if with_artifacts else []
        entries.sort(key=lambda entry: (entry.index, entry.key))
        parcel.write(file, entries, artifacts, wanted)
    return len(entries), len(wanted)


def is_empty(entries: Sequence[Entry]) -> bool:
    """Whether nothing is there but what stays."""
    return all(entry.key.startswith(STAYS) for entry in entries)


def _check(there: Picture) -> None:
    if there.running:
        raise Refused("execution-running", f"{_named(there.running)}: wait for the end, then export")
    if there.items["op"] or there.items["prop"]:
        raise Refused("tuples-left", "there are tuples of executions that have ended; see 'ditrit space check'")
    if there.findings:
        first = there.findings[0]
        raise Refused("unreadable", f"{first.key!r} {first.wrong}; see 'ditrit space check'")


def _named(running: Sequence[ExecutionRecord]) -> str:
    shown = ", ".join(f"{record.id!r} on {record.model}/{record.instance}" for record in running[:3])
    return f"{len(running)} execution(s) run: {shown}"


def _artifacts(there: Picture, artifacts: ArtifactStore) -> list[str]:
    """The archives and logs that belong to what is exported, as far as they are there."""
    referred = {archive_key(digest) for digest in archives_of(there)}
    found = [key for key in artifacts.list("csar/") if key in referred]
    return found + [key for key in artifacts.list("log/") if key.split("/")[1] in there.executions]
