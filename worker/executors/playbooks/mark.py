"""Makes a forked process one of its operation for whoever looks into its environment.

Place in the flow: the first thing that a process forked for an operation does.  ``/proc/PID/environ`` shows the bytes
that the kernel has put there when the program was started, whatever the environment has become since: a process that
was forked and has started no other program would look like the one that forked it.  So these bytes are written over.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Mapping
from pathlib import Path

ROOM = "DITRIT_ROOM"
"""A variable that makes the environment of the forkserver long enough for any mark."""
_LONGEST = 64 << 10


def room() -> dict[str, str]:
    """What the environment of a program must have so that processes forked from it can be marked."""
    return {ROOM: " " * _LONGEST}


def become(environment: Mapping[str, str], marks: Mapping[str, str]) -> None:
    """Take another environment, and show the marks to whoever looks from outside.

    Raises:
        ValueError: there is not enough room for the marks.
    """
    start, end = _place()
    shown = b"".join(os.fsencode(f"{name}={value}") + b"\0" for name, value in marks.items())
    if len(shown) > end - start:
        raise ValueError(f"found marks of {len(shown)} bytes, expected at most {end - start}")
    os.environ.clear()  # nothing of the C library refers to the place any more
    ctypes.memset(start, 0, end - start)
    ctypes.memmove(start, shown, len(shown))
    os.environ.update(environment)


def _place() -> tuple[int, int]:
    """Where the kernel looks: proc(5), fields 50 and 51 of ``stat``."""
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    return int(fields[47]), int(fields[48])
