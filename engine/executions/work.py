"""What a worker does with the space: take operations, commit their results, put facts into rules.

It keeps nothing that cannot be read again: productions never change, and of the records of executions each commit makes
sure that they have not.
"""

from __future__ import annotations

import contextlib
import json
import logging
import random
import time
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from typing import Any

from engine.executions.cancel import begun, finish_cancelled
from engine.executions.commit import CHUNK, Author, Commit, Count, Ended, TooMuch
from engine.executions.errors import UnknownExecution
from engine.executions.history import iso
from engine.executions.lanes import Lanes
from engine.executions.networks import NetworkProductions, ProductionCache
from engine.executions.places import settled, suits
from engine.executions.records import CANCELLING, RUNNING, ExecutionRecord
from engine.executions.tuples import CONTINUATION, OPERATION
from engine.rete.network import StaleRun
from engine.rete.production import Production
from engine.space import keys
from engine.space.base import Entry, Space
from engine.space.client import Held, Linda, bell
from engine.space.errors import Conflict, UnknownOutcome
from engine.space.tuples import Tuple
from engine.space.verbs import CheckIndex, CheckSession, Delete, Lock, Verb

logger = logging.getLogger(__name__)

_RECORDS = 256


@dataclass(frozen=True, slots=True)
class Progress:
    """What came of a commit or of putting facts into rules: the operations that this worker now holds besides."""

    kept: list[Held]
    fenced: int = 0


