"""Figures for Prometheus, in its text format.

Place in the flow: records and tuples of the space, and what this manager has counted → **text** → `manager.api.health`.
"""

from __future__ import annotations

import json
from collections import Counter as Tally
from collections.abc import Iterator
from datetime import UTC, datetime

from engine.executions.presence import present
from engine.executions.records import ExecutionRecord, InstanceRecord, ModelRecord
from engine.executions.tuples import OPERATION
from engine.prometheus import Counter, Histogram, gauge
from engine.space import keys
from engine.space.base import Space
from engine.space.tuples import Tuple
from manager.executions import STATUSES


class Served:
    """What one manager has answered."""

    def __init__(self) -> None:
        self.requests = Counter("ditrit_requests_total", "requests that were answered", "method", "status")
        self.seconds = Histogram("ditrit_request_seconds", "how long answers take, without what streams send later")
        self.space_errors = Counter("ditrit_space_errors_total", "requests that space or artifact store have failed")

    def answered(self, method: str, status: int, seconds: float) -> None:
        """Count one more."""
        self.requests.add(method, str(status))
        self.seconds.observe(seconds)
        if status == 503:
            self.space_errors.add()

    def lines(self) -> Iterator[str]:
        """As Prometheus reads them."""
        for figure in (self.requests, self.seconds, self.space_errors):
            yield from figure.lines()


def text(space: Space, served: Served) -> str:
    """All figures as they are now."""
    return "\n".join([*_lines(space), *served.lines(), ""])


def _lines(space: Space) -> Iterator[str]:
    statuses = Tally(record.status for record in ExecutionRecord.all(space))
    operations = space.entries(keys.prefix(OPERATION.name))
    ready = [Tuple.of(OPERATION, entry) for entry in operations if entry.session is None]
    workers = [about for about, _ in present(space)]
    states = {"ready": len(ready), "running": len(operations) - len(ready)}
    yield from _gauge("models", "models stored", len(space.keys(keys.prefix(ModelRecord.KIND))))
    yield from _gauge("instances", "instances of models", len(space.keys(keys.prefix(InstanceRecord.KIND))))
    yield from gauge("ditrit_executions", "executions by status", {name: statuses[name] for name in STATUSES}, "status")
    yield from gauge("ditrit_operations", "operations now", states, "state")
    yield from gauge(
        "ditrit_operations_committed", "operations of the executions that are kept", _results(space), "result"
    )
    yield from _gauge("queue_age_seconds", "how long the oldest ready operation has waited", _age(ready))
    yield from _gauge("workers", "workers that are alive", len(workers))
    yield from _gauge("slots", "operations that they can run at once", sum(worker["slots"] for worker in workers))


def _gauge(name: str, about: str, value: float) -> Iterator[str]:
    yield from gauge(f"ditrit_{name}", about, value)


def _results(space: Space) -> dict[str, float]:
    """How operations have ended; each worker keeps a count for each execution."""
    counts = [json.loads(entry.value) for entry in space.entries(keys.prefix("count"))]
    failed = sum(count["failed"] for count in counts)
    return {"succeeded": sum(count["done"] for count in counts) - failed, "failed": failed}


def _age(ready: list[Tuple]) -> float:
    queued = [tuple_.fields["queued"] for tuple_ in ready if tuple_.fields.get("queued")]
    if not queued:
        return 0.0
    return max(0.0, (datetime.now(UTC) - datetime.fromisoformat(min(queued))).total_seconds())
