"""A space that tells what was committed through it.

Place in the flow: `Space.transact` → **what it has made true** → `engine.tracing.traces`.  So whoever commits tells,
and tells what stands in the history: no other code has to think of traces.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from engine.executions.records import ExecutionRecord
from engine.space import keys
from engine.space.base import Entry, Space
from engine.space.errors import UnknownOutcome
from engine.space.verbs import Cas, Set, Verb

HISTORY = keys.prefix("done")
EXECUTIONS = keys.prefix(ExecutionRecord.KIND)


@dataclass(frozen=True, slots=True)
class Committed:
    """A key and its new value; not ``sure`` when the answer was lost."""

    key: str
    value: bytes
    sure: bool


class WatchedSpace(Space):
    """Another space, all the same."""

    def __init__(self, space: Space, tell: Callable[[Committed], None]) -> None:
        """``tell`` is called for each part of a history and each record of an execution; it must not wait."""
        self._space = space
        self._tell = tell

    def transact(self, verbs: Sequence[Verb]) -> int:
        try:
            index = self._space.transact(verbs)
        except UnknownOutcome:
            self._tell_of(verbs, sure=False)
            raise
        self._tell_of(verbs, sure=True)
        return index

    def _tell_of(self, verbs: Sequence[Verb], *, sure: bool) -> None:
        for verb in verbs:
            if isinstance(verb, Set | Cas) and verb.key.startswith((HISTORY, EXECUTIONS)):
                self._tell(Committed(verb.key, verb.value, sure))

    def read(self, keys: Iterable[str]) -> dict[str, Entry]:
        return self._space.read(keys)

    def entries(self, prefix: str) -> list[Entry]:
        return self._space.entries(prefix)

    def keys(self, prefix: str) -> list[str]:
        return self._space.keys(prefix)

    def index(self, prefix: str) -> int:
        return self._space.index(prefix)

    def wait(self, prefix: str, index: int, timeout: float) -> int:
        return self._space.wait(prefix, index, timeout)

    def open_session(self, ttl: float) -> str:
        return self._space.open_session(ttl)

    def renew_session(self, session: str) -> None:
        self._space.renew_session(session)

    def close_session(self, session: str) -> None:
        self._space.close_session(session)

    def reap(self) -> None:
        self._space.reap()

    def close(self) -> None:
        self._space.close()
