"""Memories: the mutable part of the network, one small value per instance.

A `Cell` is the working memory of one instance of a production (where it is in its steps, its node's state) together
with the beta memories of its conditions.  A `Group` is an inner memory of a condition with more than `ARITY` inputs.
Both are values of the space, readable JSON.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

TRANSITIONAL = frozenset({"creating", "configuring", "starting", "stopping", "deleting"})


class Phase(StrEnum):
    """What a cell is doing at its step."""

    WAITING = "waiting"  # for its condition
    OPERATION = "operation"  # activated: its operation tuple is in the space, or in the queue of its host
    FINISHED = "finished"
    FAILED = "failed"
    BLOCKED = "blocked"  # its condition can never hold


class CellId(NamedTuple):
    """An instance of a production."""

    production: str
    flat: int


class GroupId(NamedTuple):
    """An inner memory of the condition of one step of a cell."""

    production: str
    flat: int
    step: int
    level: int
    group: int


@dataclass(slots=True)
class Group:
    """The bits of an inner memory; a bit that is not set in either is an input that has come."""

    run: int
    missing: int
    dead: int = 0

    def encoded(self) -> bytes:
        return json.dumps({"run": self.run, "missing": f"{self.missing:x}", "dead": f"{self.dead:x}"}).encode()

    @classmethod
    def decoded(cls, value: bytes) -> Group:
        data = json.loads(value)
        return cls(data["run"], int(data["missing"], 16), int(data["dead"], 16))


@dataclass(slots=True)
class Cell:
    """The memory of one instance in one run.

    ``stable`` is the last state that is none of the transitional ones nor error: where a later run goes on from.
    ``failed`` says that an operation failed and was passed over; ``skip`` that the owner of this relationship operation
    went past it in an earlier run, or that a check has left this instance out.
    """

    run: int
    step: int = 0
    phase: Phase = Phase.WAITING
    state: str = "initial"
    stable: str = "initial"
    failed: bool = False
    skip: bool = False
    missing: dict[int, int] = field(default_factory=dict)
    dead: dict[int, int] = field(default_factory=dict)

    def encoded(self) -> bytes:
        data: dict[str, Any] = {"run": self.run, "step": self.step, "phase": self.phase.value, "state": self.state}
        if self.stable != self.state:
            data["stable"] = self.stable
        if self.failed:
            data["failed"] = True
        if self.skip:
            data["skip"] = True
        if self.missing:
            data["missing"] = {step: f"{bits:x}" for step, bits in self.missing.items()}
        if self.dead:
            data["dead"] = {step: f"{bits:x}" for step, bits in self.dead.items()}
        return json.dumps(data).encode()

    @classmethod
    def decoded(cls, value: bytes) -> Cell:
        data = json.loads(value)
        return cls(
            run=data["run"],
            step=data["step"],
            phase=Phase(data["phase"]),
            state=data["state"],
            stable=data.get("stable", data["state"]),
            failed=data.get("failed", False),
            skip=data.get("skip", False),
            missing={int(step): int(bits, 16) for step, bits in data.get("missing", {}).items()},
            dead={int(step): int(bits, 16) for step, bits in data.get("dead", {}).items()},
        )

    def enter(self, state: str, *, fleeting: bool = False) -> None:
        """Set the state, keeping track of the last stable one."""
        self.state = state
        if not fleeting and state not in TRANSITIONAL and state != "error":
            self.stable = state
