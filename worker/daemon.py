"""The worker: take operations, run them, commit their results.

Place in the flow: operation tuples → executors → one commit → facts and the next tuples.  `Worker.step` is one turn of
the loop.  The worker keeps nothing that cannot be rebuilt: what it holds is in the space under its lease; when the
lease is lost it stops what runs, forgets what it held, and begins anew under another.
"""

from __future__ import annotations

import logging
import os
import random
import select
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from engine.artifacts.base import ArtifactUnreachable
from engine.executions.commit import Ended
from engine.executions.errors import UnknownExecution
from engine.executions.history import iso
from engine.executions.presence import announce, call_roll
from engine.executions.work import Work
from engine.space.base import Space
from engine.space.client import Held
from engine.space.errors import Conflict, SpaceError
from engine.space.lease import Lease
from worker.bell import PREFIX, BellWatch
from worker.executors.base import Result, RunningOperation
from worker.metrics import Metrics
from worker.requests import ended

logger = logging.getLogger(__name__)

_PATIENCE = 2.0  # seconds for the thread of the bell to end
_PAUSES = (1.0, 30.0)  # seconds, the first and the longest, in which nothing is taken while archives cannot be fetched
_TEND = 1.0  # seconds between looks at time limits and growing output


class Runner(Protocol):
    """What the worker needs of the machine: starts operations and files what they left."""

    def start(self, work: Work, held: Held, mine: Callable[[], bool]) -> RunningOperation | None:
        """Start an operation; a failure to start is a running operation that has failed.

        None when ``mine``, asked just before the start, says that the lease is over.

        Raises:
            ArtifactUnreachable: what it needs cannot be fetched now.
        """

    def pause(self, work: Work, held: Held) -> float | None:
        """For how many seconds an operation that has failed waits before it is tried again; None when it is not."""

    def show(self, held: Held, operation: RunningOperation) -> None:
        """Let people see what an operation has printed so far; called now and then while it runs."""

    def file(self, held: Held, result: Result) -> None:
        """Store what the operation printed; called before its result is committed."""

    def committed(self, work: Work, results: Sequence[tuple[Held, Result]]) -> None:
        """Write the journal; called after the results were committed."""

    def forget(self, operation: RunningOperation) -> None:
        """Let go of what `start` took; called once for each operation."""


@dataclass(slots=True)
class _Waiting:
    """An operation that has failed and is to be tried again."""

    due: float
    held: Held
    result: Result


@dataclass(slots=True)
class _Running:
    held: Held
    operation: RunningOperation
    handle: int


