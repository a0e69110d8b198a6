"""The verbs of a transaction: what a commit is made of.

They are exactly what every store we use can do atomically, Consul's transaction endpoint being the narrowest: at most
`MAX_VERBS` verbs and `MAX_BYTES` of keys and values in one transaction, a value of at most `MAX_VALUE` bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

MAX_VERBS = 64
MAX_BYTES = 380_000  # 512 KiB of JSON in which values are base64
MAX_VALUE = 380_000


@dataclass(frozen=True, slots=True)
class Set:
    """Write the value, whatever is there; a lock on the key stays."""

    key: str
    value: bytes


@dataclass(frozen=True, slots=True)
class Cas:
    """Write the value if the key's index is still ``index``; 0 means that the key must not exist."""

    key: str
    value: bytes
    index: int


@dataclass(frozen=True, slots=True)
class Lock:
    """Write the value and lock the key for ``session``.

    Succeeds when the session is alive and nobody else holds the key.  It creates a missing key, so a take must put a
    `CheckIndex` before it.  The key's lock index rises by one unless this session held it already.
    """

    key: str
    value: bytes
    session: str


@dataclass(frozen=True, slots=True)
class Unlock:
    """Write the value and give up the lock that ``session`` holds; fails when it does not hold it."""

    key: str
    value: bytes
    session: str


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove the key, whatever is there; no error when it is missing: so it is never a guard."""

    key: str


@dataclass(frozen=True, slots=True)
class CheckIndex:
    """Fail unless the key exists with this very index."""

    key: str
    index: int


@dataclass(frozen=True, slots=True)
class CheckSession:
    """Fail unless the key exists and is locked by this session, and the session is alive."""

    key: str
    session: str


@dataclass(frozen=True, slots=True)
class CheckNotExists:
    """Fail if the key exists."""

    key: str


Verb: TypeAlias = Set | Cas | Lock | Unlock | Delete | CheckIndex | CheckSession | CheckNotExists


def size(verb: Verb) -> int:
    """The bytes that a verb takes of a transaction's limit."""
    value = getattr(verb, "value", b"")
    return len(verb.key) + len(value) + 64
