"""Operation requests for tests."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tosca.model import Value
from worker.executors.base import OperationRequest

EXECUTION = f"e{os.getpid()}"  # leftovers are killed by their operation's id: not those of tests that run beside these
PLAIN = OperationRequest(
    id=f"{EXECUTION}/install/A/4/1",
    execution="e1",
    model="m",
    instance="i",
    node="A",
    index=(2, 1),
    interface="Standard",
    operation="create",
    implementation="scripts/run.sh",
    dependencies=(),
    folder=Path("/nowhere"),
    inputs={},
    variables={},
    attempt=1,
    fence="7",
    time_limit=None,
)


def request(
    folder: Path, text: str | None = None, inputs: Mapping[str, Value] | None = None, **fields: Any
) -> OperationRequest:
    """A request for ``scripts/run.sh`` in ``folder``, which is written if its text is given."""
    made = replace(PLAIN, folder=folder, inputs=inputs or {}, **fields)
    if text is not None:
        script = folder / made.implementation
        script.parent.mkdir(parents=True, exist_ok=True)
        script.write_text(text)
    return made
