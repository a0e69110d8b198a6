"""The contract of the space: a flat, ordered map of keys with atomic transactions, sessions and waiting.

Place in the flow: everything that two processes must agree on goes through here.  The contract says no more than
Consul's KV store, sessions and blocking queries can keep; `engine.space.backends` keeps it on several stores, and
``tests/engine/space/contract.py`` is the suite that each backend passes.  Linda's verbs are built on it in
`engine.space.client`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engine.space.verbs import Verb


@dataclass(frozen=True, slots=True)
class Entry:
    """A key as it was read.

    ``index`` is the store's index when the key was last changed: it rises with every transaction that changes the key,
    and all keys changed by one transaction share it.  ``lock_index`` counts how often the key was locked by a new
    session since it was created; ``session`` is the one that holds it now.
    """

    key: str
    value: bytes
    index: int
    lock_index: int = 0
    session: str | None = None


class Space(ABC):
    """A store that several clients, in several processes, share."""

    @abstractmethod
    def transact(self, verbs: Sequence[Verb]) -> int:
        """Apply all verbs, in order, or none; return the index of the transaction.

        Later verbs see what earlier ones wrote.  Writing a value equal to the one that is there may leave the key's
        index as it was and wake nobody: a guard or a bell needs a value that differs each time.

        Raises:
            Conflict: a guard failed; nothing was applied, and every failing verb is named.
            UnknownOutcome: the answer was lost.
            SpaceUnavailable: the store cannot take it now; nothing was applied.
            TooLarge: over `MAX_VERBS`, `MAX_BYTES` or `MAX_VALUE`; nothing was applied.
        """

    @abstractmethod
    def read(self, keys: Iterable[str]) -> dict[str, Entry]:
        """Read these keys as they are at one moment; missing keys are absent from the answer."""

    @abstractmethod
    def entries(self, prefix: str) -> list[Entry]:
        """All entries whose key starts with ``prefix``, ordered by key."""

    @abstractmethod
    def keys(self, prefix: str) -> list[str]:
        """The keys that start with ``prefix``, in order, without their values."""

    @abstractmethod
    def index(self, prefix: str) -> int:
        """The highest index among the entries under ``prefix``, or that of a later deletion; 0 when there is none."""

    @abstractmethod
    def wait(self, prefix: str, index: int, timeout: float) -> int:
        """Wait until something under ``prefix`` was created or changed after ``index``; return the new index.

        Returns ``index`` itself (or lower) after ``timeout`` seconds without a change.  May return early for no
        reason: the caller reads and decides.  A deletion need not wake.
        """

    @abstractmethod
    def open_session(self, ttl: float) -> str:
        """Open a session that ends ``ttl`` seconds after its last renewal, or soon after its process has died.

        When it ends, all that it locked is free at once and the index of those keys has risen.  It never ends before
        ``ttl`` has passed while its process lives.  A store that cannot see processes and counts time of its own may
        end it as late as twice ``ttl``.
        """

    @abstractmethod
    def renew_session(self, session: str) -> None:
        """Let the session last ``ttl`` seconds from now.

        Raises:
            SessionLost: it has ended.
        """

    @abstractmethod
    def close_session(self, session: str) -> None:
        """End the session and free all it holds; no error when it has ended already."""

    @abstractmethod
    def reap(self) -> None:
        """End the sessions that are overdue or whose process is known to be dead.

        Stores that do it by themselves do nothing here.  Workers call it now and then.
        """

    @abstractmethod
    def close(self) -> None:
        """Let go of connections and files; sessions stay until they end."""
