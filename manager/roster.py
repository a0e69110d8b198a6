"""The roster of a model: the token that ties its instances to it.

Place in the flow: whoever puts an instance sets the token in the same transaction; whoever replaces or deletes the
model reads the token, finds no instance, and changes the model only if the token is still the same.  So a model never
changes under an instance, whatever two managers do at the same time.
"""

from __future__ import annotations

from secrets import token_hex

from engine.space import keys
from engine.space.base import Space
from engine.space.verbs import CheckIndex, CheckNotExists, Set, Verb


def _key(model: str) -> str:
    return keys.path("roster", model)


def changed(model: str) -> Verb:
    """The verb of whoever puts an instance: a value that was never there before."""
    return Set(_key(model), token_hex(8).encode())


def unchanged(space: Space, model: str) -> Verb:
    """The guard of whoever changes the model; to be made before looking for instances."""
    entry = space.read([_key(model)]).get(_key(model))
    return CheckNotExists(_key(model)) if entry is None else CheckIndex(_key(model), entry.index)
