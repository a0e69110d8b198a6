"""Figures for Prometheus, in its text format.

Place in the flow: records and tuples of the space → **text** → `manager.api.health`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from engine.executions.presence import live_workers
from engine.executions.records import ExecutionRecord, InstanceRecord, ModelRecord
from engine.executions.tuples import OPERATION
from engine.space import keys
from engine.space.base import Space
from manager.executions import STATUSES


def text(space: Space) -> str:
    """All figures as they are now."""
    return "\n".join([*_lines(space), ""])


def _lines(space: Space) -> Iterator[str]:
    statuses = Counter(record.status for record in ExecutionRecord.all(space))
    held = Counter(entry.session is not None for entry in space.entries(keys.prefix(OPERATION.name)))
    workers = live_workers(space)
    yield from _gauge("models", "models stored", len(space.keys(keys.prefix(ModelRecord.KIND))))
    yield from _gauge("instances", "instances of models", len(space.keys(keys.prefix(InstanceRecord.KIND))))
    yield from _gauges("executions", "executions by status", "status", {name: statuses[name] for name in STATUSES})
    yield from _gauges("operations", "operations now", "state", {"ready": held[False], "running": held[True]})
    yield from _gauge("workers", "workers that are alive", len(workers))
    yield from _gauge("slots", "operations that they can run at once", sum(worker["slots"] for worker in workers))


def _gauge(name: str, about: str, value: int) -> Iterator[str]:
    yield f"# HELP ditrit_{name} {about}"
    yield f"# TYPE ditrit_{name} gauge"
    yield f"ditrit_{name} {value}"


def _gauges(name: str, about: str, label: str, values: Mapping[str, int]) -> Iterator[str]:
    yield f"# HELP ditrit_{name} {about}"
    yield f"# TYPE ditrit_{name} gauge"
    yield from (f'ditrit_{name}{{{label}="{key}"}} {value}' for key, value in values.items())
