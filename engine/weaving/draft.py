"""A production being made."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from engine.rete.condition import Condition, Quantifier
from engine.rete.production import Feed, Production, Step, Wiring

MOST_FEEDS = 256
"""The most feeds of one step: a node on which thousands depend hands its facts on through relays."""


@dataclass(slots=True)
class Draft:
    """A production whose inputs and feeds are still being counted."""

    name: str
    count: int
    subject: dict[str, Any]
    steps: list[Step] = field(default_factory=list)
    inputs: dict[int, int] = field(default_factory=dict)
    feeds: dict[int, list[Feed]] = field(default_factory=dict)
    owned: bool = False
    quantifiers: dict[int, Quantifier] = field(default_factory=dict)  # where it is not "all"
    state_of: tuple[str, int, int] | None = None
    resumes: bool = False

    def add_feed(self, step: int, feed: Feed) -> None:
        self.feeds.setdefault(step, []).append(feed)

    def finished(self, *, tolerant: bool) -> list[Production]:
        """The production, and the relays of those of its steps that feed very many."""
        relays: list[Production] = []
        feeds = {step: self._relayed(step, rows, relays) for step, rows in self.feeds.items()}
        steps = tuple(
            replace(step, condition=Condition(self.inputs[i], self.quantifiers.get(i, Quantifier.ALL)))
            if self.inputs.get(i)
            else step
            for i, step in enumerate(self.steps)
        )
        own = Production(
            self.name, self.count, steps, feeds, tolerant, self.owned, self.subject, self.state_of, self.resumes
        )
        return [own, *relays]

    def takes(self, step: int, inputs: int) -> int:
        """Take in more inputs at a step; the number of the first of them."""
        base = self.inputs.get(step, 0)
        self.inputs[step] = base + inputs
        return base

    def _relayed(self, step: int, rows: list[Feed], relays: list[Production]) -> tuple[Feed, ...]:
        while len(rows) > MOST_FEEDS:
            chunks = [rows[low : low + MOST_FEEDS] for low in range(0, len(rows), MOST_FEEDS)]
            rows = []
            for chunk in chunks:
                name = f"{self.name}:relay:{step}:{len(relays)}"
                feeds = {0: tuple(chunk)}
                relays.append(Production(name, self.count, (Step(Condition(1)),), feeds, owned=True))
                rows.append(Feed(name, 0, Wiring.DOWN, 1))
        return tuple(rows)
