"""The critical path of an execution: the chain of operations that made it last as long as it did.

Place in the flow: productions of its network and its history → **critical path** → `manager.api.execution`.  From the
operation that ended last the way leads back to what it came after last, and so on: to what its condition waited for, or
to what ran on its host while it waited for its turn there.  Had any of these been shorter, all would have been.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from typing import Any

from engine.executions.history import owner_of
from engine.executions.hosts import host_of
from engine.executions.records import ExecutionRecord
from engine.rete.causes import Causes, Passing
from engine.rete.memory import CellId

NEVER = ""  # before every time


class CriticalPath:
    """Finds it for one execution."""

    def __init__(self, record: ExecutionRecord, causes: Causes, history: list[dict[str, Any]]) -> None:
        self._record = record
        self._causes = causes
        self._done = {event["id"]: event for event in history if "id" in event}
        # The last time that a state was reached is the one of the last run, if the execution was resumed.
        self._reached: dict[tuple[str, tuple[int, ...], str], str] = {
            _state_key(event): event["time"] for event in history if "state" in event
        }
        self._times: dict[Passing, str] = {}
        self._on_host: dict[CellId, list[tuple[str, str]]] = defaultdict(list)  # end and id, in the order of the ends
        for event in sorted(self._done.values(), key=lambda event: str(event["ended"])):
            host = self._host(self._place(str(event["id"])))
            if host is not None:
                self._on_host[host].append((str(event["ended"]), str(event["id"])))

    def operations(self) -> list[dict[str, Any]]:
        """The operations on it, the first one first."""
        last = max(self._done.values(), key=lambda event: str(event["ended"]), default=None)
        found: list[dict[str, Any]] = []
        at = None if last is None else self._place(str(last["id"]))
        while at is not None:
            event = self._event(at)
            if event is not None:
                found.append(event)
            before = [*self._causes.before(at), *self._ahead_on_host(at, event)]
            at = max(before, key=self._time, default=None)
            if at is not None and self._time(at) == NEVER:
                break
        return found[::-1]

    def _host(self, passing: Passing) -> CellId | None:
        return host_of(self._causes.production(passing.production), passing.flat)

    def _ahead_on_host(self, passing: Passing, event: dict[str, Any] | None) -> list[Passing]:
        """The operation that had the turn on the host before this one, where the host hands out turns."""
        host = None if event is None else self._host(passing)
        if event is None or host is None:
            return []
        ended = self._on_host[host]
        place = bisect_right(ended, str(event["started"]), key=lambda pair: pair[0])
        return [self._place(ended[place - 1][1])] if place else []

    def _place(self, operation: str) -> Passing:
        """Where in the network an operation stands: ``<execution>/<production>/<flat>/<step>``."""
        production, flat, step = operation.removeprefix(f"{self._record.id}/").rsplit("/", 2)
        return Passing(production, int(flat), int(step))

    def _event(self, passing: Passing) -> dict[str, Any] | None:
        return self._done.get(f"{self._record.id}/{passing.production}/{passing.flat}/{passing.step}")

    def _time(self, passing: Passing) -> str:
        """When it was passed; that of what has no time of its own is that of the last thing that it came after."""
        stack = [passing]
        while stack:
            at = stack[-1]
            own = self._own_time(at)
            if own is None:
                unknown = [before for before in self._causes.before(at) if before not in self._times]
                if unknown:
                    stack += unknown
                    continue
                own = max((self._times[before] for before in self._causes.before(at)), default=NEVER)
            self._times[at] = own
            stack.pop()
        return self._times[passing]

    def _own_time(self, passing: Passing) -> str | None:
        event = self._event(passing)
        if event is not None:
            return str(event["time"])
        production = self._causes.production(passing.production)
        if not 0 <= passing.step < len(production.steps):  # a failure, or what everything begins with
            return NEVER
        step = production.steps[passing.step]
        if step.state is None:
            return NEVER if step.operation is not None else None
        node, index = owner_of(production, passing.flat)
        return self._reached.get((node, tuple(index), step.state), NEVER)


def _state_key(event: dict[str, Any]) -> tuple[str, tuple[int, ...], str]:
    return event["node"], tuple(event["index"]), event["state"]
