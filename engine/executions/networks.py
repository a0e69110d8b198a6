"""Networks in the space: the productions of a workflow, stored once and read one by one.

A network is named by its content, so storing the same one again changes nothing.  The note that says that it is
complete is written last.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.executions.records import encode
from engine.instances.scaling import Scale
from engine.rete.production import Production, Productions
from engine.space import keys
from engine.space.base import Entry, Space
from engine.space.errors import SpaceError
from engine.space.verbs import MAX_BYTES, Set, Verb, size
from engine.weaving import Workflow, compile_workflow
from engine.weaving.errors import NameClash

COMPLETE = ".network"
_SMALL = 16  # starts, of some dozen nodes each: a network that is read whole
_GUARDS = 1024  # bytes


@dataclass(frozen=True, slots=True)
class NetworkNote:
    """What has to be known of a network as a whole."""

    workflow: str
    starts: int
    operations: int
    preconditions: Sequence[Mapping[str, Any]] = ()


def install_network(space: Space, woven: Workflow, scale: Scale, guards: Sequence[Verb] = ()) -> str:
    """Compile a workflow for a scale, store its productions and return the network's id.

    ``guards`` go into every transaction: a network that somebody removes meanwhile must not be taken for complete.

    Raises:
        NameClash: a node template has a name that something woven has too.
        Conflict: a guard failed.
    """
    compiled = compile_workflow(woven, scale)
    values = {production.name: encode(production.to_json()) for production in compiled.productions}
    if len(values) != len(compiled.productions):
        raise NameClash(woven.workflow, [production.name for production in compiled.productions])
    digest = hashlib.sha256(woven.workflow.encode())
    about: dict[str, Any] = {
        "workflow": woven.workflow,
        "starts": compiled.starts,
        "operations": compiled.operations,
    }
    if compiled.preconditions:
        about["preconditions"] = compiled.preconditions
        digest.update(encode(compiled.preconditions))
    for value in values.values():
        digest.update(value)
    network = digest.hexdigest()[:24]
    note = keys.path("rule", network, COMPLETE)
    if note not in space.read([note]):
        for batch in _batches(Set(keys.path("rule", network, name), value) for name, value in values.items()):
            space.transact([*guards, *batch])
        space.transact([*guards, Set(note, encode(about))])
    return network


def read_note(space: Space, network: str) -> NetworkNote:
    """What has to be known of a stored network.

    Raises:
        SpaceError: it is not there.
    """
    key = keys.path("rule", network, COMPLETE)
    entry = space.read([key]).get(key)
    if entry is None:
        raise SpaceError(f"the space has no network {network!r}")
    return NetworkNote(**json.loads(entry.value))


def productions(space: Space, network: str) -> Iterator[Production]:
    """All productions of a network, the ones for start and end left out."""
    for entry in space.entries(keys.prefix("rule", network)):
        if not keys.split(entry.key)[-1].startswith("."):
            yield Production.from_json(json.loads(entry.value))


class ProductionCache:
    """Reads productions when they are first needed and keeps those read last; they never change."""

    def __init__(self, space: Space, most: int = 2048) -> None:
        self._space = space
        self._most = most
        self._kept: dict[tuple[str, str], Production] = {}

    def foresee(self, network: str) -> None:
        """Read a network that is about to be needed: all of it when it is small, so that nothing waits for a part.

        Raises:
            SpaceError: it is not there.
        """
        if read_note(self._space, network).starts <= _SMALL:
            for entry in self._space.entries(keys.prefix("rule", network)):
                name = keys.split(entry.key)[-1]
                if name != COMPLETE:
                    self._keep(network, name, entry)

    def load(self, network: str, names: Iterable[str]) -> None:
        """Read those that are not there yet, in one go; a network that lacks one is noticed by `get`."""
        missing = {keys.path("rule", network, name): name for name in names if (network, name) not in self._kept}
        if not missing:
            return
        for key, entry in self._space.read(missing).items():
            self._keep(network, missing[key], entry)

    def get(self, network: str, name: str) -> Production:
        """A production of a network.

        Raises:
            SpaceError: the network has none of that name.
        """
        if (network, name) not in self._kept:
            self.load(network, [name])
        found = self._kept.get((network, name))
        if found is None:
            raise SpaceError(f"network {network!r} has no production {name!r}")
        return found

    def _keep(self, network: str, name: str, entry: Entry) -> None:
        self._kept[network, name] = Production.from_json(json.loads(entry.value))
        if len(self._kept) > self._most:
            del self._kept[next(iter(self._kept))]


class NetworkProductions(Productions):
    """The productions of one network, out of the cache."""

    def __init__(self, cache: ProductionCache, network: str) -> None:
        self._cache = cache
        self._network = network

    def load(self, names: Iterable[str]) -> None:
        self._cache.load(self._network, names)

    def get(self, name: str) -> Production:
        return self._cache.get(self._network, name)


def _batches(verbs: Iterator[Verb], most: int = 60) -> Iterator[list[Verb]]:
    """Transactions that leave room for a few guards."""
    batch: list[Verb] = []
    total = 0
    for verb in verbs:
        if batch and (len(batch) == most or total + size(verb) > MAX_BYTES - _GUARDS):
            yield batch
            batch, total = [], 0
        batch.append(verb)
        total += size(verb)
    if batch:
        yield batch
