"""Keeps house from time to time, in a thread of a manager.

Place in the flow: `manager.server` starts it in the process that serves; it ends with the manager.  All managers of a
space try; the turn lets one of them do it, once in an hour.
"""

from __future__ import annotations

import logging
import threading

from engine.errors import EngineError
from manager.errors import Busy, ManagerError
from manager.housekeeping.collector import Collector

logger = logging.getLogger(__name__)

EVERY = 3600.0  # seconds between two rounds, whoever does them
LOOK = 300.0  # seconds after which a manager looks whether it is time


class Keeper(threading.Thread):
    """Looks after every ``look`` seconds, until ``stopping``, whether the last round is ``every`` seconds ago."""

    def __init__(
        self, collector: Collector, name: str, stopping: threading.Event, *, every: float = EVERY, look: float = LOOK
    ) -> None:
        super().__init__(name="housekeeping", daemon=True)
        self._collector = collector
        self._about = name
        self._stopping = stopping
        self._every = every
        self._look = look

    def run(self) -> None:
        while not self._stopping.wait(self._look):
            try:
                report = self._collector.collect(self._about, every=self._every)
            except Busy:
                continue
            except (EngineError, ManagerError, OSError) as error:  # the store is away, say: next time
                logger.warning("housekeeping was broken off: %s", error)
            else:
                if report is not None and not report.empty:
                    logger.info("housekeeping removed %s", report)
