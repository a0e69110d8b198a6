"""Whether what is said of containers' places belongs to something.

Place in the flow: picture → **findings** about on which machine a provider's machine is.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.executions.places import Staying, staying
from engine.executions.records import InstanceRecord
from manager.inspection.finding import Finding
from manager.inspection.picture import Picture


def place_findings(there: Picture) -> Iterator[Finding]:
    """What is wrong with places."""
    known: dict[tuple[str, ...], set[Staying]] = {}
    for item in there.items["place"]:
        _, model, name, node, number = item.parts
        instance = there.instances.get((model, name))
        if instance is None:
            yield Finding("place", item.key, "its instance is missing", "no place")
            continue
        networks = tuple(instance.networks.values())
        if networks not in known:
            known[networks] = _staying(there, instance)
        if Staying(node, int(number)) not in known[networks]:
            wrong = f"instance {number} of {node!r} is no machine that stays where it was made"
            yield Finding("place", item.key, wrong, "a container")


def _staying(there: Picture, instance: InstanceRecord) -> set[Staying]:
    """The machines of an instance that stay where they were made."""
    productions = [one for name in instance.networks.values() for one in there.networks.get(name, {}).values()]
    found = {staying(production, flat) for production in productions for flat in range(production.count)}
    return {machine for machine in found if machine is not None}
