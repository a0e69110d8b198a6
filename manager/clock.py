"""The one place where the manager looks at the clock."""

from __future__ import annotations

import time

from engine.executions.history import iso


def now() -> str:
    """This moment, as it stands in records."""
    return iso(time.time())
