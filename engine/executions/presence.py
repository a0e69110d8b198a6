"""Which workers are alive: each has a key under ``bell/worker/`` that its session holds.

It stands among the bells because a worker's death must wake the others: when the session ends, the key's index rises,
and what the dead worker held is free.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from engine.executions.history import operation_id
from engine.executions.records import encode
from engine.executions.tuples import OPERATION
from engine.rete.memory import CellId
from engine.space import keys
from engine.space.base import Entry, Space
from engine.space.errors import Conflict
from engine.space.tuples import Tuple
from engine.space.verbs import CheckIndex, Delete, Lock

_PREFIX = keys.prefix("bell", "worker")


def announce(space: Space, session: str, about: Mapping[str, Any]) -> None:
    """Say that a worker is alive; ``about`` has its id, host, pid, since and slots."""
    space.transact([Lock(keys.path("bell", "worker", session), encode(about), session)])


def count_workers(space: Space) -> int:
    """How many workers are alive."""
    return sum(1 for entry in space.entries(_PREFIX) if entry.session is not None)


def present(space: Space) -> list[tuple[dict[str, Any], list[Tuple]]]:
    """The workers that are alive, each with the tuples of the operations that it runs."""
    space.reap()
    running: dict[str, list[Tuple]] = {}
    for entry in space.entries(keys.prefix(OPERATION.name)):
        if entry.session is not None:
            running.setdefault(entry.session, []).append(Tuple.of(OPERATION, entry))
    alive = [entry for entry in space.entries(_PREFIX) if entry.session is not None]
    return [(_about(entry), running.get(entry.session or "", [])) for entry in alive]


def live_workers(space: Space) -> list[dict[str, Any]]:
    """The same, each with the ids of its operations."""
    return [{**about, "running": [_operation(tuple_) for tuple_ in held]} for about, held in present(space)]


def call_roll(space: Space) -> int:
    """Remove the keys of workers whose sessions have ended; return how many are alive."""
    alive = 0
    for entry in space.entries(_PREFIX):
        if entry.session is not None:
            alive += 1
            continue
        with suppress(Conflict):  # somebody else did
            space.transact([CheckIndex(entry.key, entry.index), Delete(entry.key)])
    return alive


def end_sessions(space: Space, host: str, pid: int) -> int:
    """End the sessions of a worker whose process is known to have died: what it held is free at once.

    For who started it and sees its end; without that a store may learn of it only when the session is overdue.  Returns
    how many sessions there were.
    """
    dead = [entry for entry in space.entries(_PREFIX) if entry.session is not None and _is_of(entry, host, pid)]
    for entry in dead:
        space.close_session(str(entry.session))
    return len(dead)


def _is_of(entry: Entry, host: str, pid: int) -> bool:
    about = json.loads(entry.value)
    return (about.get("host"), about.get("pid")) == (host, pid)


def _about(entry: Entry) -> dict[str, Any]:
    """What is told of a worker; the number of its process is for its parent only."""
    return {name: value for name, value in json.loads(entry.value).items() if name != "pid"}


def _operation(tuple_: Tuple) -> str:
    fields = tuple_.fields
    return operation_id(fields["execution"], CellId(fields["production"], fields["flat"]), fields["step"])
