"""A world of workers on one space in memory, every step of which is chosen from outside.

The workers run the product's own code (`engine.executions.work`).  Whenever one of them is about to send a
transaction it stops, and the world decides what becomes of it: it is applied, the worker dies first, or the answer is
lost; what was lost may have been applied, may be applied at any later moment, or never.  Between two transactions a
worker's reads happen at one moment, any number of other workers' transactions before its own.
"""

from __future__ import annotations

import itertools
import json
import random
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from unittest import mock

from greenlet import greenlet

from engine.executions.attributes import anchors_of
from engine.executions.commit import Ended
from engine.executions.conditions import Conditions
from engine.executions.history import Outcome
from engine.executions.networks import install_network
from engine.executions.presence import announce
from engine.executions.progress import counts
from engine.executions.records import ExecutionRecord, InstanceRecord
from engine.executions.resolving import InputsOnly
from engine.executions.start import start_execution
from engine.executions.work import Work
from engine.instances.scaling import scale_of
from engine.space import keys
from engine.space.backends.memory import MemorySpace, Store
from engine.space.client import Held
from engine.space.errors import Conflict, UnknownOutcome
from engine.space.verbs import Cas, CheckIndex, CheckSession, Lock, Verb
from engine.weaving import WORKFLOWS, workflow_of, workflows
from tests.engine.executions.fingerprints import NOT_LOOKED_AT, anonymous, named
from tosca.model import ServiceTemplate

Action = tuple[str, int]


class Violation(AssertionError):
    """The protocol broke a promise."""


class Killed(BaseException):
    """The worker dies here."""


@contextmanager
def determined(seed: int = 0) -> Iterator[None]:
    """Make everything that the engine leaves to chance the same each time."""
    numbers = itertools.count()
    random.seed(seed)
    with (
        mock.patch.object(uuid, "uuid4", side_effect=lambda: uuid.UUID(int=next(numbers) << 88)),
        mock.patch.object(keys, "LANES", 1),
        mock.patch.object(time, "time", return_value=0.0),
    ):
        yield


