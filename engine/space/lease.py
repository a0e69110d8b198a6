"""A lease: a session that a thread of its own keeps alive, and a clock that says how long it surely lasts.

A worker may rely on what it holds only while `valid` is true.  The store frees it no earlier than that, whatever
happens to the network, so nobody else can have taken it over before.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable

from engine.space.base import Space
from engine.space.errors import SessionLost, SpaceError

logger = logging.getLogger(__name__)


class Lease:
    """One session, renewed every third of its ``ttl`` (seconds) until it is closed or lost.

    When the space does not answer it is asked again soon, until the ``ttl`` has passed.
    """

    def __init__(self, space: Space, ttl: float, on_loss: Callable[[], None]) -> None:
        """Open the session; ``on_loss`` is called, once and from the renewing thread, when it is lost."""
        self._space = space
        self._ttl = ttl
        self._on_loss = on_loss
        asked = time.monotonic()
        self.session = space.open_session(ttl)
        self._until = asked + ttl
        self._renewing = threading.Lock()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="lease", daemon=True)
        self._thread.start()

    @property
    def valid(self) -> bool:
        """Whether the session has surely not ended; once that is not sure, it stays so."""
        with self._renewing:
            return not self._closed.is_set() and time.monotonic() < self._until

    def close(self) -> None:
        """End the session: what it holds is free at once."""
        self._closed.set()
        self._thread.join()
        self._space.close_session(self.session)

    def abandon(self) -> None:
        """Stop renewing a session that is lost."""
        self._closed.set()
        with contextlib.suppress(SpaceError):
            self._space.close_session(self.session)

    def _keep(self) -> None:
        pause = self._ttl / 3
        while not self._closed.wait(pause):
            asked = time.monotonic()
            try:
                self._space.renew_session(self.session)
                self._prolong(asked + self._ttl)
                pause = self._ttl / 3
            except SessionLost:
                self._until = 0.0
            except SpaceError as error:
                logger.warning("lease not renewed: %s", error)
                pause = self._ttl / 20  # what is left of it is for asking again
            if time.monotonic() >= self._until:
                if not self._closed.is_set():
                    self._on_loss()
                return

    def _prolong(self, until: float) -> None:
        """Let it last longer, unless it is over already: somebody may have seen that and given up what was held."""
        with self._renewing:
            if time.monotonic() < self._until:
                self._until = until
