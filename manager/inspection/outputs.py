"""Whether outputs belong to something.

Place in the flow: picture → **findings** about what operations have said.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

from engine.executions.outputs import ALL
from engine.rete.production import Production
from manager.inspection.finding import Finding
from manager.inspection.picture import Item, Picture


class _Counts(NamedTuple):
    """How many instances an owner has: of a node, or at both ends of a relationship."""

    node: int | None = None
    source: int = 0
    target: int = 0
    of_all: bool = False  # something may be said of all instances of the node at once

    def has(self, number: str) -> bool:
        if self.node is not None:
            return (self.of_all and number == ALL) or (number.isdigit() and int(number) < self.node)
        ends = number.split("-")
        return len(ends) == 2 and all(map(_below, ends, (self.source, self.target)))


def output_findings(there: Picture) -> Iterator[Finding]:
    """What is wrong with outputs."""
    operations: dict[tuple[str, ...], dict[tuple[str, str, str], _Counts]] = {}
    for item in there.items["output"]:
        instance = there.instances.get((item.parts[1], item.parts[2]))
        if instance is None:
            yield Finding("output", item.key, "its instance is missing", "no output")
            continue
        networks = tuple(instance.networks.values())
        if networks not in operations:
            operations[networks] = _operations(there, networks)
        yield from _output(item, operations[networks])


def _output(item: Item, operations: dict[tuple[str, str, str], _Counts]) -> Iterator[Finding]:
    *_, owner, number, interface, operation = item.parts
    name, _, rest = interface.rpartition(":")[0].rpartition(":")
    said_by = f"{name}:{interface.rpartition(':')[2]}" if name and rest else interface  # by which relationship
    counts = operations.get((owner, said_by, operation))
    if counts is None:
        wrong = f"no network of the instance has an operation {interface}.{operation} of {owner!r}"
        yield Finding("output", item.key, wrong, "an operation")
    elif not counts.has(number):
        yield Finding("output", item.key, f"{owner!r} has no instance {number!r}", "the number of an instance")


def _operations(there: Picture, networks: tuple[str, ...]) -> dict[tuple[str, str, str], _Counts]:
    """The operations of an instance, by owner, interface and name."""
    found = {}
    for network in networks:
        for production in there.networks.get(network, {}).values():
            for step in production.steps:
                if step.operation is not None:
                    name, counts = _owner(production)
                    interface, operation = step.operation["interface"], step.operation["name"]
                    found[name, interface, operation] = counts
                    for end in {end for end, _ in step.operation.get("outputs", {}).values()} - {"self"}:
                        node = production.subject["relationship"][end]
                        key = (node["node"], f"{name}:{interface}", operation)
                        found[key] = _Counts(math.prod(node["radix"]), of_all=True)
    return found


def _owner(production: Production) -> tuple[str, _Counts]:
    about = production.subject.get("relationship")
    if about is None:
        return production.subject["node"], _Counts(production.count)
    source, target = (math.prod(about[end]["radix"]) for end in ("source", "target"))
    return about["name"], _Counts(source=source, target=target)


def _below(number: str, count: int) -> bool:
    return number == ALL or (number.isdigit() and int(number) < count)
