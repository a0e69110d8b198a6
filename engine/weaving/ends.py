"""The arithmetic of a relationship: which instances of its two ends and of its operations belong together."""

from __future__ import annotations

from engine.instances.scaling import Scale
from engine.rete.production import Feed, Wiring
from engine.weaving.draft import Draft
from engine.weaving.woven import Row


class Ends:
    """The arithmetic between the instances of a relationship's two ends and of the operations between them.

    Over HostedOn, source instance i is on target instance i // m; otherwise every source instance goes with every
    target instance, pair p being source p // t with target p % t.
    """

    def __init__(self, row: Row, scale: Scale) -> None:
        self._row = row
        self._hosted = row.relationship.hosted_on
        self._sources = scale.count(row.relationship.source)
        self._targets = scale.count(row.relationship.target)
        self._per_target = scale.placements[row.relationship.source].radix[-1] if self._hosted else 0
        self._from_source = row.side == "source"

    @property
    def count(self) -> int:
        """The number of instances of the operation."""
        if not self._row.pairwise:
            return self._sources if self._from_source else self._targets
        return self._sources if self._hosted else self._sources * self._targets

    def owner_of(self) -> tuple[int, int]:
        """Modulo (0: none) and divisor that lead from an instance of the operation to its owner."""
        number = self.source_of() if self._from_source else self.target_of()
        return number or (0, 1)

    def source_of(self) -> tuple[int, int] | None:
        """The same for its source instance; None where it is done once for all of them."""
        if not self._row.pairwise:
            return (0, 1) if self._from_source else None
        return (0, 1) if self._hosted else (0, self._targets)

    def target_of(self) -> tuple[int, int] | None:
        """The same for its target instance."""
        if not self._row.pairwise:
            if not self._from_source:
                return (0, 1)
            return (0, self._per_target) if self._hosted else None
        return (0, self._per_target) if self._hosted else (self._targets, 1)

    def from_owner(self, draft: Draft, base: int) -> Feed:
        """The owner's instance feeds those of its operations."""
        if not self._row.pairwise:
            return Feed(draft.name, 0, Wiring.DOWN, 1, base)
        return self._to_pairs(draft, base, source=self._from_source)

    def from_other(self, draft: Draft, base: int) -> Feed:
        """The other end's instance feeds the pairs that it is in."""
        return self._to_pairs(draft, base, source=not self._from_source)

    def _to_pairs(self, draft: Draft, base: int, *, source: bool) -> Feed:
        if source:
            return Feed(draft.name, 0, Wiring.DOWN, 1 if self._hosted else self._targets, base)
        if self._hosted:
            return Feed(draft.name, 0, Wiring.DOWN, self._per_target, base)
        return Feed(draft.name, 0, Wiring.STRIDE, self._targets, base, draft.count)

    def to_owner(self, owner: Draft, step: int, base: int) -> tuple[Feed, int]:
        """The operation feeds its owner's step: the feed and how many inputs it takes there."""
        if not self._row.pairwise or (self._hosted and self._from_source):
            return Feed(owner.name, step, Wiring.DOWN, 1, base), 1
        if self._hosted:
            return Feed(owner.name, step, Wiring.UP, self._per_target, base), self._per_target
        if self._from_source:
            return Feed(owner.name, step, Wiring.UP, self._targets, base), self._targets
        return Feed(owner.name, step, Wiring.UNSTRIDE, self._targets, base), self._sources

    def join(self, draft: Draft, step: int, base: int) -> tuple[Feed, int]:
        """The other end's instances feed a step of each of the owner's: the feed and how many inputs it takes."""
        others = self._targets if self._from_source else self._sources
        if not self._hosted:
            return Feed(draft.name, step, Wiring.ALL, draft.count, base), others
        if self._from_source:
            return Feed(draft.name, step, Wiring.DOWN, self._per_target, base), 1
        return Feed(draft.name, step, Wiring.UP, self._per_target, base), self._per_target
