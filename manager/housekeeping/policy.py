"""Which executions are kept.

Place in the flow: settings and records → **those to remove** → `manager.housekeeping.executions`.  Pure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import datetime

from engine.executions.records import ExecutionRecord

DAY = 86400.0
GRACE = 600.0  # seconds: what has only just ended may still be of use to workers and readers


@dataclass(frozen=True, slots=True)
class Policy:
    """How long and how many: of each instance the newest ``keep_executions``; none older than ``keep_days``.

    The last execution of an instance that exists stays, however old; 0 means that there is no such limit.
    """

    keep_days: int
    keep_executions: int

    def surplus(
        self, records: Iterable[ExecutionRecord], instances: Container[tuple[str, str]], now: float
    ) -> list[ExecutionRecord]:
        """The executions that need not be kept, by id."""
        ended: dict[tuple[str, str], list[ExecutionRecord]] = defaultdict(list)
        for record in records:
            if record.ended is not None:
                ended[record.model, record.instance].append(record)
        found = []
        for instance, group in ended.items():
            group.sort(key=lambda record: (record.created, record.id), reverse=True)
            spared = 1 if instance in instances else 0
            found += [
                record for place, record in enumerate(group) if place >= spared and self._is_over(record, place, now)
            ]
        return sorted(found, key=lambda record: record.id)

    def _is_over(self, record: ExecutionRecord, place: int, now: float) -> bool:
        age = now - datetime.fromisoformat(record.ended or record.created).timestamp()
        if age < GRACE:
            return False
        too_old = self.keep_days > 0 and age > self.keep_days * DAY
        return too_old or 0 < self.keep_executions <= place