class Worker:
    """One worker process: its lease, its slots and what runs in them."""

    def __init__(
        self,
        space: Space,
        runner: Runner,
        *,
        name: str,
        host: str,
        slots: int,
        ttl: float = 10.0,
        machine: str = "",
        metrics: Metrics | None = None,
    ) -> None:
        """``machine`` is the name of this machine where it is not that of the host."""
        self._space = space
        self._metrics = metrics or Metrics(slots)
        self._runner = runner
        since = iso(time.time())
        self._about: dict[str, Any] = {
            "id": name,
            "host": host,
            "machine": machine or host,
            "pid": os.getpid(),
            "since": since,
            "slots": slots,
        }
        self._slots = slots
        self._ttl = ttl
        self._poll = select.epoll()
        self._bell = BellWatch(space)
        self._poll.register(self._bell, select.EPOLLIN)
        self._running: dict[int, _Running] = {}  # by the descriptor that tells its end
        self._waiting: list[_Waiting] = []
        self._uncommitted: list[tuple[Ended, Result]] = []
        self._look = True  # whether there may be something to take
        self._exhausted = -1  # the bell's index when there was nothing left to take
        self._rung: int | None = None  # the index that the bell has just rung with
        self._tended = 0.0
        self._counted = 0.0
        self._hurry = False
        self._pause = 0.0  # seconds, the last one; 0 when archives can be fetched
        self._paused_until = 0.0
        self._given_up = False  # the lease is over, and there is no new one yet
        self.stopping = False
        self._begin()

    # -- the loop

    def run(self) -> None:
        """Work until `stop`; then hand back what has not ended within its grace, and end the lease."""
        while not (self.stopping and not self._running and not self._uncommitted):
            if self._hurry:
                self._hand_back()
            self.step()
        self._give_up_waiting()
        self._bell.close()
        self._lease.close()  # rings the bell, so that its thread ends
        self._bell.join(_PATIENCE)
        self._poll.close()

    def stop(self) -> None:
        """Take nothing more: end when what runs has ended.  May be called from a signal handler."""
        self.stopping = True

    def hurry(self) -> None:
        """Do not wait for what runs any longer.  May be called from a signal handler or another thread."""
        self._hurry = True

    def _hand_back(self) -> None:
        """Kill what still runs and give it back at once, for other workers."""
        for running in list(self._running.values()):
            self._drop(running)
            with suppress(SpaceError):
                self._work.release(running.held)

    def step(self) -> None:
        """One turn: wait for something to happen, commit what has ended, take what there is room for."""
        try:
            if not self._lease.valid:
                self._fenced()
            self._collect(self._timeout())
            if not self._lease.valid:
                return  # what has ended may have been cut off
            self._commit()
            self._try_again()
            if self._may_take:
                self._take()
        except SpaceError as error:
            logger.warning("the space does not answer: %s", error)
            self._metrics.space_errors.add()
            self._look, self._exhausted = True, -1  # it may hold what it could not start
            time.sleep(0.2)
        self._tend()

    # -- what has ended

    def _timeout(self) -> float:
        idle = not self._uncommitted and not (self._may_take and self._room > 0)
        return 0.5 if idle else 0.0

    def _collect(self, timeout: float) -> None:
        for handle, _ in self._poll.poll(timeout):
            if handle == self._bell.fileno():
                self._rung = self._bell.disarm()
                self._look, self._exhausted = True, -1
            else:
                self._end(self._running[handle])

    def _end(self, running: _Running) -> None:
        result = running.operation.result()
        if result is None:
            return
        self._remove(running)
        self._runner.file(running.held, result)
        self._runner.forget(running.operation)
        if result.error is None or not self._postponed(running.held, result):
            self._uncommitted.append((ended(running.held, result), result))

    # -- what is tried again

    def _postponed(self, held: Held, result: Result) -> bool:
        """Whether a failure is not the last word."""
        if self.stopping or not self._mine():
            return False
        try:
            pause = self._runner.pause(self._work, held)
            if pause is None:
                return False
            again = self._work.try_again(held)
        except (Conflict, SpaceError, UnknownExecution):
            return False  # the failure stands; the commit finds out whether it is still ours
        about = {"execution": held.tuple.fields["execution"], "operation": held.tuple.key}
        logger.warning("%s; it is tried again in %.1f s (%s)", result.error, pause, held.tuple.key, extra=about)
        self._metrics.retries.add()
        self._waiting.append(_Waiting(time.monotonic() + pause, again, result))
        return True

    def _try_again(self) -> None:
        """Begin what has waited long enough; of an execution that is over the failure stands."""
        now = time.monotonic()
        for one in [waiting for waiting in self._waiting if waiting.due <= now]:
            going = self._work.is_running(one.held)
            self._waiting.remove(one)
            if going:
                self._start([one.held])
            else:
                self._uncommitted.append((ended(one.held, one.result), one.result))

    def _give_up_waiting(self) -> None:
        """Let other workers try again what waits here."""
        while self._waiting:
            with suppress(SpaceError):
                self._work.release(self._waiting.pop().held, begun=False)

    def _commit(self) -> None:
        if not self._uncommitted:
            return
        results, self._uncommitted = self._uncommitted, []
        began = time.monotonic()
        try:
            progress = self._work.commit([ended for ended, _ in results], self._room)
        except SpaceError:
            self._uncommitted = results + self._uncommitted  # committing again what was committed changes nothing
            raise
        self._count(results, progress.fenced, time.monotonic() - began)
        if progress.fenced:
            logger.warning("%d results are void: others have taken the operations over", progress.fenced)
        self._runner.committed(self._work, [(ended.held, result) for ended, result in results])
        self._start(progress.kept)
        if len(progress.kept) < len(results):  # there is more room than before
            self._look = True

    def _count(self, results: Sequence[tuple[Ended, Result]], fenced: int, seconds: float) -> None:
        metrics = self._metrics
        metrics.commits.observe(seconds)
        metrics.fenced.add(by=fenced)
        for _, result in results:
            metrics.durations.observe(max(0.0, result.ended - result.started))
            metrics.operations.add("succeeded" if result.succeeded else "failed")

    # -- what can begin

    @property
    def _may_take(self) -> bool:
        return self._look and not self.stopping and time.monotonic() >= self._paused_until

    @property
    def _room(self) -> int:
        return self._slots - len(self._running) - len(self._waiting)

    def _take(self) -> None:
        """Take what there is room for; when there is nothing, watch the bell."""
        if self._room <= 0:
            return
        # Read before looking: a later ring wakes us.
        index = self._space.index(PREFIX) if self._rung is None else self._rung
        self._rung = None
        if index == self._exhausted:
            self._rest(index)
            return
        held = [*(one.held for one in self._running.values()), *(one.held for one in self._waiting)]
        known = {one.tuple.key for one in held}
        taken = self._work.take(self._room, known)
        self._start(taken)
        self._count_workers()
        enough = self._slots // 2 if taken else 0  # facts are put into rules when operations run short
        while self._room > enough and self._may_take:
            progress = self._work.propagate(self._room)
            if progress is None:
                self._rest(index)
                return
            self._start(progress.kept)

    def _rest(self, index: int) -> None:
        """Nothing is left to take: look again when the bell rings."""
        self._exhausted = index
        self._look = False
        self._bell.arm(index)

    def _start(self, held: Sequence[Held]) -> None:
        for number, one in enumerate(held):
            try:
                operation = self._runner.start(self._work, one, self._mine) if self._mine() else None
            except ArtifactUnreachable as error:
                self._postpone(held[number:], error)
                return
            if operation is None:
                return
            self._pause = 0.0
            handle = operation.fileno()
            self._running[handle] = _Running(one, operation, handle)
            self._poll.register(handle, select.EPOLLIN)

    def _postpone(self, held: Sequence[Held], error: ArtifactUnreachable) -> None:
        """Give back what cannot be started now: others may have its archive; and take nothing for a while."""
        self._pause = min(max(2 * self._pause, _PAUSES[0]), _PAUSES[1])
        self._paused_until = time.monotonic() + self._pause * random.uniform(0.5, 1.0)  # noqa: S311 - jitter
        self._look = True
        logger.warning("%d operations are given back for want of their archive: %s", len(held), error)
        for one in held:
            self._work.release(one, begun=False)

    def _count_workers(self) -> None:
        now = time.monotonic()
        if now - self._counted > 1.0:
            self._counted = now
            self._work.workers = max(1, call_roll(self._space))

    # -- the lease

    def _begin(self) -> None:
        lease = Lease(self._space, self._ttl, lambda: self._lost(lease.session))
        try:
            announce(self._space, lease.session, self._about)
        except BaseException:
            lease.abandon()
            raise
        self._lease = lease
        self._work = Work(self._space, str(self._about["id"]), lease.session, str(self._about["machine"]))
        self._look = True

    def _mine(self) -> bool:
        return self._lease.valid

    def _lost(self, session: str) -> None:
        """Called from the lease's thread: the loop may wait for an answer for longer than the session lasts.

        Or it has seen for itself, and runs others under another session.
        """
        for running in list(self._running.values()):
            if running.held.session == session:
                running.operation.cut()
        self._bell.ring()

    def _fenced(self) -> None:
        """The lease may have ended: nothing that runs is ours any more.

        Raises:
            SpaceError: the space gives no new one now.
        """
        if not self._given_up:
            self._given_up = True
            self._metrics.lost_leases.add()
            logger.error("lease lost: %d operations are stopped, others may take them over", len(self._running))
            for running in list(self._running.values()):
                self._drop(running)
            self._uncommitted.clear()
            self._waiting.clear()
            self._lease.abandon()
        self._begin()
        self._given_up = False

    def _drop(self, running: _Running) -> None:
        running.operation.kill()
        self._remove(running)
        self._runner.forget(running.operation)

    def _remove(self, running: _Running) -> None:
        del self._running[running.handle]
        with suppress(OSError):  # one that was closed has left the poll by itself
            self._poll.unregister(running.handle)

    def _tend(self) -> None:
        self._metrics.running = len(self._running)
        now = time.monotonic()
        if now - self._tended >= _TEND:
            self._tended = now
            for running in list(self._running.values()):
                running.operation.tend(now)
                self._runner.show(running.held, running.operation)
