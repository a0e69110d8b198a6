"""The topmost hosts on which operations of an imperative workflow could overlap (7.2.2.4).

Place in the flow: a part of `engine.weaving.stages`.
"""

from __future__ import annotations

from collections import Counter

from engine.instances.scaling import Scale
from engine.weaving.flow import Delegated, Flow, Lines


def shared_hosts(flow: Flow, scale: Scale) -> frozenset[str]:
    """Those with more than one line of operations, whether or not these could come at the same time."""
    found: Counter[str] = Counter()
    for _, stage in flow.everything():
        match stage:
            case Lines(lines):
                for line in lines:
                    if line.operations:
                        _count(found, scale, line.node, on_relationship=line.relationship is not None)
            case Delegated(woven):
                for node, sequence in woven.sequences.items():
                    if any(element.operation for element in sequence):
                        _count(found, scale, node, on_relationship=False)
                for node, rows in woven.rows.items():
                    if any(row.operation for row in rows):
                        _count(found, scale, node, on_relationship=True)
    return frozenset(root for root, count in found.items() if count > 1)


def _count(found: Counter[str], scale: Scale, node: str, *, on_relationship: bool) -> None:
    placement = scale.placements[node]
    found[placement.root] += 2 if on_relationship else placement.per_root
