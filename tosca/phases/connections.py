"""Relationships of substituted nodes → relationships of the nodes in their place.

Place in the flow: a part of `tosca.phases.replacement`.  What leads to a capability leads to the one inside that it is
mapped to, and what a requirement leads to is what the one inside leads to; a mere dependency means all nodes inside.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

from tosca.model import Interface, NodeTemplate, Relationship
from tosca.phases.placement import Placement
from tosca.phases.references import Subject
from tosca.phases.rewriting import Rewriting


class Connections:
    """Moves the relationships of a topology."""

    def __init__(self, placements: Mapping[str, Placement], rewriting: Rewriting) -> None:
        self._placements = placements
        self._rewriting = rewriting

    def connected(self, nodes: Mapping[str, NodeTemplate]) -> dict[str, NodeTemplate]:
        """Return the nodes after the substitution, in their order, all of them connected."""
        found: dict[str, NodeTemplate] = {}
        for name, node in nodes.items():
            placement = self._placements.get(name)
            for each in placement.nodes.values() if placement is not None else [node]:
                changed = self._rewriting.node(each, Subject(each.name))
                found[each.name] = replace(changed, relationships=self._ways(each.relationships))
        added: dict[str, list[Relationship]] = {}
        for name in self._placements:
            for way in self._ways(nodes[name].relationships):
                for moved in self._from(way, self._placements[name]):
                    added.setdefault(moved.source, []).append(moved)
        return {name: _numbered(node, added.get(name, ())) for name, node in found.items()}

    def _ways(self, ways: Iterable[Relationship]) -> tuple[Relationship, ...]:
        changed = (self._rewriting.relationship(way, Subject(way.source, way)) for way in ways)
        return tuple(each for way in changed for each in self._to(way))

    def _to(self, way: Relationship) -> list[Relationship]:
        placement = self._placements.get(way.target)
        if placement is None:
            return [way]
        mapped = placement.capability(way.capability)
        if mapped is not None:
            interfaces = _of_capability(way, mapped[1])
            return [replace(way, target=mapped[0], capability=mapped[1], interfaces=interfaces)]
        return [replace(way, target=name) for name in placement.nodes]

    def _from(self, way: Relationship, placement: Placement) -> list[Relationship]:
        mapped = placement.requirement(way.requirement)
        if mapped is not None:
            return [replace(way, source=mapped[0], requirement=mapped[1])]
        return [replace(way, source=name) for name in placement.nodes]


def _of_capability(way: Relationship, name: str) -> Mapping[str, Interface]:
    """The interfaces of a relationship, whose operations say outputs of the capability that is called so now."""
    if way.capability == name:
        return way.interfaces
    return {key: _renamed(face, str(way.capability), name) for key, face in way.interfaces.items()}


def _renamed(face: Interface, old: str, new: str) -> Interface:
    operations = {
        key: replace(
            operation,
            outputs={
                output: ("TARGET", new, *path[2:]) if path[:2] == ("TARGET", old) and len(path) > 2 else path
                for output, path in operation.outputs.items()
            },
        )
        for key, operation in face.operations.items()
    }
    return replace(face, operations=operations)


def _numbered(node: NodeTemplate, added: Iterable[Relationship]) -> NodeTemplate:
    """Give relationships the names that they have in their new order, where there are others than before."""
    ways = (*node.relationships, *added)
    expected: list[Relationship] = []
    counts: Counter[str] = Counter()
    for way in ways:
        number = counts[way.requirement]
        counts[way.requirement] += 1
        name = f"{node.name}.{way.requirement}" + (f".{number}" if number else "")
        expected.append(replace(way, name=name))
    several = len({way.name for way in ways}) < len(ways) or any(way.source != node.name for way in ways)
    moved = any(not way.name.startswith(f"{node.name}.{way.requirement}") for way in ways)
    return replace(node, relationships=tuple(expected) if several or moved else ways)
