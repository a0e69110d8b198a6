"""Waits for news of one execution.

Place in the flow: ``done/<execution>/…`` in the space → **news** → `manager.feeds`, `manager.logs`.  It waits in the
space: nothing is read while nothing happens.
"""

from __future__ import annotations

from threading import Event

from engine.space import keys
from engine.space.base import Space
from manager.executions import LIVE, Executions

PAUSE = 0.1  # seconds
WAIT = 1.0  # seconds; also how soon who waits notices that the manager stops


class News:
    """Waits for news of one execution."""

    def __init__(self, space: Space, executions: Executions, execution: str, stopping: Event) -> None:
        self._space = space
        self._executions = executions
        self._execution = execution
        self._stopping = stopping
        self._prefix = keys.prefix("done", execution)
        self._index = 0
        self.there = False  # whether there was any at the last look

    def wait(self) -> bool:
        """Wait a moment for something new; False when this was the last: the execution has ended, or the manager."""
        # A busy execution is looked at some times a second, not at each commit; what follows a silence is told at once.
        if self._stopping.wait(PAUSE if self.there else 0):
            return False
        before, self.there = self._index, True
        if self.ended():
            return False
        self._index = self._space.wait(self._prefix, before, WAIT)
        self.there = self._index > before
        return not self._stopping.is_set()

    def ended(self) -> bool:
        """Whether nothing more will come."""
        return self._executions.get(self._execution).status not in LIVE
