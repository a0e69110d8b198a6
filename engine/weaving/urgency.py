"""Which operation a host does first.

The longest way to the end decides, with one exception.  Up to the last state that others await of *every* instance
of a node, the instances on a host go side by side: nobody is helped by one that is ahead.  From there to the last
state that others await of *single* instances, they go one after another: the sooner the first one is through, the
sooner the others have something to do.  All operations of that stretch are equally urgent, and the host queue goes by
instance.
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.weaving.order import Rows, Sequences, position

Place = tuple[str, int]


def urgencies(ranks: Mapping[Place, int], sequences: Sequences, rows: Rows) -> dict[Place, int]:
    """The urgency of each place with operations, given how much lies on the longest way from there to the end."""
    every, single = _awaited(sequences, rows)
    stretches: dict[str, int] = {}
    for (node, element), rank in ranks.items():
        if every.get(node, -1) < element <= single.get(node, -1):
            stretches[node] = max(stretches.get(node, 0), rank)
    return {
        (node, element): stretches[node] if every.get(node, -1) < element <= single.get(node, -1) else rank
        for (node, element), rank in ranks.items()
    }


def _awaited(sequences: Sequences, rows: Rows) -> tuple[dict[str, int], dict[str, int]]:
    """For each node the last element that is awaited of every instance, and of single ones."""
    every: dict[str, int] = {}
    single: dict[str, int] = {}
    for woven in rows.values():
        for row in woven:
            if row.join is not None:
                last = single if row.pairwise or row.relationship.hosted_on else every
                last[row.other] = max(last.get(row.other, -1), position(sequences[row.other], row.join))
    return every, single
