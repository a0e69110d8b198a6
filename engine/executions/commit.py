"""One commit: the transaction that makes what workers did true, and puts what became possible.

Place in the flow: results of operations → **one atomic transaction** → facts, and the next operation tuples.

Everything goes into one transaction with a guard for each thing it relies on: each tuple is still locked by this
session, each memory still has the index that it was read with.  So it happens once or not at all, and what it makes
possible is there the moment it is committed.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from engine.executions.cancel import removal
from engine.executions.history import (
    Outcome,
    check_event,
    is_handled,
    iso,
    operation_event,
    operation_id,
    owner_number,
    state_event,
)
from engine.executions.hosts import Hosts, host_of
from engine.executions.memories import SpaceMemories
from engine.executions.outputs import outputs_verbs
from engine.executions.places import Places, settled, staying, suits
from engine.executions.records import CANCELLING, FAILED, RUNNING, SUCCEEDED, ExecutionRecord, InstanceRecord, encode
from engine.executions.tuples import continuation_tuple, continuations_of, halves, operation_tuple, rest, starts
from engine.rete.memory import CellId, Phase
from engine.rete.network import Continuation, Fact, Network, Truth
from engine.rete.production import Production, Productions
from engine.space import keys
from engine.space.base import Space
from engine.space.client import Held, bell
from engine.space.tuples import Tuple
from engine.space.verbs import MAX_BYTES, MAX_VERBS, Cas, CheckIndex, CheckSession, Delete, Lock, Set, Verb
from engine.space.verbs import size as bytes_of
from engine.weaving.compile import START

COMFORTABLE = 54
"""With so many verbs a commit takes in no further operation; the rest is left for what it sets off."""
COMFORTABLE_BYTES = MAX_BYTES // 3
"""With outputs of so many bytes likewise: those of one more operation still fit, each a second time as an attribute,
and all else that a commit writes."""
CHUNK = 14
"""With so many memories a continuation is done for now; what it comes to must fit into one transaction."""


class TooMuch(Exception):
    """The commit does not fit into one transaction."""


@dataclass(frozen=True, slots=True)
class Count:
    """What a worker has committed under one session in one execution, and the index of that record in the space."""

    done: int = 0
    failed: int = 0
    skipped: int = 0
    index: int = 0


@dataclass(slots=True)
class Author:
    """Who commits: a worker, its session and machine, and what it has committed so far in each execution."""

    worker: str
    session: str
    machine: str
    clock: Callable[[], float]
    counts: dict[str, Count] = field(default_factory=dict)  # by execution


@dataclass(frozen=True, slots=True)
class Ended:
    """An operation that this worker holds and that has ended."""

    held: Held
    outcome: Outcome

    @property
    def id(self) -> CellId:
        return CellId(self.held.tuple.fields["production"], self.held.tuple.fields["flat"])

    @property
    def step(self) -> int:
        return int(self.held.tuple.fields["step"])


class Commit:
    """A transaction being put together for one execution; `verbs` is what to send."""

    def __init__(
        self, space: Space, productions: Productions, record: ExecutionRecord, index: int, author: Author
    ) -> None:
        """``index`` is that of the record: an execution that is cancelled meanwhile changes it."""
        self._space = space
        self._production = productions.get
        self._record = record
        self._unchanged = CheckIndex(record.key, index)
        self._author = author
        self._memories = SpaceMemories(space, record.model, record.instance)
        self._hosts = Hosts(space, record.model, record.instance, record.run)
        self._places = Places(space, record.model, record.instance)
        self._network = Network(productions, self._memories, record.run, since=record.run - record.resumed)
        self._guards: list[Verb] = []
        self._events: list[dict[str, Any]] = []
        self._failures: list[Verb] = []
        self._outputs: list[Verb] = []
        self._put: list[Tuple] = []
        self._left: list[Continuation] = []
        self._successors: dict[CellId, Held] = {}  # operations that ended, by instance: their tuples can be reused
        self._turns: list[CellId] = []  # hosts whose operation has ended
        self._done = self._failed = 0
        self._now = ""
        self.kept: list[Held] = []

    # -- what happened

    def prepare(self, ended: Sequence[Ended]) -> None:
        """Read at one go what these results will be put into."""
        self._network.prepare((one.id, one.step) for one in ended)
        hosts = (host_of(self._production(one.id.production), one.id.flat) for one in ended)
        self._hosts.load(host for host in hosts if host is not None)

    def complete(self, ended: Ended, *, frugal: bool = False) -> bool:
        """Take in the result of an operation; False when it has been committed before, or is void.

        ``frugal`` leaves all that it sets off to continuations.
        """
        id_, step = ended.id, ended.step
        self._memories.load([id_])
        cell = self._memories.get(id_)
        production = self._production(id_.production)
        current = getattr(cell, "run", None), getattr(cell, "step", None), getattr(cell, "phase", None)
        if current != (self._record.run, step, Phase.OPERATION):
            return False
        failed = ended.outcome.error is not None
        if production.steps[step].check is not None:
            self._events.append(check_event(production, id_, step, ended.outcome))
        else:
            self._record_operation(production, ended, failed=failed)
        spare = 0 if frugal else max(2, (MAX_VERBS - 8 - self.size) // 3)
        self._network.limit = self._memories.touched + spare
        self._network.complete(id_, failed=failed, skipped=ended.outcome.unmet is not None)
        if not failed:
            self._places.ended(production, id_.flat, step)
        self._successors[id_] = ended.held
        host = host_of(production, id_.flat)
        if host is not None:
            self._turns.append(host)
        self._record_states()
        return True

    def resume(self, tuple_: Tuple, index: int, *, chunk: int = CHUNK) -> None:
        """Put the facts of a continuation tuple into rules; what goes beyond ``chunk`` memories goes back."""
        self._guards += [CheckIndex(tuple_.key, index), Delete(tuple_.key)]
        self._network.limit = chunk
        if "starts" in tuple_.fields:
            self._start(*tuple_.fields["starts"])
        else:
            for whole in continuations_of(tuple_.fields):
                middle = min(whole.hi, whole.lo + max(0, chunk - self._memories.touched))
                if whole.lo < middle:
                    self._network.resume(whole._replace(hi=middle))
                if middle < whole.hi:
                    self._left.append(whole._replace(lo=middle))
        self._record_states()

    def _start(self, low: int, high: int) -> None:
        if high - low > 1:
            middle = (low + high) // 2
            self._put += [continuation_tuple(self._record, starts(*ends)) for ends in ((low, middle), (middle, high))]
            return
        production = START.format(low)
        self._network.assert_fact(Fact(production, 0, 0, Truth.PASSED))
        if self._record.run > 1:
            self._network.assert_fact(Fact(production, 0, 1, Truth.PASSED))

    # -- what follows

    @property
    def size(self) -> int:
        """About how many verbs it has come to."""
        activations = self._network.changes.activations
        chained = sum(1 for id_ in activations if id_ in self._successors)
        tuples = 1 + len(self._successors) + len(activations) - chained
        recorded = len(self._failures) + len(self._outputs)
        return tuples + self._memories.touched + self._hosts.touched + len(self._turns) + recorded + 8

    @property
    def full(self) -> bool:
        """Whether it should take in no further operation."""
        return self.size > COMFORTABLE or sum(map(bytes_of, self._outputs)) > COMFORTABLE_BYTES

    def verbs(self, room: int, workers: int = 1) -> list[Verb]:
        """The transaction; some of the operations that became possible are taken at once, in `kept`.

        These are the next ones of the instances whose operations ended and, as far as ``room`` allows, this worker's
        share of the others when ``workers`` are alive.

        Raises:
            TooMuch: it has more verbs than a transaction may have.
        """
        self._now = iso(self._author.clock())  # after everything was read: no time runs against the order
        going = self._record.status == RUNNING  # of one that is being cancelled nothing follows
        tuples = self._activated() if going else []
        retired = self._retired(tuples, room, workers)
        if going:
            left = halves([*self._left, *self._network.changes.continuations])
            self._put += [continuation_tuple(self._record, rest(half)) for half in left]
        else:
            self._put.clear()
        verbs = [
            *self._record_guards(),
            *self._guards,
            *retired,
            *self._memories.verbs(),
            *self._hosts.verbs(),
            *(Set(tuple_.key, tuple_.value) for tuple_ in self._put),
            *self._failures,
            *self._outputs,
            *self._places.verbs(),
            *self._records(),
            *bell(self._put),
        ]
        if len(verbs) > MAX_VERBS:
            raise TooMuch
        return verbs

    def _activated(self) -> list[Tuple]:
        """The operation tuples to put: of those that were activated the ones whose host's turn is theirs."""
        tuples = []
        activations = [(id_, self._production(id_.production)) for id_ in self._network.changes.activations]
        hosts = [host_of(production, id_.flat) for id_, production in activations]
        self._hosts.load(host for host in hosts if host is not None)
        machines = [staying(production, id_.flat) for id_, production in activations]
        self._places.load(machine for machine in machines if machine is not None)
        for (id_, production), host in zip(activations, hosts, strict=True):
            step = self._step(id_)
            instance = owner_number(production, id_.flat)
            if host is None or self._hosts.enter(host, id_, step, _rank(production, step), instance):
                tuples.append(self._tuple(id_, step))
        for host in self._turns:
            turn = self._hosts.leave(host)
            if turn is not None:
                tuples.append(self._tuple(CellId(turn.production, turn.flat), turn.step))
        return tuples

    def _retired(self, tuples: list[Tuple], room: int, workers: int) -> list[Verb]:
        """Consume the tuples of the operations that ended; keep, or put, the new ones.  Others' machines' are put.

        One guard says that the session has not ended: then it holds all that it held.  The successor of an operation on
        the same instance replaces it in its place, still locked; that lock is such a guard.  A key that is gone it
        would create anew, but a tuple that we hold goes only together with its memory, whose cas fails then.
        """
        verbs: list[Verb] = []
        others = []
        for tuple_ in tuples:
            ended = self._successors.pop(CellId(tuple_.fields["production"], tuple_.fields["flat"]), None)
            if ended is None:
                others.append(tuple_)
            else:
                fields = {name: ended.tuple.fields[name] for name in ("lane", "priority")}
                successor = self._mine(tuple_.with_(**fields, base=ended.lock_index - 1 - self._record.resumed))
                self._keep(successor, ended.lock_index, verbs)
        share = max(0, min(room - len(self.kept), -(-len(others) // workers)))
        others.sort(key=lambda tuple_: not suits(tuple_, self._author.machine))
        share = min(share, sum(suits(tuple_, self._author.machine) for tuple_ in others))
        for tuple_ in others[:share]:
            self._keep(self._mine(tuple_), 1, verbs)
        self._put += others[share:]
        over = [ended.tuple.key for ended in self._successors.values()]
        if over and not self.kept:
            verbs.append(CheckSession(over[0], self._author.session))
        return verbs + [Delete(key) for key in over]

    def _keep(self, tuple_: Tuple, lock_index: int, verbs: list[Verb]) -> None:
        tuple_, besides = settled(tuple_, self._author.machine)
        verbs += [Lock(tuple_.key, tuple_.value, self._author.session), *besides]
        self.kept.append(Held(tuple_, self._author.session, lock_index))

    def _mine(self, tuple_: Tuple) -> Tuple:
        return tuple_.with_(worker=self._author.worker, started=self._now)

    def _step(self, id_: CellId) -> int:
        cell = self._memories.get(id_)
        step: int = getattr(cell, "step", 0)
        return step

    def _tuple(self, id_: CellId, step: int) -> Tuple:
        production = self._production(id_.production)
        place = self._places.of(production, id_.flat, step)
        return operation_tuple(self._record, id_, step, rank=_rank(production, step), queued=self._now, place=place)

    # -- what is recorded

    def _record_operation(self, production: Production, ended: Ended, *, failed: bool) -> None:
        fields = ended.held.tuple.fields
        about = {
            "id": operation_id(self._record.id, ended.id, ended.step),
            "worker": self._author.worker,
            "attempt": ended.held.lock_index - fields["base"],
            "queued": fields["queued"],
        }
        event = operation_event(production, ended.id, ended.step, ended.outcome, about)
        self._events.append(event)
        self._done += 1
        self._failed += failed
        if failed and not is_handled(production):
            key = keys.path("fail", self._record.id, ended.id.production, ended.id.flat, ended.step)
            self._failures.append(Set(key, encode(event)))
        elif not failed and ended.outcome.outputs:
            identity = self._record.model, self._record.instance
            self._outputs += outputs_verbs(identity, production, ended.id.flat, ended.step, ended.outcome.outputs)

    def _record_states(self) -> None:
        states = self._network.changes.states
        self._events += [state_event(self._production(id_.production), id_.flat, state) for id_, state in states]
        states.clear()

    def _records(self) -> list[Verb]:
        execution, author = self._record.id, self._author
        verbs: list[Verb] = []
        if self._events:
            batch: dict[str, Any] = {"time": self._now, "worker": author.worker, "events": self._events}
            if self._record.resumed:
                batch["resumed"] = self._record.resumed
            verbs.append(Set(keys.path("done", execution, uuid.uuid4().hex), encode(batch)))
        if self._counts:
            count = self.count(0)
            value = encode({"done": count.done, "failed": count.failed, "skipped": count.skipped})
            index = author.counts.get(execution, Count()).index
            verbs.append(Cas(keys.path("count", execution, author.session), value, index))
        return verbs

    @property
    def _counts(self) -> bool:
        return bool(self._done or self._network.changes.skipped)

    def count(self, index: int) -> Count:
        """What the author has committed in this execution once this is committed with that index."""
        before = self._author.counts.get(self._record.id, Count())
        if not self._counts:
            return before
        skipped = before.skipped + self._network.changes.skipped
        return Count(before.done + self._done, before.failed + self._failed, skipped, index)

    def _record_guards(self) -> list[Verb]:
        """That the execution's record is as it was read; or what becomes of it.  The first of them is on the record."""
        if self._network.changes.ended:
            return self._ended()
        if self._record.status == CANCELLING:
            consumed = {held.tuple.key for held in self._successors.values()}
            return removal(self._space, self._record, self._unchanged.index, consumed)
        return [self._unchanged]

    def _ended(self) -> list[Verb]:
        """When all is settled the execution ends, and the instance is free for another one."""
        found = InstanceRecord.read(self._space, self._record.model, self._record.instance)
        if found is None:
            return [self._unchanged]
        owner, owner_index = found
        record = self._record
        failures = [*self._space.keys(keys.prefix("fail", record.id)), *self._failures]
        status = FAILED if failures else SUCCEEDED
        ended = replace(record, status=status, ended=self._now)
        verbs: list[Verb] = [Cas(record.key, ended.encoded(), self._unchanged.index)]
        if owner.execution == record.id:
            verbs.append(Cas(owner.key, replace(owner, execution=None).encoded(), owner_index))
        return verbs


def _rank(production: Production, step: int) -> int:
    work = production.steps[step].operation or production.steps[step].check
    return 0 if work is None else int(work["rank"])
