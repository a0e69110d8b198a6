"""Operations on one host never overlap (TOSCA Simple Profile in YAML 1.1, 7.2.2.4).

A host on which operations could overlap has a queue in the space.  It hands out one turn at a time: an operation tuple
is put only when its host's turn is free, and passes the turn on in the transaction that commits its result.  So there
is never more than one operation tuple of a host, and nobody has to try in vain for a busy one.
"""

from __future__ import annotations

import json
from bisect import insort
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from engine.executions.memories import memory_key
from engine.executions.records import encode
from engine.rete.memory import CellId
from engine.rete.production import Production
from engine.space.base import Entry, Space
from engine.space.verbs import Cas, Verb

HOST = ".host:"
"""What the name of a host's queue begins with, among those of memories."""


class Turn(NamedTuple):
    """An activated operation that waits for its host; the most urgent one comes first, then the first instance's."""

    negative_rank: int
    instance: int
    number: int
    production: str
    flat: int
    step: int


@dataclass(slots=True)
class HostQueue:
    """Who is on the host, and who waits for it, in one run."""

    run: int
    busy: bool = False
    number: int = 0
    waiting: list[Turn] = field(default_factory=list)

    def encoded(self) -> bytes:
        data = {"run": self.run, "busy": self.busy, "number": self.number, "waiting": self.waiting}
        return encode(data)

    @classmethod
    def decoded(cls, value: bytes) -> HostQueue:
        data = json.loads(value)
        return cls(data["run"], data["busy"], data["number"], [Turn(*turn) for turn in data["waiting"]])


def host_of(production: Production, flat: int) -> CellId | None:
    """The topmost host of an instance, when it needs a queue; its id is that of a memory of its own."""
    host: dict[str, Any] | None = production.subject.get("host")
    if host is None:
        return None
    number = flat % host["modulo"] if host["modulo"] else flat
    return CellId(f"{HOST}{host['node']}", number // host["divide"])


class Hosts:
    """The host queues that one commit looks at."""

    def __init__(self, space: Space, model: str, instance: str, run: int) -> None:
        self._space = space
        self._identity = (model, instance)
        self._run = run
        self._entries: dict[CellId, Entry | None] = {}
        self._queues: dict[CellId, HostQueue] = {}

    @property
    def touched(self) -> int:
        return len(self._queues)

    def load(self, hosts: Iterable[CellId]) -> None:
        """Read these queues in one go, as far as that has not been done."""
        wanted = {memory_key(*self._identity, host): host for host in hosts if host not in self._entries}
        if wanted:
            found = self._space.read(wanted)
            self._entries.update((host, found.get(key)) for key, host in wanted.items())

    def enter(self, host: CellId, id_: CellId, step: int, rank: int, instance: int) -> bool:
        """An operation of a node instance has become possible: True when its turn is now, otherwise it waits."""
        queue = self._queue(host)
        if not queue.busy:
            queue.busy = True
            return True
        queue.number += 1
        insort(queue.waiting, Turn(-rank, instance, queue.number, id_.production, id_.flat, step))
        return False

    def leave(self, host: CellId) -> Turn | None:
        """An operation has ended: whose turn is next, if anybody's."""
        queue = self._queue(host)
        if queue.waiting:
            return queue.waiting.pop(0)
        queue.busy = False
        return None

    def verbs(self) -> list[Verb]:
        """What writes the queues that have changed."""
        found: list[Verb] = []
        for host, queue in self._queues.items():
            entry, value = self._entries[host], queue.encoded()
            if entry is None or entry.value != value:
                found.append(Cas(memory_key(*self._identity, host), value, 0 if entry is None else entry.index))
        return found

    def _queue(self, host: CellId) -> HostQueue:
        if host not in self._queues:
            self.load([host])
            entry = self._entries[host]
            found = None if entry is None else HostQueue.decoded(entry.value)
            self._queues[host] = found if found is not None and found.run == self._run else HostQueue(self._run)
        return self._queues[host]
