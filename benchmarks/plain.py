"""A plain loop that deploys a graph of operations: what remains when there is no orchestrator.

Place in the flow: graph (`benchmarks.critical`) → processes, each started as soon as all before it have ended and its
host is free → seconds.  It keeps everything in memory, runs as many processes as can run, and forgives nothing.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections import deque
from collections.abc import Sequence

from benchmarks.critical import Graph, Point
from engine.rete.memory import CellId


class PlainLoop:
    """One walk through a graph."""

    def __init__(self, graph: Graph, command: Sequence[str]) -> None:
        self._command = command
        self._hosts = graph.hosts
        self._behind = graph.reversed().before
        self._missing = {point: len(graph.before.get(point, ())) for point in (*graph.before, *self._behind)}
        self._queues: dict[CellId, deque[Point]] = {}  # of the hosts that are busy
        self._running: dict[int, Point] = {}

    def run(self) -> float:
        """Run all operations; return the seconds that they took."""
        started = time.perf_counter()
        self._reach([point for point, missing in self._missing.items() if not missing])
        while self._running:
            self._end(self._running.pop(os.wait()[0]))
        return time.perf_counter() - started

    def _reach(self, points: list[Point]) -> None:
        while points:
            point = points.pop()
            if point in self._hosts:
                self._begin(point)
            else:
                points += self._passed(point)

    def _passed(self, point: Point) -> list[Point]:
        reached = []
        for other in self._behind[point]:
            self._missing[other] -= 1
            if not self._missing[other]:
                reached.append(other)
        return reached

    def _begin(self, point: Point) -> None:
        host = self._hosts[point]
        if host is None:
            self._start(point)
        elif host in self._queues:
            self._queues[host].append(point)
        else:
            self._queues[host] = deque()
            self._start(point)

    def _start(self, point: Point) -> None:
        process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL, start_new_session=True)
        process.returncode = 0  # we wait for any child ourselves: the object is not to look for it again
        self._running[process.pid] = point

    def _end(self, point: Point) -> None:
        host = self._hosts[point]
        if host is not None:
            waiting = self._queues[host]
            if waiting:
                self._start(waiting.popleft())
            else:
                del self._queues[host]
        self._reach(self._passed(point))
