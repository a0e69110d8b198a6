"""Limits of this machine's kernel that containers share, and that a machine with a few of them outgrows.

Each container has an init that watches files and holds keys.  With the limits that a kernel begins with, the eighteenth
container or so waits for ever for a watch that it cannot have.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

LIMITS = {"fs/inotify/max_user_instances": 8192, "fs/inotify/max_user_watches": 524_288, "kernel/keys/maxkeys": 20_000}
_ROOT = Path("/proc/sys")


def raise_limits(root: Path = _ROOT) -> None:
    """Raise those limits that are lower; where that is not allowed they stay as they are."""
    for name, wanted in LIMITS.items():
        with suppress(OSError, ValueError):
            if int((root / name).read_text()) < wanted:
                (root / name).write_text(str(wanted))
