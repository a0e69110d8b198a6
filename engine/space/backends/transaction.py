"""What the verbs mean, for the backends that hold their data themselves.

A pure function: the verbs of a transaction and a way to look keys up in, the changes or the conflict out.  The Consul
backend does not need it: there the store itself gives the verbs this meaning.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from engine.space import verbs as v
from engine.space.base import Entry
from engine.space.errors import Conflict, TooLarge

Changes = dict[str, Entry | None]
"""What a transaction changes: the new entry of each key, None where it is deleted."""


def check_limits(verbs: Sequence[v.Verb]) -> None:
    """Refuse what the narrowest store would refuse.

    Raises:
        TooLarge: too many verbs or bytes, or a value is too long.
    """
    if len(verbs) > v.MAX_VERBS:
        raise TooLarge(f"a transaction of {len(verbs)} verbs; at most {v.MAX_VERBS} are possible")
    total = 0
    for verb in verbs:
        length = v.size(verb)
        if length > v.MAX_VALUE:
            raise TooLarge(f"a value of {length} bytes at {verb.key!r}; at most {v.MAX_VALUE} are possible")
        total += length
    if total > v.MAX_BYTES:
        raise TooLarge(f"a transaction of {total} bytes; at most {v.MAX_BYTES} are possible")


class Transaction:
    """The verbs of one transaction, applied one by one to a view of the store."""

    def __init__(self, get: Callable[[str], Entry | None], alive: Callable[[str], bool], index: int) -> None:
        self._get = get
        self._alive_now = alive
        self._known: dict[str, bool] = {}
        self._index = index
        self.changes: Changes = {}

    def apply(self, verbs: Sequence[v.Verb]) -> Changes:
        """All verbs or none.

        Raises:
            Conflict: naming every verb that failed.
        """
        failures = []
        for position, verb in enumerate(verbs):
            why = _MEANING[type(verb)](self, verb)
            if why is not None:
                failures.append((position, why))
        if failures:
            raise Conflict(failures)
        return self.changes

    def _look(self, key: str) -> Entry | None:
        return self.changes[key] if key in self.changes else self._get(key)

    def _alive(self, session: str) -> bool:
        if session not in self._known:
            self._known[session] = self._alive_now(session)
        return self._known[session]

    def _write(self, key: str, old: Entry | None, value: bytes) -> None:
        if old is None:
            self.changes[key] = Entry(key, value, self._index)
        elif old.value != value:
            self.changes[key] = Entry(key, value, self._index, old.lock_index, old.session)

    def _set(self, verb: v.Set) -> None:
        self._write(verb.key, self._look(verb.key), verb.value)

    def _cas(self, verb: v.Cas) -> str | None:
        old = self._look(verb.key)
        found = 0 if old is None else old.index
        if found != verb.index:
            return f"index of {verb.key!r} is {found}, not {verb.index}"
        self._write(verb.key, old, verb.value)
        return None

    def _lock(self, verb: v.Lock) -> str | None:
        if not self._alive(verb.session):
            return f"invalid session {verb.session!r}"
        old = self._look(verb.key)
        if old is None:
            self.changes[verb.key] = Entry(verb.key, verb.value, self._index, 1, verb.session)
        elif old.session is None:
            locked = Entry(verb.key, verb.value, self._index, old.lock_index + 1, verb.session)
            self.changes[verb.key] = locked
        elif old.session == verb.session:
            self._write(verb.key, old, verb.value)
        else:
            return f"{verb.key!r} is locked by session {old.session!r}"
        return None

    def _unlock(self, verb: v.Unlock) -> str | None:
        why = self._check_session(v.CheckSession(verb.key, verb.session))
        old = self._look(verb.key)
        if why is None and old is not None:
            self.changes[verb.key] = replace(old, value=verb.value, index=self._index, session=None)
        return why

    def _delete(self, verb: v.Delete) -> None:
        if self._look(verb.key) is not None:
            self.changes[verb.key] = None

    def _check_index(self, verb: v.CheckIndex) -> str | None:
        old = self._look(verb.key)
        found = 0 if old is None else old.index
        return None if old and found == verb.index else f"index of {verb.key!r} is {found}, not {verb.index}"

    def _check_session(self, verb: v.CheckSession) -> str | None:
        old = self._look(verb.key)
        if old is None or old.session != verb.session:
            return f"{verb.key!r} is not locked by session {verb.session!r}"
        return None if self._alive(verb.session) else f"invalid session {verb.session!r}"

    def _check_not_exists(self, verb: v.CheckNotExists) -> str | None:
        return None if self._look(verb.key) is None else f"{verb.key!r} exists"


_MEANING: dict[type[Any], Callable[[Transaction, Any], str | None]] = {
    v.Set: Transaction._set,
    v.Cas: Transaction._cas,
    v.Lock: Transaction._lock,
    v.Unlock: Transaction._unlock,
    v.Delete: Transaction._delete,
    v.CheckIndex: Transaction._check_index,
    v.CheckSession: Transaction._check_session,
    v.CheckNotExists: Transaction._check_not_exists,
}
