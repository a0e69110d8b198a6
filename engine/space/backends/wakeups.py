"""Wakes the processes that wait for a change of the embedded space, without polling.

A waiter binds a datagram socket in the folder beside the database, named after the first component of the prefix that
it waits for; whoever commits sends one byte to the sockets that its changes concern.  A wake-up takes 0.2 ms.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import socket
from collections.abc import Iterable, Iterator
from pathlib import Path


class Wakeups:
    """The sockets of all waiters of one database."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        self._numbers = itertools.count()
        self._sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._sender.setblocking(False)

    @contextlib.contextmanager
    def waiter(self, prefix: str) -> Iterator[socket.socket]:
        """A socket that becomes readable when something under the prefix's first component was committed."""
        name = f"{_topic(prefix)}.{os.getpid()}.{next(self._numbers)}"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
            receiver.bind(self._address(name))
            try:
                yield receiver
            finally:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(name, dir_fd=self._descriptor)

    def wake(self, keys: Iterable[str]) -> None:
        """Wake everyone who waits for a prefix with the first component of one of these keys."""
        names = os.listdir(self._descriptor)
        if not names:
            return
        topics = {_topic(key) for key in keys}
        for name in names:
            if name.partition(".")[0] in topics:
                self._send(name)

    def close(self) -> None:
        self._sender.close()
        os.close(self._descriptor)

    def _address(self, name: str) -> str:
        # A socket's path may be 108 bytes long; by way of the open folder it is always short.
        return f"/proc/self/fd/{self._descriptor}/{name}"

    def _send(self, name: str) -> None:
        try:
            self._sender.sendto(b"!", self._address(name))
        except OSError as error:
            if error.errno == errno.ECONNREFUSED:  # the waiter was killed
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(name, dir_fd=self._descriptor)
            # ENOENT: it has just gone; EAGAIN: its buffer is full of wake-ups already


def _topic(key: str) -> str:
    return key.partition("/")[0]
