"""Carries out executions in the test's own process: every operation succeeds at once, with a log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.artifacts import ArtifactStore
from engine.executions.commit import Ended
from engine.executions.history import Outcome, log_key, operation_id
from engine.executions.work import Work
from engine.rete.memory import CellId
from engine.space.base import Space
from engine.space.client import Held
from worker.checks import check
from worker.requests import ended


def carry_out(
    space: Space,
    artifacts: ArtifactStore | None = None,
    *,
    fails: str = "",
    outputs: Mapping[str, Any] | None = None,
    machine: str = "",
) -> None:
    """Do all that there is to do; operations whose id contains ``fails`` fail, all others have these ``outputs``."""
    for _ in carry_out_step(space, artifacts, fails=fails, outputs=outputs, machine=machine):
        pass


def carry_out_step(
    space: Space,
    artifacts: ArtifactStore | None = None,
    *,
    fails: str = "",
    outputs: Mapping[str, Any] | None = None,
    session: str | None = None,
    machine: str = "",
) -> Iterator[None]:
    """The same, one operation or continuation at a time; under a session of its own, unless one is given."""
    session = session or space.open_session(30)
    work = Work(space, "carrier", session, machine)
    held: list[Held] = []
    while True:
        yield
        held += work.take(1, {one.tuple.key for one in held})
        if held:
            first = held.pop(0)
            held += work.commit([_checked(work, first) or _ended(first, artifacts, fails, outputs or {})], 1).kept
            continue
        progress = work.propagate(1)
        if progress is None:
            break
        held = progress.kept
    space.close_session(session)


def _checked(work: Work, held: Held) -> Ended | None:
    """What a worker makes of a check; None for an operation."""
    found = check(work.space, held, work.execution(held.tuple.fields["execution"]), work.production(held))
    result = None if found is None else found.result()
    return None if result is None else ended(held, result)


def ended_well(held: Held) -> Ended:
    """An operation that has succeeded at once."""
    return _ended(held, None, "", {})


def _ended(held: Held, artifacts: ArtifactStore | None, fails: str, outputs: Mapping[str, Any]) -> Ended:
    fields = held.tuple.fields
    name = operation_id(fields["execution"], CellId(fields["production"], fields["flat"]), fields["step"])
    if artifacts is not None:
        attempt = held.lock_index - fields["base"]
        artifacts.put(log_key(fields["execution"], name, attempt), b"printed\n")
    error = "exit code 1" if fails and fails in name else None
    return Ended(held, Outcome(1 if error else 0, error, 0.0, 0.0, outputs))
