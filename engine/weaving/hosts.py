"""The topmost hosts of a workflow: whose operations they are, and on which of them operations could overlap (7.2.2.4).

Place in the flow: a part of `engine.weaving.compile` and `engine.weaving.lines`, which make productions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from engine.instances.scaling import Scale
from engine.weaving.flow import Delegated, Flow, Lines
from engine.weaving.machines import machine_of
from engine.weaving.woven import WovenWorkflow


def shared_hosts(workflow: WovenWorkflow | Flow, scale: Scale) -> frozenset[str]:
    """Those with more than one line of operations, whether or not these could come at the same time."""
    lines = _woven(workflow, scale) if isinstance(workflow, WovenWorkflow) else _flow(workflow, scale)
    return frozenset(root for root, count in lines.items() if count > 1)


def subject_of(
    node: str, scale: Scale, shared: frozenset[str], providers: Mapping[str, str], owner: tuple[int, int] | None = None
) -> dict[str, Any]:
    """Of which node's instances the instances of a production are, or do operations, and where these run.

    ``owner`` are modulo (0: none) and divisor that lead from the number of an instance to that of its node instance,
    where they are not the same.
    """
    placement = scale.placements[node]
    modulo, divide = owner or (0, 1)
    divide *= placement.per_root
    return {
        "node": node,
        "radix": placement.radix,
        "root": placement.root,
        **({} if owner is None else {"owner": list(owner)}),
        "host": {"node": placement.root, "modulo": modulo, "divide": divide} if placement.root in shared else None,
        **machine_of(providers, placement, modulo, divide),
    }


def _flow(flow: Flow, scale: Scale) -> Counter[str]:
    found: Counter[str] = Counter()
    for _, stage in flow.everything():
        if isinstance(stage, Lines):
            for line in stage.lines:
                if line.operations:
                    _count(found, scale, line.node, on_relationship=line.relationship is not None)
        elif isinstance(stage, Delegated):
            found += _woven(stage.woven, scale)
    return found


def _woven(woven: WovenWorkflow, scale: Scale) -> Counter[str]:
    found: Counter[str] = Counter()
    for node, sequence in woven.sequences.items():
        if any(element.operation for element in sequence):
            _count(found, scale, node, on_relationship=False)
    for node, rows in woven.rows.items():
        if any(row.operation for row in rows):
            _count(found, scale, node, on_relationship=True)
    return found


def _count(found: Counter[str], scale: Scale, node: str, *, on_relationship: bool) -> None:
    placement = scale.placements[node]
    found[placement.root] += 2 if on_relationship else placement.per_root
