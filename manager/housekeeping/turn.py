"""Whose turn it is: of all managers one at a time keeps house.

Place in the flow: ahead of `manager.housekeeping.collector`.  The turn is a key that is held under a session; its value
says who had it and when it was done, so that many managers do not do it many times.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any

from engine.executions.history import iso
from engine.executions.records import encode
from engine.space import keys
from engine.space.base import Entry, Space
from engine.space.errors import Conflict, SpaceError
from engine.space.lease import Lease
from engine.space.verbs import CheckIndex, CheckNotExists, CheckSession, Lock, Unlock, Verb
from manager import clock
from manager.errors import Busy

logger = logging.getLogger(__name__)

TTL = 15.0  # seconds
_KEY = keys.path("gc", "turn")


class Turn:
    """The turn, while it is held."""

    def __init__(self, lease: Lease) -> None:
        self._lease = lease

    @property
    def session(self) -> str:
        return self._lease.session

    @property
    def guard(self) -> Verb:
        """The guard of each transaction of the one whose turn it is."""
        return CheckSession(_KEY, self.session)

    @property
    def valid(self) -> bool:
        """Whether it is surely nobody else's."""
        return self._lease.valid


@contextmanager
def turn(space: Space, name: str, *, before: float | None = None) -> Iterator[Turn | None]:
    """Take the turn; None when it was done after the moment ``before`` (seconds since the epoch).

    Raises:
        Busy: it is somebody else's.
    """
    space.reap()
    entry = space.read([_KEY]).get(_KEY)
    if entry is not None and entry.session is None and before is not None and _ended(entry) > before:
        yield None
        return
    lease = Lease(space, TTL, lambda: logger.warning("housekeeping has lost its lease"))
    try:
        _take(space, entry, name, lease.session)
        yield Turn(lease)
        with suppress(SpaceError):  # then it counts as not done
            space.transact([Unlock(_KEY, _about(name, clock.now()), lease.session)])
    finally:
        lease.close()


def last_turn(space: Space) -> dict[str, Any] | None:
    """Who had the turn last and when it was done; None when nobody ever had."""
    entry = space.read([_KEY]).get(_KEY)
    return None if entry is None else dict(json.loads(entry.value))


def _take(space: Space, entry: Entry | None, name: str, session: str) -> None:
    seen = CheckNotExists(_KEY) if entry is None else CheckIndex(_KEY, entry.index)
    try:
        space.transact([seen, Lock(_KEY, _about(name, None), session)])
    except Conflict as conflict:
        who = (last_turn(space) or {}).get("by", "another process")
        raise Busy("housekeeping", f"housekeeping is being done by {who}") from conflict


def _about(name: str, ended: str | None) -> bytes:
    return encode({"by": name, "ended": ended})


def _ended(entry: Entry) -> float:
    ended = json.loads(entry.value)["ended"] or iso(0)
    return datetime.fromisoformat(ended).timestamp()
