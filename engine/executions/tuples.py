"""The tuples that executions are made of: operations to be run, and facts still to be put into rules."""

from __future__ import annotations

import uuid
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

from engine.executions.records import ExecutionRecord
from engine.rete.memory import CellId
from engine.rete.network import Continuation, Fact, Truth
from engine.space import keys
from engine.space.tuples import Kind, Tuple

OPERATION = Kind("op", {"lane": int, "priority": str, "execution": str, "production": str, "flat": int})
CONTINUATION = Kind("prop", {"lane": int, "execution": str, "id": str})


def operation_tuple(
    record: ExecutionRecord, id_: CellId, step: int, *, rank: int, queued: str, place: Mapping[str, Any]
) -> Tuple:
    """The tuple of an operation that has become possible.

    The more lies ahead on the longest way from it to the end (``rank``), the earlier it is taken.  ``base`` is
    the tuple's lock index when the operation was put: what it has risen since is the number of attempts.  Those of an
    execution that was resumed count on from the number of times that it was.  ``place`` says on which machine it is
    to be taken, where that matters (`engine.executions.places`).
    """
    return Tuple(
        OPERATION,
        {
            "lane": lane_of(id_),
            "priority": f"{max(0, 9999 - rank):04d}",
            "execution": record.id,
            "production": id_.production,
            "flat": id_.flat,
            "model": record.model,
            "instance": record.instance,
            "run": record.run,
            "step": step,
            "base": -record.resumed,
            "queued": queued,
            **place,
        },
    )


def continuation_tuple(record: ExecutionRecord, content: Mapping[str, Any]) -> Tuple:
    """The tuple of facts still to be put into rules."""
    id_ = uuid.uuid4().hex
    lane = zlib.crc32(id_.encode()) % keys.LANES
    return Tuple(CONTINUATION, {"lane": lane, "execution": record.id, "id": id_, "run": record.run, **content})


def starts(low: int, high: int) -> dict[str, Any]:
    """The content of a continuation that lets the productions ``.start:low`` to ``.start:high - 1`` begin."""
    return {"starts": [low, high]}


def rest(continuations: Sequence[Continuation]) -> dict[str, Any]:
    """The content of a tuple of continuations."""
    return {"facts": [[*c.fact, c.feed, c.lo, c.hi] for c in continuations]}


def continuations_of(content: Mapping[str, Any]) -> list[Continuation]:
    """The continuations that `rest` stored."""
    return [
        Continuation(Fact(production, flat, step, Truth(truth)), feed, low, high)
        for production, flat, step, truth, feed, low, high in content["facts"]
    ]


def halves(continuations: Sequence[Continuation]) -> list[list[Continuation]]:
    """The same in two parts, so that two workers can go on with it."""
    if len(continuations) > 1:
        middle = len(continuations) // 2
        return [list(continuations[:middle]), list(continuations[middle:])]
    found = []
    for whole in continuations:
        middle = (whole.lo + whole.hi) // 2
        ends = ((whole.lo, middle), (middle, whole.hi))
        found += [[whole._replace(lo=low, hi=high)] for low, high in ends if low < high]
    return found


def lane_of(id_: CellId) -> int:
    """The lane of an instance's operations: always the same, spread evenly."""
    return zlib.crc32(f"{id_.production}/{id_.flat}".encode()) % keys.LANES
