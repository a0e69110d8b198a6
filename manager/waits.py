"""What waiting node instances wait for, in words: "A[0,1] waits for C[0,1] to be started".

Place in the flow: productions of a network and cells of the space → **waits** → `manager.api.execution`.  The
conditions of the productions say which facts are missing; where such a fact is no state of a node but a step in between
(an operation of a relationship, a join that many share), what that waits for is told instead.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from engine.executions.history import owner_number, owner_of, relationship_of
from engine.executions.hosts import HOST, HostQueue
from engine.executions.records import ExecutionRecord
from engine.instances.scaling import index_of
from engine.rete.causes import Causes, Passing
from engine.rete.memory import Cell, Phase
from engine.rete.production import Production
from engine.space import keys
from engine.space.base import Space
from manager.naming import operation_title, printed

MOST = 20  # reasons told of one node instance
_STUCK = (Phase.FAILED, Phase.BLOCKED)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A node instance that does not go on by itself; ``number`` is its place among those of its template."""

    node: str
    number: int
    passing: Passing


class Waits:
    """The conditions of one execution that do not hold yet."""

    def __init__(self, space: Space, record: ExecutionRecord, causes: Causes) -> None:
        self._record = record
        self._causes = causes
        self._cells = _Cells(space, record)

    def all(self, node: str | None = None, index: list[int] | None = None) -> Iterator[Waiting]:
        """All that wait, or those of one template or instance, by template and number."""
        for production in sorted(self._causes, key=lambda found: found.name):
            name = production.subject.get("node")
            if name is None or production.owned or node not in (None, name):
                continue
            for flat in range(production.count):
                cell = self._cells.get(production.name, flat)
                if cell is None or not self._stands(production.name, flat, cell):
                    continue
                if index is None or owner_of(production, flat)[1] == index:
                    yield Waiting(name, owner_number(production, flat), Passing(production.name, flat, cell.step))

    def _stands(self, production: str, flat: int, cell: Cell) -> bool:
        return cell.phase in (Phase.WAITING, Phase.BLOCKED) or (production, flat) in self._cells.queued

    def describe(self, waiting: Waiting) -> dict[str, Any]:
        """As the API shows it."""
        production = self._causes.production(waiting.passing.production)
        index = list(index_of(tuple(production.subject["radix"]), waiting.number))
        host = self._cells.queued.get(waiting.passing[:2])
        reasons = list(dict.fromkeys(self._missing(waiting.passing, set()))) if host is None else []
        told = [self._reason(missing) for missing in reasons[:MOST]] if host is None else [_turn(*host)]
        text = _sentence(printed(waiting.node, index), told, max(len(reasons) - len(told), 0))
        return {
            "node": waiting.node,
            "index": index,
            "waits": told,
            "count": max(len(reasons), len(told)),
            "text": text,
        }

    def _missing(self, passing: Passing, seen: set[Passing]) -> Iterator[Passing]:
        """The states and operations at the bottom of what is missing; what lies in between is followed."""
        for found in self._causes.of(passing):
            if found in seen or self._cells.passed(found):
                continue
            seen.add(found)
            between = self._between(found)
            if between is None:
                yield found
            else:
                yield from self._missing(between, seen)

    def _between(self, passing: Passing) -> Passing | None:
        """Where a fact stands that is only a means to an end and waits itself; None for one that tells something."""
        production = self._causes.production(passing.production)
        if production.subject.get("node") is not None and not production.owned:
            return None
        cell = self._cells.get(passing.production, passing.flat)
        step = 0 if cell is None else cell.step
        if cell is not None and cell.phase in (Phase.OPERATION, *_STUCK):
            return None
        if "step" in production.subject and "node" not in production.subject:
            return None  # a step of a workflow tells enough
        return passing._replace(step=min(step, passing.step))

    def _reason(self, passing: Passing) -> dict[str, Any]:
        production = self._causes.production(passing.production)
        cell = self._cells.get(passing.production, passing.flat)
        stuck = cell is not None and cell.phase in _STUCK
        what = self._what(production, passing)
        said = f"{what.pop('said')}{', which never will be' if stuck else ''}"
        return {**what, "failed": stuck, "text": said}

    def _what(self, production: Production, passing: Passing) -> dict[str, Any]:
        if "node" not in production.subject:
            step = str(production.subject.get("step", production.name))
            return {"step": step, "said": f"step {step} to be done"}
        node, index = owner_of(production, passing.flat)
        about: dict[str, Any] = {"node": node, "index": index}
        step_ = production.steps[passing.step]
        if step_.state is not None:
            return {**about, "state": step_.state, "said": f"{printed(node, index)} to be {step_.state}"}
        operation = step_.operation
        if operation is None:
            return {**about, "said": f"{printed(node, index)} to go on"}
        relationship = relationship_of(production, passing.flat)
        title = operation_title(node, index, operation["interface"], operation["name"], relationship)
        return {**about, "operation": operation["name"], "relationship": relationship, "said": f"{title} to be done"}


class _Cells:
    """The cells of one run, read at one go and understood one by one."""

    def __init__(self, space: Space, record: ExecutionRecord) -> None:
        self._run = record.run
        self._values: dict[tuple[str, int], bytes] = {}
        self.queued: dict[tuple[str, int], tuple[str, int]] = {}  # who waits for the turn on which host
        for entry in space.entries(keys.prefix("cell", record.model, record.instance)):
            parts = keys.split(entry.key)
            if len(parts) == 5 and parts[3].startswith(HOST):
                self._take_queue(HostQueue.decoded(entry.value), parts[3].removeprefix(HOST), int(parts[4]))
            elif len(parts) == 5:
                self._values[parts[3], int(parts[4])] = entry.value

    def _take_queue(self, queue: HostQueue, node: str, number: int) -> None:
        if queue.run == self._run:
            self.queued.update(((turn.production, turn.flat), (node, number)) for turn in queue.waiting)

    def get(self, production: str, flat: int) -> Cell | None:
        """The cell; None when it takes no part in this run yet."""
        value = self._values.get((production, flat))
        if value is None or json.loads(value)["run"] != self._run:
            return None
        return Cell.decoded(value)

    def passed(self, passing: Passing) -> bool:
        """Whether an instance has passed a step."""
        cell = self.get(passing.production, passing.flat)
        return cell is not None and (cell.step > passing.step or cell.phase is Phase.FINISHED)


def _turn(node: str, number: int) -> dict[str, Any]:
    text = f"its turn on {printed(node, [number])}, where operations do not overlap"
    return {"node": node, "index": [number], "failed": False, "text": text}


def _sentence(who: str, reasons: list[dict[str, Any]], more: int) -> str:
    said = [str(reason["text"]) for reason in reasons]
    if more:
        said.append(f"{more} more")
    if not said:
        return f"{who} waits for its turn"
    return f"{who} waits for {said[0] if len(said) == 1 else ', '.join(said[:-1]) + ' and ' + said[-1]}"
