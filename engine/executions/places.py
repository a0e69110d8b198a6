"""Which machine of the installation a provider's machine is on, where it stays on the one that made it.

Place in the flow: whoever takes the operation that makes such a machine, a container say, **settles in the same
transaction where it is**; from then on the tuples of all its operations say so, and only workers of that machine take
them.  It is known before anything is made, so that nothing which a dead worker has begun is forgotten: what is done
again, or taken down, is done where it was begun.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import NamedTuple

from engine.executions.records import encode
from engine.rete.production import Production
from engine.space import keys
from engine.space.base import Space
from engine.space.tuples import Tuple
from engine.space.verbs import Delete, Set, Verb
from engine.weaving.machines import HOST_ARTIFACT


class Staying(NamedTuple):
    """A machine that stays where it was made: the instance of a node template."""

    node: str
    number: int


class Places:
    """Where the staying machines of one instance are, as far as one commit looks at them."""

    def __init__(self, space: Space, model: str, instance: str) -> None:
        self._space = space
        self._identity = (model, instance)
        self._found: dict[Staying, str | None] = {}
        self._gone: list[Staying] = []

    def load(self, machines: Iterable[Staying]) -> None:
        """Read at one go where these are, as far as that has not been done."""
        wanted = {place_key(*self._identity, machine): machine for machine in machines if machine not in self._found}
        if wanted:
            found = self._space.read(wanted)
            for key, machine in wanted.items():
                self._found[machine] = json.loads(found[key].value)["machine"] if key in found else None

    def of(self, production: Production, flat: int, step: int) -> dict[str, object]:
        """The fields of an operation's tuple that say who may take it: ``at`` a machine, or who ``settles`` one."""
        machine = staying(production, flat)
        if machine is None:
            return {}
        self.load([machine])
        at = self._found[machine]
        if at is not None:
            return {"at": at}
        return {"settles": list(machine)} if _called(production, step) == "create" else {}

    def ended(self, production: Production, flat: int, step: int) -> None:
        """An operation has succeeded; the one that removes its machine leaves none that is anywhere."""
        machine = staying(production, flat)
        if machine is not None and _called(production, step) == "delete":
            self._gone.append(machine)

    def verbs(self) -> list[Verb]:
        """What forgets the machines that are gone."""
        return [Delete(place_key(*self._identity, machine)) for machine in self._gone]


def staying(production: Production, flat: int) -> Staying | None:
    """The machine at the foot of an instance's hosts, when it stays where it was made."""
    about = production.subject.get("machine")
    if about is None or not about.get("stays"):
        return None
    number = flat % about["modulo"] if about["modulo"] else flat
    return Staying(about["node"], number // about["divide"])


def suits(tuple_: Tuple, here: str) -> bool:
    """Whether a worker on this machine may take an operation."""
    return bool(tuple_.fields.get("at", here) == here)


def settled(tuple_: Tuple, here: str) -> tuple[Tuple, list[Verb]]:
    """An operation as it is taken on this machine, and what its transaction writes besides."""
    if "settles" not in tuple_.fields:
        return tuple_, []
    fields = {name: value for name, value in tuple_.fields.items() if name != "settles"}
    machine = Staying(*tuple_.fields["settles"])
    key = place_key(fields["model"], fields["instance"], machine)
    return Tuple(tuple_.kind, {**fields, "at": here}), [Set(key, encode({"machine": here}))]


def place_key(model: str, instance: str, machine: Staying) -> str:
    """Where it stands on which machine of the installation one is."""
    return keys.path("place", model, instance, *machine)


def _called(production: Production, step: int) -> str | None:
    """Which operation of a machine's provider a step is, if it is one."""
    operation = production.steps[step].operation or {}
    return operation["name"] if operation.get("artifact_type") == HOST_ARTIFACT else None
