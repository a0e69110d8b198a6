"""The sweep: what lets stored archives and networks be removed while others begin to use them.

Place in the flow: an upload stores its archive before the model's record, an instance its networks before its own
record.  In between nothing refers to them, and others find them there and store nothing.  So whoever makes something of
what is stored asks for the guard `unswept` **first**, then stores or finds what it relies on, and puts the guard into
the transaction that refers to it.  Whoever removes holds the sweep: it changes the key of the guard when it begins, so
every such transaction that was under way is refused and begins again; those that come later wait until it has ended.
What it finds unreferenced while it holds the sweep is therefore unreferenced until it ends.

A sweeper that dies is no harm: its session ends and with it the sweep.  One that is merely slow, and has lost its
session, changes nothing in the space any more, since each of its transactions has the guard that `sweep` gives.  In the
artifact store nothing can be guarded; there it looks at its lease before each object (see `manager.housekeeping`).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from secrets import token_hex

from engine.space import keys
from engine.space.base import Space
from engine.space.errors import SpaceError
from engine.space.verbs import CheckIndex, CheckNotExists, CheckSession, Lock, Unlock, Verb
from manager.errors import Busy

PATIENCE = 60.0  # seconds for a sweep to end; it takes a few
_KEY = keys.path("gc", "sweep")


def unswept(space: Space, patience: float = PATIENCE) -> Verb:
    """The guard of whoever will refer to something stored; to be made before it is stored or looked for.

    Raises:
        Busy: a sweep does not end.
    """
    deadline = time.monotonic() + patience
    while (entry := space.read([_KEY]).get(_KEY)) is not None and entry.session is not None:
        if time.monotonic() >= deadline:
            raise Busy("housekeeping", "old archives and networks are being removed and it does not end; try again")
        space.reap()
        space.wait(_KEY, entry.index, 0.5)
    return CheckNotExists(_KEY) if entry is None else CheckIndex(_KEY, entry.index)


@contextmanager
def sweep(space: Space, session: str) -> Iterator[Verb]:
    """Hold the sweep; what comes back is the guard of each transaction that removes something.

    Raises:
        Conflict: somebody else holds it, or the session has ended.
    """
    space.transact([Lock(_KEY, token_hex(8).encode(), session)])
    try:
        yield CheckSession(_KEY, session)
    finally:
        with suppress(SpaceError):  # the session ends, and with it the sweep
            space.transact([Unlock(_KEY, token_hex(8).encode(), session)])
