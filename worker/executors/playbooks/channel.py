"""Messages between a worker and its forkserver: JSON, and descriptors beside it, over Unix sockets.

Place in the flow: `worker.executors.playbooks.client` ↔ **channel** ↔ `worker.executors.playbooks.server`.
"""

from __future__ import annotations

import json
import os
import socket
from array import array
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

_MOST = 1 << 16  # bytes of a message: an operation's id is the longest part of any
_DESCRIPTORS = 3


def pair() -> tuple[socket.socket, socket.socket]:
    """Two ends that keep messages apart and tell when the other end is gone."""
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


def send(end: socket.socket, message: dict[str, Any], descriptors: Sequence[int] = ()) -> None:
    """Send a message; never waits.

    Raises:
        OSError: the other end is gone, or has not read for long.
    """
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array("i", descriptors))] if descriptors else []
    # `socket.send_fds` takes flags and leaves them out.
    end.sendmsg([json.dumps(message).encode()], rights, socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)


def receive(end: socket.socket, timeout: float | None = 0.0) -> tuple[dict[str, Any], list[int]] | None:
    """The next message and its descriptors, within so many seconds.

    None when the other end is gone.

    Raises:
        BlockingIOError, TimeoutError: nothing has come.
    """
    end.settimeout(timeout)
    try:
        content, descriptors, _, _ = socket.recv_fds(end, _MOST, _DESCRIPTORS)
    except ConnectionResetError:  # it is gone, and has not read all that it was told
        return None
    for descriptor in descriptors:
        os.set_inheritable(descriptor, False)
    if not content:
        return None
    message: dict[str, Any] = json.loads(content)
    return message, descriptors


def tell(end: socket.socket, message: dict[str, Any]) -> None:
    """Send a message to somebody who may be gone."""
    with suppress(OSError):
        send(end, message)
