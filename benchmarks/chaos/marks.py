"""What operations themselves have written: when each attempt began and ended, by the clock of the machine.

Place in the flow: the file of the scripts, and the history that the API tells → **violations** in words.  Nothing of it
comes from workers: this is what really ran.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

from tests.acceptance.checker import read_event, seconds
from tests.acceptance.expectation import Event, expect
from tests.acceptance.topologies import Topology

Item = Mapping[str, Any]


@dataclass
class Run:
    """One attempt at an operation; without an end it was killed."""

    operation: str
    attempt: int
    pid: int  # of the worker
    host: str
    begin: float
    end: float | None = None

    def __str__(self) -> str:
        return f"attempt {self.attempt} of {self.operation}"

    def overlaps(self, other: Run) -> bool:
        if self.end is None or other.end is None:
            return False  # until when it ran nobody knows
        return self.begin < other.end and other.begin < self.end


@dataclass(frozen=True)
class Harm:
    """A time in which workers may have lost their leases: killed, stopped or cut off; without ``pids`` everyone."""

    pids: Sequence[int]
    begin: float
    end: float


def read_marks(file: Path) -> tuple[list[Run], list[str]]:
    """All attempts, and what cannot be right about them."""
    found: dict[tuple[str, int], Run] = {}
    wrong = []
    for line in file.read_text().splitlines() if file.exists() else ():
        what, moment, pid, attempt, host, operation = line.split("\t")
        key = operation, int(attempt)
        if what == "begin":
            if key in found:
                wrong.append(f"attempt {attempt} of {operation} was started twice")
            found[key] = Run(operation, int(attempt), int(pid), host, float(moment))
        else:
            found[key].end = float(moment)
    return list(found.values()), wrong


@dataclass
class Marks:
    """The attempts at the operations of one execution, to be compared with its history."""

    runs: Sequence[Run]
    harms: Sequence[Harm]
    lease: float

    def check(self, history: Sequence[Item], topology: Topology, workflow: str, *, strict: bool) -> Iterator[str]:
        """All that cannot have happened if all went well."""
        items = {item["id"]: item for item in history if "id" in item}
        by_operation: dict[str, list[Run]] = defaultdict(list)
        for run in self.runs:
            by_operation[run.operation].append(run)
        for operation in by_operation.keys() - items.keys():
            yield f"ran and was never committed: {operation}"
        committed = {}
        for operation, item in items.items():
            runs = {run.attempt: run for run in by_operation[operation]}
            last = runs.get(item["attempt"])
            if last is None or last.end is None:
                yield f"committed and never {'ended' if last else 'run'}: attempt {item['attempt']} of {operation}"
                continue
            committed[operation] = last
            yield from self._late(item, runs.values())
        yield from self._order(items, by_operation, committed, _edges(topology, workflow, strict))
        yield from self._overlaps(committed)

    def _late(self, item: Item, runs: Iterable[Run]) -> Iterator[str]:
        """Nothing is started that was committed before."""
        for run in runs:
            if run.attempt > item["attempt"]:
                yield f"{run} was started, attempt {item['attempt']} was committed"
            elif run.begin > seconds(item["time"]) and not self._excused(run, run.begin):
                yield f"{run} was started after the commit of attempt {item['attempt']}"

    def _order(
        self,
        items: Mapping[str, Item],
        runs: Mapping[str, Sequence[Run]],
        committed: Mapping[str, Run],
        edges: Mapping[Event, set[Event]],
    ) -> Iterator[str]:
        """No attempt begins before all that must come first has ended."""
        names = {read_event(item): name for name, item in items.items()}
        latest: dict[Event, float] = {}  # the last end of an operation among it and those before it
        for event in TopologicalSorter(edges).static_order():
            before = max((latest[first] for first in edges.get(event, ())), default=0.0)
            name = names.get(event, "")
            latest[event] = max(before, committed[name].end or 0.0) if name in committed else before
            for run in runs.get(name, ()):
                if run.begin < before:
                    yield f"{run} began {before - run.begin:.3f} s before the end of what comes first"

    def _overlaps(self, committed: Mapping[str, Run]) -> Iterator[str]:
        """On a host no operation runs beside another one, unless its worker may have lost the lease."""
        hosts: dict[str, list[Run]] = defaultdict(list)
        for run in self.runs:
            hosts[run.host].append(run)
        for host, there in hosts.items():
            there.sort(key=lambda run: run.begin)
            for number, run in enumerate(there):
                for other in there[number + 1 :]:
                    if run.end is None or other.begin >= run.end:
                        break
                    if run.overlaps(other) and not self._may_overlap(run, other, committed):
                        yield f"on {host} at the same time: {run} and {other}"

    def _may_overlap(self, run: Run, other: Run, committed: Mapping[str, Run]) -> bool:
        """One of them was in vain: its worker had been killed, stopped or cut off."""
        vain = [one for one in (run, other) if committed.get(one.operation) is not one]
        return any(self._excused(one, max(run.begin, other.begin)) for one in vain)

    def _excused(self, run: Run, moment: float) -> bool:
        return any(
            (not harm.pids or run.pid in harm.pids) and harm.begin <= moment and harm.end + 2 * self.lease >= run.begin
            for harm in self.harms
        )


def _edges(topology: Topology, workflow: str, strict: bool) -> dict[Event, set[Event]]:
    """What must come directly before each event."""
    expectation = expect(topology, workflow, strict=strict)
    found: dict[Event, set[Event]] = {event: set() for event in expectation.events}
    for first, then in expectation.edges:
        found[then].add(first)
    return found
