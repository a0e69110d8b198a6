"""Conditions: what the inputs of a join must amount to, and how a wide join is split into a tree.

A condition has numbered inputs; each is the truth of one fact ("C[1] has reached created").  Its beta memory is two bit
sets, the inputs still *missing* and the inputs that are *dead*: they will never come.  Bits instead of counters make
every update idempotent: putting the same fact into a rule twice changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

ARITY = 32
"""The most inputs that one memory holds; a wider condition is a tree of memories."""


class Quantifier(StrEnum):
    """How many of the inputs must hold."""

    ALL = "all"
    ANY = "any"
    NONE = "none"
    SETTLED = "settled"  # each has come, or never will
    SOME = "some"  # settled, and one at least has come
    NEVER = "never"  # none has come, and none ever will


class Verdict(StrEnum):
    """What a memory says of its condition."""

    OPEN = "open"
    HOLDS = "holds"
    DEAD = "dead"  # can never hold


_INNER = {Quantifier.NONE: Quantifier.ANY, Quantifier.NEVER: Quantifier.ANY}


@dataclass(frozen=True, slots=True)
class Condition:
    """A quantified condition over ``inputs`` facts."""

    inputs: int
    quantifier: Quantifier = Quantifier.ALL

    @property
    def inner(self) -> Quantifier:
        """The quantifier of the inner memories of its tree."""
        return _INNER.get(self.quantifier, self.quantifier)

    @property
    def top(self) -> int:
        """The number of inputs of the memory at the root of its tree."""
        return self.width(self.depth)

    @property
    def depth(self) -> int:
        """The number of levels of inner memories; 0 when one memory holds all inputs."""
        depth, width = 0, self.inputs
        while width > ARITY:
            depth, width = depth + 1, -(-width // ARITY)
        return depth

    def width(self, level: int) -> int:
        """The number of inputs that arrive at a level, 0 being the facts themselves."""
        width = self.inputs
        for _ in range(level):
            width = -(-width // ARITY)
        return width

    def group_size(self, level: int, group: int) -> int:
        """The number of inputs of an inner memory; the last one of a level may be smaller."""
        return min(ARITY, self.width(level) - group * ARITY)


def verdict(quantifier: Quantifier, inputs: int, missing: int, dead: int) -> Verdict:
    """What a memory with these bits says."""
    everything = (1 << inputs) - 1
    match quantifier:
        case Quantifier.ALL:
            return Verdict.DEAD if dead else Verdict.OPEN if missing else Verdict.HOLDS
        case Quantifier.ANY:
            return Verdict.HOLDS if missing != everything else Verdict.DEAD if dead == everything else Verdict.OPEN
        case Quantifier.NONE:
            return Verdict.HOLDS if missing == everything else Verdict.OPEN
        case Quantifier.SETTLED:
            return Verdict.OPEN if missing & ~dead else Verdict.HOLDS
        case Quantifier.SOME:
            return Verdict.OPEN if missing & ~dead else Verdict.HOLDS if missing != everything else Verdict.DEAD
        case Quantifier.NEVER:
            return Verdict.DEAD if missing != everything else Verdict.HOLDS if dead == everything else Verdict.OPEN
