"""Which tuples a worker lists when it looks for something to do.

Tuples are spread over lanes, so that a long list need not be read whole.  While there are few, one listing of all of
them is cheaper than one for each lane; while there are many, lanes are listed one by one until enough was found, each
worker beginning at another one.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from engine.space import keys
from engine.space.tuples import Kind, Template

MANY = 256
"""With about so many tuples of a kind lanes are listed one by one."""


class Lanes:
    """How one worker looks through the tuples of one kind, whose identity begins with a lane."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self._many = False
        self._listed = 0

    def templates(self) -> Iterator[Template]:
        """What to list, one after another until enough was found."""
        self._listed = 0
        if not self._many:
            self._listed = keys.LANES
            yield Template(self._kind)
            return
        start = random.randrange(keys.LANES)  # noqa: S311 - spreads load, no secret
        for number in range(keys.LANES):
            self._listed += 1
            yield Template(self._kind, lane=(start + number) % keys.LANES)

    def found(self, tuples: int) -> None:
        """Say how many tuples the listings had in all."""
        self._many = tuples * keys.LANES > MANY * max(1, self._listed)
