"""Processes that an operation has left behind.

Place in the flow: an executor calls it when an operation is killed, the daemon before it starts a second attempt: what
the first one has started must not meet it.  Each process of an operation carries ``DITRIT_OPERATION`` and
``DITRIT_ATTEMPT`` in its environment, also when it has left the process group.
"""

from __future__ import annotations

import logging
import os
import select
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

logger = logging.getLogger(__name__)

_PATIENCE = 5.0  # seconds to wait for killed processes: one in uninterruptible sleep must not stop the worker


def kill_leftovers(operation_id: str, attempt: int) -> int:
    """Kill every process of this operation on the machine, wait until they are gone, return how many there were.

    A later attempt than this one is left alone: another worker on this machine may have begun it, rightly, while the
    one that calls did not know yet that its own lease was over.
    """
    mark = _Mark(b"DITRIT_OPERATION=" + os.fsencode(operation_id), attempt)
    killed, deadline = 0, time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:  # one may fork while we look: the next round finds what this one has missed
        found = [handle for pid in _processes() if (handle := _open_marked(pid, mark)) is not None]
        if not found:
            break
        killed += len(found)
        _end(found, deadline)
    if killed:
        logger.info("killed %d processes left by operation %s", killed, operation_id)
    return killed


@dataclass(frozen=True)
class _Mark:
    """What the environments of the processes have in common."""

    operation: bytes
    attempt: int

    def is_in(self, environment: bytes) -> bool:
        variables = environment.split(b"\0")
        if self.operation not in variables:
            return False
        attempts = [one.partition(b"=")[2] for one in variables if one.startswith(b"DITRIT_ATTEMPT=")]
        return not any(text.isdigit() and int(text) > self.attempt for text in attempts)


def _processes() -> list[int]:
    own = os.getpid()
    return [int(name) for name in os.listdir("/proc") if name.isdecimal() and int(name) != own]


def _open_marked(pid: int, mark: _Mark) -> int | None:
    """A pidfd of the process if it carries the mark.  It is opened first: a pid may be given to another process."""
    try:
        if not _carries(pid, mark):
            return None
        handle = os.pidfd_open(pid)
    except OSError:
        return None  # it has ended, or belongs to another user
    if _carries(pid, mark):
        return handle
    os.close(handle)
    return None


def _carries(pid: int, mark: _Mark) -> bool:
    try:
        return mark.is_in(Path(f"/proc/{pid}/environ").read_bytes())
    except OSError:
        return False


def _end(handles: list[int], deadline: float) -> None:
    for handle in handles:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(handle, signal.SIGKILL)
    for handle in handles:
        poll = select.poll()
        poll.register(handle, select.POLLIN)
        poll.poll(max(0.0, deadline - time.monotonic()) * 1000)
        os.close(handle)
