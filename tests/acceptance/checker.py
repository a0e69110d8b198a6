"""Checks the history of an execution against the rules of the standard.

``check(history, topology, workflow)`` takes the items that ``GET /exec/ID/history`` lists and a topology described by
hand; it returns every violation found, in words.  It imports nothing of the product.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from tests.acceptance.expectation import End, Event, expect
from tests.acceptance.topologies import Topology, appli, legacy, minimal, substitution

__all__ = ["Topology", "appli", "check", "legacy", "minimal", "read_event", "seconds", "substitution"]

Item = Mapping[str, Any]


@dataclass(frozen=True)
class Entry:
    """One item of a history, read."""

    event: Event
    seq: int
    time: float  # of the commit
    started: float | None = None  # of an operation
    ended: float | None = None
    exit_code: int | None = None

    @property
    def begins(self) -> float:
        return self.time if self.started is None else self.started


def check(history: Sequence[Item], topology: Topology, workflow: str, *, strict: bool = False) -> list[str]:
    """All violations in the history of a successful execution of ``install`` or ``uninstall``."""
    entries = [_read(item) for item in history]
    expectation = expect(topology, workflow, strict=strict)
    return [
        *_multiplicity(entries, expectation.events),
        *_sequence_numbers(entries),
        *_results(entries),
        *_order(entries, expectation.edges),
        *_overlaps(entries, topology),
    ]


def _multiplicity(entries: list[Entry], events: set[Event]) -> Iterator[str]:
    """Everything happened, once, and nothing else."""
    found = Counter(entry.event for entry in entries)
    yield from (f"missing: {event}" for event in sorted(events - set(found), key=str))
    yield from (f"unexpected: {event}" for event in sorted(set(found) - events, key=str))
    yield from (f"{times} times: {event}" for event, times in found.items() if times > 1)


def _sequence_numbers(entries: list[Entry]) -> Iterator[str]:
    for before, after in pairwise(entries):
        if not before.seq < after.seq:
            yield f"seq {before.seq} is followed by seq {after.seq}: {after.event}"


def _results(entries: list[Entry]) -> Iterator[str]:
    for entry in entries:
        if entry.started is None or entry.ended is None:
            continue
        if entry.exit_code != 0:
            yield f"exit code {entry.exit_code}: {entry.event}"
        if not entry.started <= entry.ended <= entry.time:
            yield f"ended before it started, or after it was committed: {entry.event}"


def _order(entries: list[Entry], edges: set[tuple[Event, Event]]) -> Iterator[str]:
    """What comes before was committed before what comes after, and before that had begun."""
    first_of = {entry.event: entry for entry in reversed(entries)}
    for before, after in sorted(edges, key=str):
        first, then = first_of.get(before), first_of.get(after)
        if first is None or then is None:
            continue
        if first.seq >= then.seq:
            yield f"{after} was committed before {before}"
        elif first.time > then.begins:
            yield f"{after} began before {before} was committed"


def _overlaps(entries: list[Entry], topology: Topology) -> Iterator[str]:
    """No two operations on one host run at the same time (7.2.2.4)."""
    hosts: dict[End, list[Entry]] = defaultdict(list)
    names = {node.name for node in topology.nodes}
    for entry in entries:
        if entry.started is not None and entry.event.node in names:
            hosts[End(topology.foot(entry.event.node), entry.event.index[:1])].append(entry)
    for host, there in hosts.items():
        last = None
        for entry in sorted(there, key=lambda entry: entry.begins):
            if last is not None and entry.begins < (last.ended or 0.0):
                yield f"on {host} at the same time: {last.event} and {entry.event}"
            if last is None or (entry.ended or 0.0) > (last.ended or 0.0):
                last = entry


def read_event(item: Item) -> Event:
    """What an item of a history tells of."""
    node, index = item["node"], tuple(item["index"])
    if "state" in item:
        return Event(node, index, item["state"])
    return Event(node, index, f"{item['interface']}.{item['operation']}", *_relationship(item["relationship"]))


def _read(item: Item) -> Entry:
    event = read_event(item)
    if not event.is_operation:
        return Entry(event, item["seq"], seconds(item["time"]))
    time, started, ended = (seconds(item[name]) for name in ("time", "started", "ended"))
    return Entry(event, item["seq"], time, started, ended, item["exit_code"])


def _relationship(found: Item | None) -> tuple[str, str, End, End] | tuple[()]:
    if found is None:
        return ()
    return found["requirement"], found["type"], _end(found["source"]), _end(found["target"])


def _end(found: Item) -> End:
    return End(found["node"], None if found["index"] is None else tuple(found["index"]))


def seconds(moment: str | float) -> float:
    """ISO 8601 → seconds since the epoch."""
    return datetime.fromisoformat(moment).timestamp() if isinstance(moment, str) else float(moment)