def deploy(
    store: Store,
    template: ServiceTemplate,
    mode: str = "interleaved",
    providers: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Put an instance ``m/i`` of the template into the space."""
    space = MemorySpace(store)
    scale = scale_of(template, {})
    names = workflows(template) or WORKFLOWS
    networks = {name: install_network(space, workflow_of(template, name, mode, providers), scale) for name in names}
    record = InstanceRecord(
        model="m",
        instance="i",
        digest="d",
        inputs={},
        node_instances=scale.total,
        networks=networks,
        created="",
    )
    space.transact([Cas(record.key, record.encoded(), 0)])


class SteppedSpace(MemorySpace):
    """Stops ahead of every transaction until the world has decided."""

    def transact(self, verbs: Sequence[Verb]) -> int:
        verdict = self.ask(list(verbs))
        if isinstance(verdict, BaseException):
            raise verdict
        assert isinstance(verdict, int)
        return verdict

    @staticmethod
    def ask(question: object) -> object:
        """Let the world decide: a transaction, or the bell's index for "I have nothing to do"."""
        world = greenlet.getcurrent().parent
        assert world is not None
        return world.switch(question)


@dataclass
class Worker:
    """A worker process, alive or dead."""

    number: int
    life: int = 0
    session: str = ""
    body: greenlet | None = None
    pending: list[Verb] | None = None  # the transaction that it is about to send
    idle_since: int | None = None  # the bell's index when it began to look and found nothing to do
    looked: int = 0  # the store's index then
    held: list[Held] = field(default_factory=list)
    began: dict[str, float] = field(default_factory=dict)  # operation → moment
    unmet: dict[str, str | None] = field(default_factory=dict)  # check → what did not hold when it began
    tries: int = 0  # transactions since it last began to look or to commit

    @property
    def alive(self) -> bool:
        return self.body is not None


@dataclass
class Budget:
    """How many faults of each kind may still happen."""

    crashes: int = 0
    zombies: int = 0
    losses: int = 0


class World:
    """Workers, a store, and what has been seen to happen."""

    def __init__(
        self,
        template: ServiceTemplate,
        *,
        workers: int = 2,
        slots: int = 1,
        budget: Budget | None = None,
        broken: Callable[[Sequence[Verb]], list[Verb]] | None = None,
        fails: Callable[[str], bool] = lambda operation: False,
        says: Callable[[str], bool] = lambda operation: False,
        workflow: str = "install",
        store: Store | None = None,
        ticking: bool = False,
    ) -> None:
        """``broken`` changes the transactions of the workers: to see that a protocol without a guard is caught.

        Operations for which ``says`` is true have outputs, from which it can be seen whose they are.
        """
        if store is None:
            store = Store(clock=lambda: 0.0)
            deploy(store, template)
        self.store = store
        self.space = MemorySpace(store)
        self.record = start_execution(self.space, "m", "i", workflow)
        self.slots = slots
        self.budget = budget or Budget()
        self.parked: list[list[Verb]] = []
        self.ended_sessions: list[str] = []
        self.committed: Counter[str] = Counter()
        self.checked: dict[tuple[str, str, int], bool] = {}  # step, node and instance of a check → whether it was met
        self.said: dict[str, tuple[str, int]] = {}  # operation that has outputs → worker and attempt in history
        self.executing: dict[str, set[str]] = {}
        self.starts: Counter[str] = Counter()
        self._read: set[str] = set()
        self._rescans = self.budget.losses > 0  # an idle worker looks again now and then: for answers that were lost
        self.moment = 0.0  # counts what has happened, in seconds
        self._tick = 1.0 if ticking else 0.0
        self._broken = broken
        self._fails = fails
        self._says = says
        self.workers = [Worker(number) for number in range(workers)]
        for worker in self.workers:
            self._live(worker)

    # -- what may happen next

    def actions(self) -> list[Action]:
        """Everything that may happen next, what is ordinary first."""
        found: list[Action] = []
        for worker in self.workers:
            if worker.pending is not None:
                found.append(("apply", worker.number))
            elif self._wakes(worker):
                found.append(("look", worker.number))
            elif not worker.alive and not any(other.alive for other in self.workers):
                found.append(("restart", worker.number))
        found += [("expire", number) for number in range(len(self.ended_sessions))]
        found += [("arrive", number) for number in range(len(self.parked))]
        for worker in self.workers:
            found += self._faults(worker)
        return found

    def _wakes(self, worker: Worker) -> bool:
        """Whether an idle worker is woken: by the bell, or by the loss of its lease."""
        if worker.idle_since is None:
            return False
        if worker.idle_since < self.space.index("bell/") or worker.session not in self.store.sessions:
            return True
        return self._rescans and worker.looked < self.store.index

    def _faults(self, worker: Worker) -> Iterator[Action]:
        if worker.pending is not None:
            if self.budget.crashes:
                yield ("crash", worker.number)
            if self.budget.losses:
                yield ("lose", worker.number)
                yield ("lose-applied", worker.number)
                yield ("park", worker.number)
        if worker.alive and self.budget.zombies and worker.session in self.store.sessions:
            yield ("zombie", worker.number)

    def do(self, action: Action) -> None:
        """Let one of these happen.

        Raises:
            Violation: a promise was broken.
        """
        kind, number = action
        self.moment += self._tick
        match kind:
            case "apply":
                worker = self.workers[number]
                self._resume(worker, self._apply(worker.pending or []))
            case "look":
                self._resume(self.workers[number], 0)
            case "restart":
                self._live(self.workers[number])
            case "expire":
                self.space.close_session(self.ended_sessions.pop(number))
            case "arrive":
                self._apply(self.parked.pop(number))
            case "zombie":
                self.budget.zombies -= 1
                self.space.close_session(self.workers[number].session)
            case "crash":
                self.budget.crashes -= 1
                self._die(self.workers[number])
            case _:
                self._lose(self.workers[number], kind)

    def check_end(self, *, everything: bool = True) -> None:
        """When nothing more can happen, all must be done; ``everything`` that the workflow has, in this very run.

        Raises:
            Violation: the execution has not ended, or not as it should.
        """
        found = ExecutionRecord.read(self.space, self.record.id)
        assert found is not None
        if found[0].status == "running":
            raise Violation("nothing can happen any more, but the execution has not ended")
        if any(count != 1 for count in self.committed.values()):
            raise Violation(f"committed more than once: {self.committed}")
        left = [key for prefix in ("op/", "prop/") for key in self.space.keys(prefix)]
        ways = found[0].workflow not in ("install", "uninstall")  # of which not all are gone
        expected = counts(self.space, found[0])["total"] if ways else found[0].operations
        if everything and found[0].status == "succeeded" and len(self.committed) != expected:
            raise Violation(f"{len(self.committed)} of {expected} operations committed, yet it succeeded")
        if left:
            raise Violation(f"tuples are left: {left}")

    # -- one worker

    def _live(self, worker: Worker) -> None:
        worker.life += 1
        worker.session = self.space.open_session(10)
        announce(self.space, worker.session, {"id": f"w{worker.number}"})
        worker.held, worker.tries = [], 0
        worker.idle_since = worker.pending = None
        worker.body = greenlet(lambda _: self._body(worker))
        self._resume(worker, None)

    def _body(self, worker: Worker) -> None:
        """The loop of `worker.daemon.Worker`, its executor reduced to noting what was started."""
        space = SteppedSpace(self.store)
        work = Work(
            space,
            f"w{worker.number}",
            worker.session,
            self.machine(worker.number),
            clock=lambda: self.moment + self._tick / 2,
            pause=lambda _: None,
        )
        while worker.session in self.store.sessions:
            worker.tries = 0
            bell = self.space.index("bell/")  # read before looking
            worker.looked = self.store.index
            try:
                if worker.held:
                    self._commit(work, worker)
                elif not self._take(work, worker):
                    SteppedSpace.ask(bell)
            except UnknownOutcome:
                continue

    def machine(self, worker: int) -> str:
        """On which machine a worker is; overridden where it matters."""
        return ""

    def _commit(self, work: Work, worker: Worker) -> None:
        ended = []
        for held in worker.held:
            name = self._name(held)
            error = "exit code 1" if self._fails(name) else None
            check = name in worker.unmet
            outputs = self._outputs(worker, held) if self._says(name) and not error and not check else {}
            times = worker.began[name], self.moment + self._tick / 2
            code = 1 if error and not check else 0
            ended.append(Ended(held, Outcome(code, error if code else None, *times, outputs, worker.unmet.get(name))))
        progress = work.commit(ended, self.slots)
        for held in worker.held:
            self.executing.get(self._name(held), set()).discard(worker.session)
        worker.held = []
        self._start(work, worker, progress.kept)

    def _outputs(self, worker: Worker, held: Held) -> dict[str, Any]:
        attempt = held.lock_index - held.tuple.fields["base"]
        what = {"execution": self.record.id, "operation": self._name(held)}
        return {**what, "worker": f"w{worker.number}", "attempt": attempt}

    def _take(self, work: Work, worker: Worker) -> bool:
        taken = work.take(self.slots, {held.tuple.key for held in worker.held})
        self._start(work, worker, taken)
        if not taken:
            progress = work.propagate(self.slots)
            if progress is None:
                return False
            self._start(work, worker, progress.kept)
        return True

    def _start(self, work: Work, worker: Worker, held: Sequence[Held]) -> None:
        for one in held:
            if worker.session not in self.store.sessions:
                return  # the lease's clock: a worker that is fenced starts nothing
            name = self._name(one)
            if self.committed[name]:
                raise Violation(f"{name} is started after it was committed")
            others = {session for session in self.executing.get(name, set()) if session in self.store.sessions}
            if others:
                raise Violation(f"{name} is started while another worker runs it under a lease")
            self.executing.setdefault(name, set()).add(worker.session)
            self.starts[name] += 1
            worker.began[name] = self.moment
            self._look(work, worker, one)
            worker.held.append(one)
        self.check_order([self._name(one) for one in held])

    def _look(self, work: Work, worker: Worker, held: Held) -> None:
        """What `worker.checks` does: a check is looked at when it is taken, and committed later."""
        production, fields = work.production(held), held.tuple.fields
        about = production.steps[fields["step"]].check
        if about is not None:
            conditions = Conditions(self.space, "m", "i", InputsOnly(self.record))
            unmet = conditions.unmet(about["condition"], anchors_of(production, fields["flat"]))
            worker.unmet[self._name(held)] = unmet

    def check_order(self, started: Sequence[str]) -> None:
        """Overridden where a test knows what must come before what."""

    def _name(self, held: Held) -> str:
        fields = held.tuple.fields
        return f"{fields['production']}/{fields['flat']}/{fields['step']}"

    def _resume(self, worker: Worker, verdict: object) -> None:
        assert worker.body is not None
        worker.pending = worker.idle_since = None
        worker.tries += 1
        asked = worker.body.switch(verdict)
        if worker.body.dead:  # fenced: a new life under a new session
            self._live(worker)
        elif isinstance(asked, int):
            worker.idle_since = asked
        else:
            worker.pending = asked

    def _die(self, worker: Worker) -> None:
        body, worker.body = worker.body, None
        assert body is not None
        with_parent = greenlet.getcurrent()
        body.parent = with_parent
        with suppress(Killed):
            body.throw(Killed())
        for executing in self.executing.values():
            executing.discard(worker.session)
        worker.pending = worker.idle_since = None
        worker.held = []
        holds = any(entry.session == worker.session for entry in self.space.entries("op/"))
        if holds or self.budget.losses or self.parked:
            self.ended_sessions.append(worker.session)
        else:
            self.space.close_session(worker.session)  # it makes no difference when

    def _apply(self, verbs: list[Verb]) -> int | Exception:
        try:
            index = self.space.transact(self._broken(verbs) if self._broken else verbs)
        except Conflict as conflict:
            return conflict
        self._look_at_commits()
        return index

    def _lose(self, worker: Worker, kind: str) -> None:
        self.budget.losses -= 1
        if kind == "lose-applied":
            self._apply(worker.pending or [])
        elif kind == "park":
            self.parked.append(worker.pending or [])
        self._resume(worker, UnknownOutcome("lost"))

    # -- what can be seen

    def _look_at_commits(self) -> None:
        """Count the operations that history shows."""
        for key in self.space.keys(keys.prefix("done", self.record.id)):
            if key not in self._read:
                self._read.add(key)
                batch = json.loads(self.store.data[key].value)
                for event in (event for event in batch["events"] if "id" in event):
                    name = event["id"].partition("/")[2]
                    self.committed[name] += 1
                    if self._says(name) and not event["error"]:
                        self.said[name] = batch["worker"], event["attempt"]
                for event in (event for event in batch["events"] if "check" in event):
                    about = f"{event['step']}: {event['check']}", event["node"], event["index"][0]
                    if about in self.checked:
                        raise Violation(f"the check of {about} was committed twice")
                    self.checked[about] = event["met"]
        twice = [name for name, times in self.committed.items() if times > 1]
        if twice:
            raise Violation(f"committed twice: {twice}")
        stored = [json.loads(entry.value) for entry in self.space.entries("output/")]
        found = {o["operation"]: (o["worker"], o["attempt"]) for o in stored if o["execution"] == self.record.id}
        if found != self.said:
            raise Violation(f"the outputs are {found}, those of the operations committed are {self.said}")

    def fingerprint(self) -> int:
        """Two worlds with the same fingerprint have the same futures.

        Indexes count only by their order, and it makes no difference which worker is which.
        """
        return min(hash(self._fingerprint(order)) for order in itertools.permutations(self.workers))

    def _fingerprint(self, order: Sequence[Worker]) -> object:
        kept = (entry for entry in self.store.data.values() if not entry.key.startswith(NOT_LOOKED_AT))
        sessions = {worker.session: f"s{place}" for place, worker in enumerate(order)} | {
            name: f"dead{place}" for place, name in enumerate(self.ended_sessions)
        }
        names = {f'"w{worker.number}"'.encode(): f'"v{place}"'.encode() for place, worker in enumerate(order)}
        names[self.record.id.encode()] = b"E"
        sessions[self.record.id] = "E"
        entries = list(kept)
        ranks = {index: rank for rank, index in enumerate(sorted({entry.index for entry in entries}))}
        stored = sorted(
            (anonymous(entry.key, sessions), named(entry.value, names), ranks[entry.index], entry.lock_index,
             sessions.get(entry.session or "", ""), entry.session in self.store.sessions)
            for entry in entries
        )  # fmt: skip
        workers = tuple(
            (
                worker.alive,
                worker.session in self.store.sessions,
                worker.pending is not None and self._pending(worker.pending, names, sessions),
                self._wakes(worker),
                tuple(sorted((self._name(held), held.lock_index, self._seen(worker, held)) for held in worker.held)),
                min(worker.tries, 4),
            )
            for worker in order
        )
        parked = tuple(sorted(str(self._pending(verbs, names, sessions)) for verbs in self.parked))
        dead = tuple(sorted(sessions.get(name, "") for name in self.ended_sessions))
        faults = (self.budget.crashes, self.budget.zombies, self.budget.losses)
        return tuple(stored), workers, parked, dead, faults

    def _seen(self, worker: Worker, held: Held) -> str:
        """What it has seen when it looked."""
        return str(worker.unmet.get(self._name(held)))

    def _pending(self, verbs: Sequence[Verb], names: dict[bytes, bytes], sessions: dict[str, str]) -> object:
        """A transaction: for each guard by an index, only whether it still holds."""
        found: list[Any] = []
        for verb in verbs:
            index = verb.index if isinstance(verb, Cas | CheckIndex) else None
            entry = self.store.data.get(verb.key)
            holds = None if index is None else (entry.index if entry else 0) == index
            session = verb.session if isinstance(verb, CheckSession | Lock) else ""
            value = named(getattr(verb, "value", b""), names)
            found.append((type(verb).__name__, anonymous(verb.key, sessions), value, holds, sessions.get(session)))
        return tuple(found)
