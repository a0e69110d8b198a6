"""The way back through a network: which facts a condition waits for.

Place in the flow: productions → **causes** → what a waiting instance waits for, and what an operation came after; for
people.  The network itself goes forth only, from a fact to what it feeds (`engine.rete.network`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from engine.rete.production import Feed, Production, Step, Wiring


class Passing(NamedTuple):
    """That instance ``flat`` of ``production`` has passed ``step``, or is to."""

    production: str
    flat: int
    step: int


class Causes:
    """The feeds of a network by what they lead to."""

    def __init__(self, productions: Iterable[Production]) -> None:
        self._productions = {production.name: production for production in productions}
        self._feeds: dict[tuple[str, int], list[tuple[Production, int, Feed]]] = defaultdict(list)
        for production in self._productions.values():
            for step, feeds in production.feeds.items():
                for feed in feeds:
                    self._feeds[feed.target, feed.step].append((production, step, feed))

    def __iter__(self) -> Iterator[Production]:
        return iter(self._productions.values())

    def production(self, name: str) -> Production:
        """The production of that name."""
        return self._productions[name]

    def step(self, passing: Passing) -> Step:
        """The step that is passed."""
        return self._productions[passing.production].steps[passing.step]

    def of(self, passing: Passing) -> Iterator[Passing]:
        """What an instance must have seen to act at a step: all inputs of its condition."""
        for source, step, feed in self._feeds[passing.production, passing.step]:
            for flat in sources(feed, passing.flat, source.count):
                yield Passing(source.name, flat, step)

    def before(self, passing: Passing) -> Iterator[Passing]:
        """The same, and that it has passed the step ahead."""
        if passing.step > 0:
            yield passing._replace(step=passing.step - 1)
        yield from self.of(passing)


def sources(feed: Feed, target: int, count: int) -> range:
    """Which of ``count`` feeding instances feed instance ``target``: `Feed.targets` the other way round."""
    match feed.wiring:
        case Wiring.DOWN:
            return range(target // feed.n, target // feed.n + 1)
        case Wiring.UP:
            return range(target * feed.n, min(target * feed.n + feed.n, count))
        case Wiring.ALL:
            return range(count)
        case Wiring.STRIDE:
            return range(target % feed.n, target % feed.n + 1)
        case Wiring.UNSTRIDE:
            return range(target, count, feed.n)
