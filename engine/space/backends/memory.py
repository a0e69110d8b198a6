"""The space in the memory of one process: for tests, simulations and as the model of the other backends."""

from __future__ import annotations

import threading
import time
import uuid
from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from engine.space.backends.transaction import Transaction, check_limits
from engine.space.base import Entry, Space
from engine.space.errors import SessionLost
from engine.space.verbs import Verb


@dataclass(slots=True)
class _Session:
    ttl: float
    expires: float


class Store:
    """The data that several `MemorySpace` clients share."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.changed = threading.Condition()
        self.data: dict[str, Entry] = {}
        self.order: list[str] = []
        self.sessions: dict[str, _Session] = {}
        self.index = 0

    def range(self, prefix: str) -> list[str]:
        low = bisect_left(self.order, prefix)
        return self.order[low : bisect_left(self.order, prefix + "\x7f", low)]

    def write(self, entry: Entry) -> None:
        if entry.key not in self.data:
            insort(self.order, entry.key)
        self.data[entry.key] = entry

    def remove(self, key: str) -> None:
        del self.data[key]
        del self.order[bisect_left(self.order, key)]


class MemorySpace(Space):
    """One client of a `Store`."""

    def __init__(self, store: Store | None = None) -> None:
        self._store = store or Store()

    def transact(self, verbs: Sequence[Verb]) -> int:
        check_limits(verbs)
        store = self._store
        with store.changed:
            self._expire()
            index = store.index + 1
            changes = Transaction(store.data.get, store.sessions.__contains__, index).apply(verbs)
            store.index = index
            for key, entry in changes.items():
                if entry is not None:
                    store.write(entry)
                elif key in store.data:
                    store.remove(key)
            store.changed.notify_all()
        return index

    def read(self, keys: Iterable[str]) -> dict[str, Entry]:
        with self._store.changed:
            self._expire()
            data = self._store.data
            return {key: data[key] for key in keys if key in data}

    def entries(self, prefix: str) -> list[Entry]:
        with self._store.changed:
            self._expire()
            return [self._store.data[key] for key in self._store.range(prefix)]

    def keys(self, prefix: str) -> list[str]:
        with self._store.changed:
            return self._store.range(prefix)

    def index(self, prefix: str) -> int:
        return max((entry.index for entry in self.entries(prefix)), default=0)

    def wait(self, prefix: str, index: int, timeout: float) -> int:
        deadline = time.monotonic() + timeout
        with self._store.changed:
            while (found := self.index(prefix)) <= index:
                left = deadline - time.monotonic()
                if left <= 0:
                    break
                self._store.changed.wait(min(left, 0.5))  # sessions end by time alone: look now and then
            return found

    def open_session(self, ttl: float) -> str:
        with self._store.changed:
            session = uuid.uuid4().hex
            self._store.sessions[session] = _Session(ttl, self._store.clock() + ttl)
            return session

    def renew_session(self, session: str) -> None:
        with self._store.changed:
            self._expire()
            if session not in self._store.sessions:
                raise SessionLost(session)
            record = self._store.sessions[session]
            record.expires = self._store.clock() + record.ttl

    def close_session(self, session: str) -> None:
        with self._store.changed:
            self._end(session)

    def reap(self) -> None:
        with self._store.changed:
            self._expire()

    def close(self) -> None:
        """Nothing is held."""

    def _expire(self) -> None:
        now = self._store.clock()
        for session in [name for name, record in self._store.sessions.items() if record.expires <= now]:
            self._end(session)

    def _end(self, session: str) -> None:
        store = self._store
        if store.sessions.pop(session, None) is None:
            return
        store.index += 1
        for entry in [entry for entry in store.data.values() if entry.session == session]:
            store.write(replace(entry, session=None, index=store.index))
        store.changed.notify_all()
