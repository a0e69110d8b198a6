"""Ties a process to the one that started it.

Place in the flow: ``ditrit up`` starts manager and workers; each calls `end_with_parent`, so that none outlives it,
even when it is killed.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_SET_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of prctl(2)


def end_with_parent(parent: int) -> None:
    """Get SIGTERM when the process ``parent`` ends; at once when it has ended already.  Linux only."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGTERM)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGTERM)
