"""The workers that are alive: each holds its record in the space by its session.

Place in the flow: ``worker/<id>`` in the space → **list** → `manager.api.worker`.
"""

from __future__ import annotations

import json
from typing import Any

from engine.space import keys
from engine.space.base import Space


def live(space: Space) -> list[dict[str, Any]]:
    """Each live worker: id, host, since, slots and running operations, by id."""
    entries = space.entries(keys.prefix("worker"))
    return [json.loads(entry.value) for entry in entries if entry.session is not None]
