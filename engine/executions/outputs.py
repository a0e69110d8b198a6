"""Outputs of operations as they stand in the space: what each operation of each node or relationship instance said.

Place in the flow: result of an operation → **one verb of its commit** → `engine.executions.attributes`.

Each operation has a key of its own, which only its commit writes: no other can be lost by it, and nothing must be read
before.  Outputs outlive the execution: the next one may find an operation done that said them.

An output that is mapped to an attribute (TOSCA 1.3 § 3.6.15) stands under that name as well: beside the operation's
own, or, where the attribute is of a node at the end of its relationship, below that node, as said by
``<relationship>:<number>:<interface>``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from engine.executions.history import owner_number
from engine.executions.records import encode
from engine.rete.production import Production
from engine.space import keys
from engine.space.base import Entry, Space
from engine.space.verbs import Set

ALL = "all"  # stands for the number of the end for all of whose instances an operation is called once


class Owner(NamedTuple):
    """Whose operation it was: a node instance, number ``3``, or a relationship instance, number ``3-0``."""

    name: str
    number: str


class Said(NamedTuple):
    """The outputs of one operation; ``commit`` rises with each commit."""

    interface: str
    operation: str
    values: dict[str, Any]
    commit: int = 0


def ends_of(production: Production, flat: int) -> dict[str, int]:
    """The numbers of the node instances at the ends of a relationship's operation; one that means all is left out."""
    about: Mapping[str, Any] = production.subject.get("relationship") or {}
    found = {}
    for end in ("source", "target"):
        number = about[end]["number"] if end in about else None
        if number is not None:
            modulo, divide = number
            found[end] = (flat % modulo if modulo else flat) // divide
    return found


def owner_of_outputs(production: Production, flat: int) -> Owner:
    """The instance that the outputs of a production's operations belong to."""
    about = production.subject.get("relationship")
    if about is None:
        return Owner(production.subject["node"], str(owner_number(production, flat)))
    ends = ends_of(production, flat)
    return Owner(about["name"], f"{ends.get('source', ALL)}-{ends.get('target', ALL)}")


def outputs_key(model: str, instance: str, owner: Owner, interface: str, operation: str) -> str:
    """Where the outputs of an operation stand."""
    return keys.path("output", model, instance, *owner, interface, operation)


def outputs_verbs(
    identity: tuple[str, str], production: Production, flat: int, step: int, outputs: Mapping[str, Any]
) -> list[Set]:
    """What stores them.  Its commit has the guards: whose operation it is, and that it is committed once."""
    about = production.steps[step].operation or {}
    owner = owner_of_outputs(production, flat)
    said: dict[str, dict[str, Any]] = {"self": dict(outputs)}
    for name, (entity, attribute) in about.get("outputs", {}).items():
        if name in outputs:
            said.setdefault(entity, {})[attribute] = outputs[name]
    interface, operation = about["interface"], about["name"]
    verbs = [Set(outputs_key(*identity, owner, interface, operation), encode(said.pop("self")))]
    for end, values in said.items():
        node = production.subject["relationship"][end]["node"]
        there = Owner(node, str(ends_of(production, flat).get(end, ALL)))
        by = by_relationship(owner, interface)
        verbs.append(Set(outputs_key(*identity, there, by, operation), encode(values)))
    return verbs


def by_relationship(owner: Owner, interface: str) -> str:
    """What stands for the interface where an operation of a relationship has said attributes of a node at its end."""
    return f"{owner.name}:{owner.number}:{interface}"


class Outputs:
    """The outputs that an instance's operations have said, read when they are asked for, each once."""

    def __init__(self, space: Space, model: str, instance: str) -> None:
        self._space = space
        self._prefix = ("output", model, instance)
        self._found: dict[Owner, list[Said]] = {}
        self._whole: set[str] = set()  # names of which all instances were read
        self._everything = False

    def of(self, owner: Owner) -> list[Said]:
        """What an instance's operations have said, in the order of their commits."""
        if owner not in self._found and owner.name not in self._whole and not self._everything:
            self._found[owner] = []
            self._take(self._space.entries(keys.prefix(*self._prefix, *owner)))
        return self._found.get(owner, [])

    def of_node(self, name: str, flat: int, *, of_all: bool) -> list[Said]:
        """What was said of a node instance, in the order of commits; ``of_all``: and of all instances at once."""
        own = self.of(Owner(name, str(flat)))
        return sorted([*own, *self.of(Owner(name, ALL))], key=lambda said: said.commit) if of_all else own

    def load(self, name: str) -> None:
        """Read those of all instances of a node or relationship at one go."""
        if name not in self._whole and not self._everything:
            self._found = {owner: said for owner, said in self._found.items() if owner.name != name}
            self._take(self._space.entries(keys.prefix(*self._prefix, name)))
            self._whole.add(name)

    def load_all(self) -> None:
        """Read all there are at one go."""
        self._found.clear()
        self._take(self._space.entries(keys.prefix(*self._prefix)))
        self._everything = True

    def _take(self, entries: Iterable[Entry]) -> None:
        for entry in sorted(entries, key=lambda entry: entry.index):
            *_, name, number, interface, operation = keys.split(entry.key)
            said = Said(interface, operation, json.loads(entry.value), entry.index)
            self._found.setdefault(Owner(name, number), []).append(said)
