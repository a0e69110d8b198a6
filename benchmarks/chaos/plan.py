"""What a run deploys, derived from its seed: the example or a random topology, and how long each operation lasts.

Place in the flow: seed → **plan** → `benchmarks.chaos.site`, and the description that the checker reads.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.deployments import example_archive
from tests.acceptance.expectation import expect
from tests.acceptance.topologies import Topology, appli
from tests.support.csars import csar, described, mended, random_nodes
from tests.support.topologies import Node

WORKFLOWS = ("install", "uninstall")
_FEWEST, _OPERATIONS = 12, 700  # in one workflow
_IN_A_ROW = 40  # operations on one host, which take turns
# The third power of an even random number: most operations are short, some last for two seconds.
_SCRIPT = """\
#!/bin/bash
export LC_ALL=C
mark() {{
  printf '%s\\t%s\\t%s\\t%s\\t%s\\t%s\\n' "$1" "$EPOCHREALTIME" "$PPID" "$DITRIT_ATTEMPT" \\
    "${{HOST}}[${{INSTANCE%%,*}}]" "$DITRIT_OPERATION" >> '{marks}'
}}
mark begin
what="{seed} $NODE $INSTANCE $INTERFACE $OPERATION $SOURCE $TARGET $RELATIONSHIP $DITRIT_ATTEMPT"
set -- $(printf '%s' "$what" | cksum)
r=$(( $1 % 1001 ))
ms=$(( {longest} * r * r * r / 1000000000 ))
sleep "$(( ms / 1000 )).$(printf '%03d' $(( ms % 1000 )))"
echo "done: attempt $DITRIT_ATTEMPT of $DITRIT_OPERATION"
mark end
"""


@dataclass(frozen=True)
class Plan:
    """What is deployed, and what must come of it."""

    seed: int
    name: str
    archive: bytes
    topology: Topology
    strict: bool
    operations: int  # of all workflows

    @property
    def weaving(self) -> str:
        return "strict" if self.strict else "interleaved"

    @property
    def instances(self) -> int:
        return sum(len(self.topology.instances(node.name)) for node in self.topology.nodes)


def plan(seed: int, marks: Path, *, most: int = 300, longest: float = 2.0, nodes: Sequence[Node] | None = None) -> Plan:
    """The plan of a seed: up to ``most`` node instances; operations write to ``marks`` and last ``longest`` at most.

    ``nodes`` are deployed instead of what the seed gives.
    """
    chance = random.Random(f"plan {seed}")
    script = _SCRIPT.format(marks=marks, seed=seed, longest=round(longest * 1000))
    if nodes is None and chance.random() < 0.3:
        return _plan(seed, "the example", example_archive(script).data, appli(), strict=False)
    found = _found(chance, most) if nodes is None else nodes
    name = f"{len(found)} node templates"
    return _plan(seed, name, csar(found, script), described(found), strict=mended(found))


def _found(chance: random.Random, most: int) -> Sequence[Node]:
    """Node templates that a run of a minute or two can deploy."""
    while True:
        nodes = random_nodes(chance, chance.choice([size for size in (20, 60, 150, 300) if size <= most] or [most]))
        if _fits(described(nodes)):
            return nodes


def _plan(seed: int, name: str, archive: bytes, topology: Topology, *, strict: bool) -> Plan:
    count = sum(len(_operations(topology, workflow)) for workflow in WORKFLOWS)
    return Plan(seed, name, archive, topology, strict, count)


def _fits(topology: Topology) -> bool:
    for workflow in WORKFLOWS:
        hosts = _operations(topology, workflow)
        if not _FEWEST <= len(hosts) <= _OPERATIONS or max(Counter(hosts).values(), default=0) > _IN_A_ROW:
            return False
    return True


def _operations(topology: Topology, workflow: str) -> list[tuple[str, int]]:
    """The host of each operation."""
    events = expect(topology, workflow).events
    return [(topology.foot(event.node), event.index[0]) for event in events if event.is_operation]
