"""The memories of one instance, read from the space and written back by the commit that changed them."""

from __future__ import annotations

from collections.abc import Iterable

from engine.rete.memory import Cell, CellId, Group, GroupId
from engine.rete.network import Memories
from engine.space import keys
from engine.space.base import Entry, Space
from engine.space.verbs import Cas, Verb


def memory_key(model: str, instance: str, id_: CellId | GroupId) -> str:
    """Where a memory stands."""
    return keys.prefix("cell", model, instance) + memory_path(id_)


def memory_path(id_: CellId | GroupId) -> str:
    """Where a memory stands below its instance."""
    if isinstance(id_, CellId):
        return keys.path(id_.production, id_.flat)
    return keys.path(id_.production, id_.flat, f"{id_.step}.{id_.level}.{id_.group}")


class SpaceMemories(Memories):
    """The memories of one instance that one commit looks at."""

    def __init__(self, space: Space, model: str, instance: str) -> None:
        self._space = space
        self._prefix = keys.prefix("cell", model, instance)
        self._keys: dict[CellId | GroupId, str] = {}
        self._entries: dict[str, Entry] = {}
        self._memories: dict[CellId | GroupId, Cell | Group | None] = {}
        self._looked_at: dict[CellId | GroupId, None] = {}

    @property
    def touched(self) -> int:
        return len(self._looked_at)

    def load(self, ids: Iterable[CellId | GroupId]) -> None:
        new = {id_ for id_ in ids if id_ not in self._memories}
        if not new:
            return
        wanted = {id_: self._key(id_) for id_ in new}
        found = self._space.read(wanted.values())
        self._entries.update(found)
        self._keys.update(wanted)
        for id_, key in wanted.items():
            entry = found.get(key)
            kind = Cell if isinstance(id_, CellId) else Group
            self._memories[id_] = None if entry is None else kind.decoded(entry.value)

    def _key(self, id_: CellId | GroupId) -> str:
        return self._prefix + memory_path(id_)

    def get(self, id_: CellId | GroupId) -> Cell | Group | None:
        self._looked_at[id_] = None
        return self._memories[id_]

    def put(self, id_: CellId | GroupId, memory: Cell | Group) -> None:
        self._memories[id_] = memory

    def verbs(self) -> list[Verb]:
        """What writes every memory that has changed, provided that nobody else has changed it since."""
        found: list[Verb] = []
        for id_ in self._looked_at:
            memory = self._memories[id_]
            if memory is None:
                continue
            key = self._keys[id_]
            entry = self._entries.get(key)
            value = memory.encoded()
            if entry is None:
                found.append(Cas(key, value, 0))
            elif entry.value != value:
                found.append(Cas(key, value, entry.index))
        return found
