"""Tuples and templates: how Linda's associative matching meets an ordered store of keys.

A *kind* of tuple declares its fields in order: the *identity* fields make the key, the others the value.  A *template*
gives some fields actual values or predicates; the rest are formals.  Matching lists the keys under the actual identity
fields that come first and filters them, so a kind orders its identity by how it is looked for.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from engine.space import keys
from engine.space.base import Entry

_JSON = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of tuple; ``identity`` maps the fields of its key to how they are read back."""

    name: str
    identity: Mapping[str, Callable[[str], Any]]


@dataclass(frozen=True)
class Tuple:
    """A passive tuple: fields by name."""

    kind: Kind
    fields: Mapping[str, Any]

    @cached_property
    def key(self) -> str:
        """Where it stands in the space."""
        return keys.path(self.kind.name, *(self.fields[name] for name in self.kind.identity))

    @property
    def value(self) -> bytes:
        """The fields that are not in the key, as readable JSON."""
        content = {name: value for name, value in self.fields.items() if name not in self.kind.identity}
        return _JSON.encode(content).encode()

    def with_(self, **changes: Any) -> Tuple:
        """The same tuple with other content."""
        return Tuple(self.kind, {**self.fields, **changes})

    @classmethod
    def of(cls, kind: Kind, entry: Entry) -> Tuple:
        """The tuple that an entry holds."""
        parts = keys.split(entry.key)[1:]
        identity = {name: read(part) for (name, read), part in zip(kind.identity.items(), parts, strict=True)}
        return cls(kind, {**identity, **json.loads(entry.value)})


class Template:
    """What to look for: actual values, predicates, and formals for all other fields."""

    def __init__(self, kind: Kind, **wanted: Any) -> None:
        self.kind = kind
        self._wanted = wanted

    @property
    def prefix(self) -> str:
        """The keys below which all matches stand."""
        actual: list[Any] = []
        for name in self.kind.identity:
            if name not in self._wanted or callable(self._wanted[name]):
                return keys.prefix(self.kind.name, *actual)
            actual.append(self._wanted[name])
        return keys.path(self.kind.name, *actual)

    def matches(self, candidate: Tuple) -> bool:
        """Whether every actual is equal and every predicate true; a missing field matches nothing."""
        for name, wanted in self._wanted.items():
            if name not in candidate.fields:
                return False
            found = candidate.fields[name]
            if not (wanted(found) if callable(wanted) else found == wanted):
                return False
        return True
