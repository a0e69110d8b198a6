"""What is recorded of each commit, in the form in which the API gives it back."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from engine.instances.scaling import index_of
from engine.rete.memory import CellId
from engine.rete.production import Production


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an operation ended, as its worker reports it; times are seconds since the epoch."""

    exit_code: int | None
    error: str | None
    started: float
    ended: float
    outputs: Mapping[str, Any] = field(default_factory=dict)  # the values that it said; none when it failed
    unmet: str | None = None  # of a check: what did not hold, so that the instance is left out


def iso(time: float) -> str:
    """A time as it stands in records: ISO 8601, UTC, microseconds."""
    seconds, micro = divmod(round(time * 1_000_000), 1_000_000)
    return f"{_whole_seconds(seconds)}.{micro:06d}Z"


@functools.lru_cache(maxsize=64)
def _whole_seconds(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def operation_id(execution: str, id_: CellId, step: int) -> str:
    """The name of an operation, the same for all its attempts."""
    return f"{execution}/{id_.production}/{id_.flat}/{step}"


def log_key(execution: str, operation: str, attempt: int) -> str:
    """Where the artifact store has what an attempt at an operation has printed.

    Each attempt has its own: one that was in vain may end long after another has been committed.
    """
    return f"log/{execution}/{quote(operation, safe='')}@{attempt}"


def owner_of(production: Production, flat: int) -> tuple[str, list[int]]:
    """The node instance on which an instance of the production acts: name and index."""
    subject = production.subject
    return subject["node"], list(index_of(tuple(subject["radix"]), owner_number(production, flat)))


def owner_number(production: Production, flat: int) -> int:
    """The number of that node instance among those of its template."""
    modulo, divide = production.subject.get("owner", (0, 1))
    return int((flat % modulo if modulo else flat) // divide)


def relationship_of(production: Production, flat: int) -> dict[str, Any] | None:
    """The relationship instance that an operation belongs to.

    An operation that is done once for all instances of the other end has no index there.
    """
    about: Mapping[str, Any] | None = production.subject.get("relationship")
    if about is None:
        return None
    return {
        "name": about["name"],
        "type": about["type"],
        "requirement": about["requirement"],
        "side": about["side"],
        "source": _end(about["source"], flat),
        "target": _end(about["target"], flat),
    }


def describe_operation(production: Production, flat: int, step: int) -> dict[str, Any]:
    """What an operation is: node, index, relationship, interface, operation, implementation."""
    operation = production.steps[step].operation
    assert operation is not None  # noqa: S101 - callers ask for steps with an operation only
    node, index = owner_of(production, flat)
    return {
        "node": node,
        "index": index,
        "relationship": relationship_of(production, flat),
        "interface": operation["interface"],
        "operation": operation["name"],
        "implementation": operation["implementation"],
        **step_of(production),
    }


def step_of(production: Production) -> dict[str, str]:
    """The step of an imperative workflow that it belongs to; nothing in a woven one."""
    return {"step": production.subject["step"]} if "step" in production.subject else {}


def state_event(production: Production, flat: int, state: str) -> dict[str, Any]:
    """A node instance has reached a state."""
    node, index = owner_of(production, flat)
    return {"node": node, "index": index, "state": state, **step_of(production)}


def check_event(production: Production, id_: CellId, step: int, outcome: Outcome) -> dict[str, Any]:
    """A worker has looked whether an instance is one that a step, or a workflow inside another, is for."""
    node, index = owner_of(production, id_.flat)
    check = production.steps[step].check
    assert check is not None  # noqa: S101 - callers have seen it
    event = {"node": node, "index": index, **step_of(production), "check": check["what"], "met": outcome.unmet is None}
    return event if outcome.unmet is None else {**event, "found": outcome.unmet}


def is_handled(production: Production) -> bool:
    """Whether a failure lets other steps run, and so is none of the whole execution."""
    return bool(production.subject.get("handled"))


def operation_event(
    production: Production, id_: CellId, step: int, outcome: Outcome, about: Mapping[str, Any]
) -> dict[str, Any]:
    """An operation has been committed; ``about`` has what is known of the attempt: id, worker, attempt, queued."""
    return {
        **about,
        **describe_operation(production, id_.flat, step),
        **({"handled": True} if outcome.error is not None and is_handled(production) else {}),
        "exit_code": outcome.exit_code,
        "error": outcome.error,
        "started": iso(outcome.started),
        "ended": iso(outcome.ended),
    }


def _end(about: Mapping[str, Any], flat: int) -> dict[str, Any]:
    number = about["number"]
    index = None if number is None else _index(about["radix"], number, flat)
    return {"node": about["node"], "index": index}


def _index(radix: list[int], number: tuple[int, int] | list[int], flat: int) -> list[int]:
    modulo, divide = number
    return list(index_of(tuple(radix), (flat % modulo if modulo else flat) // divide))
