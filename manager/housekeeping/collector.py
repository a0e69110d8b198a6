"""One round of housekeeping, act by act; why it is safe stands in `manager.housekeeping`.

Place in the flow: `turn` → **collector** → a report for people and logs.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from engine.artifacts import ArtifactStore
from engine.executions.records import ExecutionRecord, InstanceRecord
from engine.space.base import Space
from engine.space.errors import Conflict
from manager.errors import Busy
from manager.housekeeping import leavings, unreferenced
from manager.housekeeping.policy import Policy
from manager.housekeeping.turn import Turn, turn
from manager.removal import delete
from manager.sweep import sweep

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Report:
    """What was removed, or would be."""

    executions: list[str] = field(default_factory=list)  # ids
    records: int = 0  # keys of executions that are gone
    logs: int = 0
    networks: list[str] = field(default_factory=list)  # ids
    archives: list[str] = field(default_factory=list)  # keys in the artifact store

    @property
    def empty(self) -> bool:
        return self == Report()


class Collector:
    """Keeps house in one space and its artifact store."""

    def __init__(
        self, space: Space, artifacts: ArtifactStore, policy: Policy, clock: Callable[[], float] = time.time
    ) -> None:
        self._space = space
        self._artifacts = artifacts
        self._policy = policy
        self._clock = clock

    def collect(self, name: str, *, every: float = 0.0) -> Report | None:
        """Remove what need not be kept; None when that was done less than ``every`` seconds ago.

        Raises:
            Busy: somebody else does it now.
        """
        before = self._clock() - every if every else None
        with turn(self._space, name, before=before) as mine:
            return None if mine is None else self._collect(mine)

    def rehearse(self) -> Report:
        """What `collect` would remove now; nothing is removed."""
        space = self._space
        surplus = [record.id for record, _ in self._surplus()]
        return Report(
            surplus,
            len(leavings.leavings(space, surplus)),
            len(leavings.left_logs(space, self._artifacts, surplus)),
            unreferenced.networks(space, surplus),
            unreferenced.archives(space, self._artifacts.list(unreferenced.ARCHIVES)),
        )

    def _collect(self, mine: Turn) -> Report:
        report = Report()
        for record, index in self._surplus():
            if leavings.forget(self._space, record, index, mine.guard):
                report.executions.append(record.id)
        left = leavings.leavings(self._space)
        delete(self._space, left, mine.guard)
        report.records = len(left)
        for log in leavings.left_logs(self._space, self._artifacts):
            self._artifacts.delete(log)
            report.logs += 1
        self._sweep(mine, report)
        return report

    def _surplus(self) -> list[tuple[ExecutionRecord, int]]:
        """The executions to remove, each with the index that it was read with, before anything else was."""
        indexed = leavings.records(self._space)
        records = [record for record, _ in indexed.values()]
        instances = {(record.model, record.instance) for record in InstanceRecord.all(self._space)}
        busy = leavings.with_tuples(self._space)
        surplus = self._policy.surplus(records, instances, self._clock())
        return [indexed[record.id] for record in surplus if record.id not in busy]

    def _sweep(self, mine: Turn, report: Report) -> None:
        """Others wait while the sweep is held: so it is held only when there is something to remove."""
        stored = list(self._artifacts.list(unreferenced.ARCHIVES))
        if not unreferenced.networks(self._space) and not unreferenced.archives(self._space, stored):
            return
        try:
            with sweep(self._space, mine.session) as guard:
                for network in unreferenced.networks(self._space):
                    unreferenced.remove_network(self._space, network, guard)
                    report.networks.append(network)
                for archive in unreferenced.archives(self._space, stored):
                    if not mine.valid:
                        raise Busy(
                            "housekeeping", "the lease was lost in the middle of it: the rest is for the next time"
                        )
                    self._artifacts.delete(archive)
                    report.archives.append(archive)
        except Conflict as conflict:
            logger.warning("housekeeping left networks and archives for the next time: %s", conflict)