class Work:
    """The operations of one worker under one session."""

    def __init__(
        self,
        space: Space,
        worker: str,
        session: str,
        machine: str = "",
        *,
        clock: Callable[[], float] = time.time,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._space = space
        self._linda = Linda(space, session)
        self._author = Author(worker, session, machine, clock)
        self._pause = pause
        self._productions = ProductionCache(space)
        self._executions: dict[str, tuple[ExecutionRecord, int]] = {}
        self._operations = Lanes(OPERATION)
        self._continuations = Lanes(CONTINUATION)
        self._place: tuple[str, int] | None = None  # of the operation that it took last
        self.workers = 1  # how many are alive, for fair shares

    @property
    def space(self) -> Space:
        """The space that it works on."""
        return self._space

    def take(self, room: int, known: Container[str] = ()) -> list[Held]:
        """Take up to ``room`` operations (Linda's in, under the session), the most urgent ones of those listed.

        ``known`` are the keys of the tuples that the worker knows it holds.
        """
        held = self._linda.take(
            self._operations.templates(), room, self._mark, known, order=self._urgency, suits=self._suits
        )
        self._operations.found(self._linda.listed)
        taken = [one for one in held if self._belongs(one)]
        # Where others take too it goes on somewhere else.
        self._place = _place(taken[-1].tuple) if len(taken) == room else None
        names: dict[str, list[str]] = {}
        for one in taken:
            network = self.execution(one.tuple.fields["execution"]).network
            names.setdefault(network, []).append(one.tuple.fields["production"])
        for network, productions in names.items():
            self._productions.load(network, productions)
        return taken

    def commit(self, ended: Sequence[Ended], room: int) -> Progress:
        """Commit the results of operations, as many as fit in one transaction at a time.

        ``room`` is how many operations the worker can hold when these are gone.  Results of operations that it no
        longer holds are void: they are counted as fenced.
        """
        kept: list[Held] = []
        fenced = 0
        by_execution: dict[str, list[Ended]] = {}
        for one in ended:
            by_execution.setdefault(one.held.tuple.fields["execution"], []).append(one)
        for execution, results in by_execution.items():
            while results:
                try:
                    progress = self._commit_some(execution, results, room - len(kept))
                except UnknownExecution:
                    fenced += len(results)
                    break
                kept += progress.kept
                fenced += progress.fenced
        return Progress(kept, fenced)

    def propagate(self, room: int) -> Progress | None:
        """Put the facts of one continuation into rules; None when there is none.

        Raises:
            UnknownOutcome: the answer was lost; it may be there still, so it is not the time to rest.
        """
        found = 0
        for template in self._continuations.templates():
            entries = self._space.entries(template.prefix)
            found += len(entries)
            self._continuations.found(found)
            while entries:
                entry = entries.pop(random.randrange(len(entries)))  # noqa: S311 - spreads load, no secret
                # With one for each worker nobody needs a share of what this one comes to.
                workers = self.workers if found <= self.workers else 1
                with contextlib.suppress(Conflict):  # somebody else did it, or changed what it would change
                    return self._resume(entry, room, workers)
        return None

    def release(self, held: Held, *, begun: bool = True) -> None:
        """Give an operation back, for another worker to run; what had not ``begun`` was no attempt at it."""
        fields = {name: value for name, value in held.tuple.fields.items() if name not in ("worker", "started")}
        if not begun:
            fields["base"] += 1
        tuple_ = Tuple(OPERATION, fields)
        with contextlib.suppress(Conflict):
            self._space.transact([*held.returned(tuple_), *bell([tuple_])])

    def try_again(self, held: Held) -> Held:
        """Note that an operation that has failed is to be begun once more by this worker, which goes on holding it.

        Raises:
            Conflict, SpaceError: it is not held any more, or that is not known.
        """
        fields = held.tuple.fields
        tuple_ = held.tuple.with_(base=fields["base"] - 1, retried=retried(held) + 1)
        self._space.transact([Lock(tuple_.key, tuple_.value, held.session)])
        return Held(tuple_, held.session, held.lock_index)

    def is_running(self, held: Held) -> bool:
        """Whether the execution of an operation is under way still, and not being cancelled."""
        try:
            return self._execution(held.tuple.fields["execution"], anew=True)[0].status == RUNNING
        except UnknownExecution:
            return False

    def production(self, held: Held) -> Production:
        """The production that an operation belongs to."""
        record = self.execution(held.tuple.fields["execution"])
        return self._productions.get(record.network, held.tuple.fields["production"])

    def execution(self, id_: str) -> ExecutionRecord:
        """The record of an execution as it was read last: each commit makes sure that it is still so.

        Raises:
            UnknownExecution: it is gone.
        """
        return self._execution(id_)[0]

    def _execution(self, id_: str, *, anew: bool = False) -> tuple[ExecutionRecord, int]:
        """The record, and its index in the space."""
        if anew or id_ not in self._executions:
            found = ExecutionRecord.read(self._space, id_)
            if found is None:
                self._executions.pop(id_, None)
                raise UnknownExecution(id_)
            if len(self._executions) >= _RECORDS:
                self._executions.pop(next(iter(self._executions)))
            self._productions.foresee(found[0].network)
            self._executions[id_] = found
        return self._executions[id_]

    def _urgency(self, found: Sequence[Tuple]) -> Callable[[Tuple], Any]:
        """What comes first is taken first: by priority, then what stands behind the operation that was taken last.

        Neighbours feed the same memories, which two workers can only change in turn.  Each worker begins anywhere.
        """
        place = self._place or _place(random.choice(found))  # noqa: S311 - spreads load, no secret

        def order(tuple_: Tuple) -> Any:
            return tuple_.fields["priority"], _place(tuple_) <= place, _place(tuple_)

        return order

    def _belongs(self, held: Held) -> bool:
        """Whether the execution of an operation is under way; otherwise the tuple is nobody's, and is removed.

        That one is being cancelled need not be seen at once: what is begun meanwhile is let end.  What a dead worker
        has left is not begun again.
        """
        fields = held.tuple.fields
        try:
            record = self.execution(fields["execution"])
            if record.run != fields["run"] or held.lock_index > fields["base"] + record.resumed + 1:
                record = self._execution(record.id, anew=True)[0]
            if record.status == RUNNING and record.run == fields["run"]:
                return True
            reason = f"execution {record.id} is {record.status}"
            if record.status == CANCELLING and record.run == fields["run"]:
                if begun(record, held.tuple, held.lock_index) > 1 or retried(held):
                    return True  # it may have been done in part: its runner says that it has failed
                self.release(held, begun=False)
                finish_cancelled(self._space, record.id)
                return False
        except UnknownExecution as error:
            reason = str(error)
        logger.warning("removed operation tuple %r: %s", held.tuple.key, reason)
        with contextlib.suppress(Conflict):
            self._space.transact(held.consumed())
        return False

    # -- commit

    def _commit_some(self, execution: str, results: list[Ended], room: int) -> Progress:
        """Commit some of the results, taking them off the list.

        Raises:
            UnknownExecution: it is gone.
        """
        most, fenced = len(results), 0
        frugal = False
        for attempt in range(1_000_000):
            record, unchanged = self._execution(execution)
            commit = self._new_commit(record, unchanged)
            taken, void, adopted = self._complete(commit, results[:most], frugal=frugal)
            if not taken:
                _remove(results, void)
                return Progress(adopted, fenced + len(void) - len(adopted))
            verbs: list[Verb] = []
            try:
                verbs = commit.verbs(room, self.workers)
                index = self._space.transact(verbs)
            except TooMuch:
                most, frugal = max(1, len(taken) // 2), len(taken) == 1
            except UnknownOutcome:
                self._recount(record.id)
            except Conflict as conflict:
                failed = [verbs[position] for position in conflict.positions]
                if any(verb.key == record.key for verb in failed):
                    self._forget(execution)
                if any(isinstance(verb, Lock | CheckSession) for verb in failed):
                    fenced += self._drop_lost(results, everything=conflict.session_ended)
                    if not results:
                        return Progress([], fenced)
                if any(verb.key == self._count_key(record.id) for verb in failed):
                    self._recount(record.id)
                most = max(1, most // 2) if attempt else most
                self._pause(random.uniform(0, 0.001 * min(2**attempt, 64)))  # noqa: S311 - jitter
            else:
                self._author.counts[record.id] = commit.count(index)
                _remove(results, taken + void)
                if record.status == CANCELLING:
                    finish_cancelled(self._space, record.id)
                return Progress(commit.kept + adopted, fenced + len(void) - len(adopted))
        raise AssertionError("unreachable")

    def _new_commit(self, record: ExecutionRecord, index: int) -> Commit:
        productions = NetworkProductions(self._productions, record.network)
        return Commit(self._space, productions, record, index, self._author)

    def _complete(
        self, commit: Commit, results: Sequence[Ended], *, frugal: bool
    ) -> tuple[list[Ended], list[Ended], list[Held]]:
        """Take results into the commit while they fit.

        Returns those taken in; those that are void or were committed before; and the successors that the latter left.
        """
        taken: list[Ended] = []
        void: list[Ended] = []
        adopted: list[Held] = []
        commit.prepare(results[:18])
        for one in results:
            if taken and commit.full:
                break
            if commit.complete(one, frugal=frugal):
                taken.append(one)
            else:
                void.append(one)
                adopted += self._successor(one)
        return taken, void, adopted

    def _successor(self, ended: Ended) -> list[Held]:
        """What an earlier transaction, whose answer was lost, put in the place of an operation's tuple."""
        key = ended.held.tuple.key
        entry = self._space.read([key]).get(key)
        if entry is None or entry.session != self._author.session:
            return []
        tuple_ = Tuple.of(OPERATION, entry)
        same = tuple_.fields["step"] == ended.step and tuple_.fields["base"] == ended.held.tuple.fields["base"]
        return [] if same else [Held(tuple_, self._author.session, entry.lock_index)]

    def _drop_lost(self, results: list[Ended], *, everything: bool) -> int:
        """Drop the results of operations whose tuples this session does not hold any more."""
        found = {} if everything else self._space.read([one.held.tuple.key for one in results])
        mine = {key for key, entry in found.items() if entry.session == self._author.session}
        lost = [one for one in results if one.held.tuple.key not in mine]
        _remove(results, lost)
        return len(lost)

    def _recount(self, execution: str) -> None:
        """Read back what this worker has committed: an answer was lost, or what was lost has arrived after all."""
        key = self._count_key(execution)
        entry = self._space.read([key]).get(key)
        self._author.counts[execution] = (
            Count() if entry is None else Count(**json.loads(entry.value), index=entry.index)
        )

    def _count_key(self, execution: str) -> str:
        return keys.path("count", execution, self._author.session)

    # -- continuations

    def _resume(self, entry: Entry, room: int, workers: int) -> Progress:
        tuple_ = Tuple.of(CONTINUATION, entry)
        chunks = iter((CHUNK, CHUNK // 2, 3))
        chunk = next(chunks)
        while True:
            try:
                record, unchanged = self._under_way(tuple_)
            except (StaleRun, UnknownExecution):
                return self._drop(entry, tuple_)
            commit = self._new_commit(record, unchanged)
            try:
                commit.resume(tuple_, entry.index, chunk=chunk)
                verbs = commit.verbs(room, workers)
                index = self._space.transact(verbs)
            except TooMuch:
                chunk = next(chunks)
            except StaleRun:
                return self._drop(entry, tuple_)
            except UnknownOutcome:
                self._recount(record.id)
                raise
            except Conflict as conflict:
                self._recount(record.id)
                if 0 in conflict.positions:
                    self._forget(record.id)  # it has ended, or is to
                elif all(verbs[position].key != self._count_key(record.id) for position in conflict.positions):
                    raise  # else whoever has resumed it has brought all counts together: nobody else does this
            else:
                self._author.counts[record.id] = commit.count(index)
                return Progress(commit.kept)

    def _drop(self, entry: Entry, tuple_: Tuple) -> Progress:
        """Remove a continuation that means nothing any more."""
        finish_cancelled(self._space, tuple_.fields["execution"])
        with contextlib.suppress(Conflict):  # it is gone with all others
            self._space.transact([CheckIndex(entry.key, entry.index), Delete(entry.key)])
        return Progress([])

    def _forget(self, execution: str) -> None:
        self._executions.pop(execution, None)

    def _under_way(self, tuple_: Tuple) -> tuple[ExecutionRecord, int]:
        """The record of a continuation's execution.

        Raises:
            UnknownExecution: it is gone.
            StaleRun: it does not run any more, or is past the run that the continuation belongs to.
        """
        found = self._execution(tuple_.fields["execution"])
        if found[0].run != tuple_.fields["run"]:
            found = self._execution(found[0].id, anew=True)
        if found[0].status != RUNNING or found[0].run != tuple_.fields["run"]:
            raise StaleRun
        return found

    def _suits(self, tuple_: Tuple) -> bool:
        return suits(tuple_, self._author.machine)

    def _mark(self, tuple_: Tuple) -> tuple[Tuple, list[Verb]]:
        marked = tuple_.with_(worker=self._author.worker, started=iso(self._author.clock()))
        return settled(marked, self._author.machine)


def retried(held: Held) -> int:
    """How often an operation was tried again after it had failed."""
    return int(held.tuple.fields.get("retried", 0))


def _place(tuple_: Tuple) -> tuple[str, int]:
    return tuple_.fields["production"], tuple_.fields["flat"]


def _remove(results: list[Ended], some: Sequence[Ended]) -> None:
    gone = {id(one) for one in some}
    results[:] = [one for one in results if id(one) not in gone]
