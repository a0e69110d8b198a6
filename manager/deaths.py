"""Tells the space at once that a worker has died, so that others take over what it held.

Place in the flow: `manager.supervisor` sees a child die → **its sessions are ended** → its operations are free.
Without it they are free when the session is overdue: with Consul that takes up to twice its TTL.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable

from engine.executions.presence import end_sessions
from engine.space import open_space
from engine.space.errors import SpaceError
from manager.config import ManagerConfig
from manager.supervisor import say


def on_death(config: ManagerConfig) -> Callable[[int], None]:
    """What is to be done when a child has died; it never makes its caller wait."""

    def end(pid: int) -> None:
        try:
            space = open_space(config.space)
            try:
                end_sessions(space, socket.gethostname(), pid)
            finally:
                space.close()
        except (SpaceError, ValueError) as error:  # the sessions end by themselves, only later
            say("up", f"the space was not told of the death of process {pid}: {error}")

    return lambda pid: threading.Thread(target=end, args=(pid,), name="death", daemon=True).start()
