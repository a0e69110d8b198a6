"""Productions: the steps of one family of memories and the facts that they feed to others.

Place in the flow: `engine.weaving` compiles a woven workflow to productions; `engine.rete.network` runs them.

A production stands for every instance of a node template, or of one operation of a relationship, or for a condition
that many share.  Its instances are numbered from 0 (``flat``).  It is an ordered list of *steps*: a condition, then an
action.  That an instance has *passed* a step is a fact (a working memory element), and *feeds* say which conditions of
which instances that fact is an input of: they are the compiled alpha network.  Since counts are fixed in a network, a
feed is arithmetic: nothing per instance is stored.  That an instance has *failed* is a fact too: what is to be done
then waits for it under the step `FAILURE`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from engine.rete.condition import Condition, Quantifier

FAILURE = -2
"""The step of the fact that an instance has failed: it holds once it has, and never will once it ended otherwise."""


class Wiring(StrEnum):
    """How the number i of a feeding instance leads to the instances and inputs that it feeds."""

    DOWN = "down"  # instances i*n ... i*n+n-1, the same input
    UP = "up"  # instance i // n, input i % n
    ALL = "all"  # every instance 0 ... n-1, input i
    STRIDE = "stride"  # every instance p of the target's with p % n == i, the same input
    UNSTRIDE = "unstride"  # instance i % n, input i // n


@dataclass(frozen=True, slots=True)
class Feed:
    """Facts of the feeding production become inputs of ``step`` of ``target``, counted from ``base``."""

    target: str
    step: int
    wiring: Wiring
    n: int
    base: int = 0
    limit: int = 0  # STRIDE: the number of the target's instances

    def fan_out(self, i: int) -> int:
        """How many instances the fact of instance ``i`` feeds."""
        return len(self.targets(i))

    def targets(self, i: int) -> range:
        """The instances that the fact of instance ``i`` feeds."""
        match self.wiring:
            case Wiring.DOWN:
                return range(i * self.n, i * self.n + self.n)
            case Wiring.UP:
                return range(i // self.n, i // self.n + 1)
            case Wiring.ALL:
                return range(self.n)
            case Wiring.STRIDE:
                return range(i, self.limit, self.n)
            case Wiring.UNSTRIDE:
                return range(i % self.n, i % self.n + 1)

    def input(self, i: int) -> int:
        """The number of the input that the fact of instance ``i`` is, the same for all its targets."""
        match self.wiring:
            case Wiring.UP:
                return self.base + i % self.n
            case Wiring.ALL:
                return self.base + i
            case Wiring.UNSTRIDE:
                return self.base + i // self.n
            case _:
                return self.base


@dataclass(frozen=True, slots=True)
class Step:
    """Wait for the condition, then act: set a state, run an operation, end the execution, or merely pass.

    ``operation`` is what a worker needs to run it, as `engine.weaving` made it; the network asks only whether it is
    there.  ``check`` likewise is what a worker looks at to tell whether the instance is one that the rest is for.  A
    ``fleeting`` state is none from which a later run goes on.
    """

    condition: Condition | None = None
    state: str | None = None
    operation: Mapping[str, Any] | None = None
    end: bool = False
    check: Mapping[str, Any] | None = None
    fleeting: bool = False

    @property
    def works(self) -> bool:
        """Whether a worker has something to do."""
        return self.operation is not None or self.check is not None


@dataclass(frozen=True, slots=True)
class Production:
    """A family of ``count`` like instances.

    ``tolerant``: a failed operation does not stop the instance (uninstall, 7.3.7).  ``owned``: the instance does an
    operation on behalf of another (the owner, whose fact is input 0), which fails with it and may be past it already.
    ``subject`` says for people and workers what the instances stand for; the network reads of it only whether a failure
    is ``handled``.

    ``state_of``: the instances have no state of their own, they set that of others: instances of the production of that
    name, whose number is what is left of theirs by the modulo (0: all), over the divisor.  An input of their first step
    that was skipped makes them skip all.  ``resumes``: they go on from the state that those are in.
    """

    name: str
    count: int
    steps: tuple[Step, ...]
    feeds: Mapping[int, tuple[Feed, ...]] = field(default_factory=dict)
    tolerant: bool = False
    owned: bool = False
    subject: Mapping[str, Any] = field(default_factory=dict)
    state_of: tuple[str, int, int] | None = None
    resumes: bool = False

    def to_json(self) -> dict[str, Any]:
        """A readable form that `from_json` reads back."""
        data: dict[str, Any] = {
            "name": self.name,
            "count": self.count,
            "tolerant": self.tolerant,
            "owned": self.owned,
            "subject": self.subject,
            "steps": [_step_to_json(step) for step in self.steps],
            "feeds": {str(step): [_feed_to_json(feed) for feed in feeds] for step, feeds in self.feeds.items()},
        }
        if self.state_of is not None:
            data["state_of"] = list(self.state_of)
        if self.resumes:
            data["resumes"] = True
        return data

    def feeds_until_next_wait(self, step: int) -> Iterator[Feed]:
        """The feeds of the facts that an instance may give rise to when it goes on from ``step`` without waiting."""
        for passed in range(step, len(self.steps)):
            if passed > step and (self.steps[passed].works or self.steps[passed].condition):
                return
            yield from self.feeds.get(passed, ())

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Production:
        feeds = {int(step): tuple(_feed_from_json(f) for f in rows) for step, rows in data["feeds"].items()}
        steps = tuple(_step_from_json(step) for step in data["steps"])
        state_of = tuple(data["state_of"]) if "state_of" in data else None
        return cls(
            data["name"],
            data["count"],
            steps,
            feeds,
            data["tolerant"],
            data["owned"],
            data["subject"],
            state_of,
            data.get("resumes", False),
        )


class Productions(ABC):
    """The productions of one network, as far as they are looked at."""

    @abstractmethod
    def load(self, names: Iterable[str]) -> None:
        """Make these ready for `get`, in one go."""

    @abstractmethod
    def get(self, name: str) -> Production:
        """The production of that name, whether it was loaded before or not."""


def _step_to_json(step: Step) -> dict[str, Any]:
    data: dict[str, Any] = {}
    if step.condition is not None:
        data["wait"] = {step.condition.quantifier.value: step.condition.inputs}
    if step.state is not None:
        data["state"] = step.state
    if step.operation is not None:
        data["operation"] = step.operation
    if step.end:
        data["end"] = True
    if step.check is not None:
        data["check"] = step.check
    if step.fleeting:
        data["fleeting"] = True
    return data


def _step_from_json(data: Mapping[str, Any]) -> Step:
    condition = None
    for quantifier, inputs in data.get("wait", {}).items():
        condition = Condition(inputs, Quantifier(quantifier))
    return Step(
        condition,
        data.get("state"),
        data.get("operation"),
        data.get("end", False),
        data.get("check"),
        data.get("fleeting", False),
    )


def _feed_to_json(feed: Feed) -> list[Any]:
    return [feed.target, feed.step, feed.wiring.value, feed.n, feed.base, feed.limit]


def _feed_from_json(data: list[Any]) -> Feed:
    target, step, wiring, n, base, limit = data
    return Feed(target, step, Wiring(wiring), n, base, limit)
