"""The network: facts in, memories updated, activations out.

Place in the flow: a worker whose operation has ended calls `Network.complete` between reading the memories that it
feeds and writing them; what became possible comes back as the change of the conflict set.

The network is incremental: a fact touches the memories that it is an input of and no others, whatever else there is.
It does no I/O; `Memories` and `Productions` stand between it and the space.  Everything is idempotent: a fact may be
put into the rules again after a crash.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from engine.rete.condition import ARITY, Condition, Quantifier, Verdict, verdict
from engine.rete.entry import entry, last_state
from engine.rete.memory import Cell, CellId, Group, GroupId, Phase
from engine.rete.production import FAILURE, Feed, Production, Productions, Step

_FORESEEN = 8  # of what a fact feeds so many are read ahead; what feeds more is mostly left to continuations
ENTER = -1
"""The step of a feed that merely makes an instance take part in the run."""


class StaleRun(Exception):
    """A fact of an earlier run has come to a memory that a later run uses: it means nothing any more."""


class Truth(StrEnum):
    """What became of a fact."""

    PASSED = "passed"
    SKIPPED = "skipped"  # passed in an earlier run, or by an instance that a check has left out
    RETRACTED = "retracted"  # holds no longer
    DEAD = "dead"  # will never hold: the instance failed, or waits for one that did
    FAILED = "failed"  # dead, since an operation on behalf of the fed instance failed


class Fact(NamedTuple):
    """A working memory element: instance ``flat`` of ``production`` is past ``step``."""

    production: str
    flat: int
    step: int
    truth: Truth


class Continuation(NamedTuple):
    """Facts still to be put into rules: the fact, for the instances lo to hi of its feed number ``feed``."""

    fact: Fact
    feed: int
    lo: int
    hi: int


class _Delivery(NamedTuple):
    production: str
    flat: int
    step: int
    level: int
    input: int
    truth: Truth


@dataclass(slots=True)
class ConflictSet:
    """How the conflict set changed, and what else has to be known of a change."""

    activations: list[CellId] = field(default_factory=list)
    withdrawals: list[CellId] = field(default_factory=list)
    states: list[tuple[CellId, str]] = field(default_factory=list)
    continuations: list[Continuation] = field(default_factory=list)
    skipped: int = 0  # operations that are not run since an earlier run is past them
    ended: bool = False


class Memories(ABC):
    """The memories of one run, as far as they are looked at."""

    @abstractmethod
    def load(self, ids: Iterable[CellId | GroupId]) -> None:
        """Make these ready for `get`, in one go."""

    @abstractmethod
    def get(self, id_: CellId | GroupId) -> Cell | Group | None:
        """The memory, which the network may change in place; None when it has never been written."""

    @abstractmethod
    def put(self, id_: CellId | GroupId, memory: Cell | Group) -> None:
        """Add a memory that was not there, or belongs to an earlier run."""

    @property
    @abstractmethod
    def touched(self) -> int:
        """How many memories have been looked at; those that were only made ready do not count."""


class Network:
    """The productions of a workflow at work on the memories of one run."""

    def __init__(
        self,
        productions: Productions,
        memories: Memories,
        run: int,
        *,
        since: int | None = None,
        limit: int = 1 << 30,
    ) -> None:
        """``limit``: once so many memories have been touched, what is left becomes continuations.

        ``since`` is the first run of this very network that this one goes on with; else it begins anew.
        """
        self._productions = productions
        self._production = productions.get
        self._memories = memories
        self._run = run
        self._since = run if since is None else since
        self.limit = limit
        self._facts: list[Fact] = []
        self._deliveries: list[_Delivery] = []
        self.changes = ConflictSet()

    # -- what happens from outside

    def prepare(self, ids: Iterable[tuple[CellId, int]]) -> None:
        """Load at one go the memories of instances whose operation of a step has ended, and what they will feed."""
        steps = dict(ids)
        self._productions.load({id_.production for id_ in steps})
        deliveries = [
            _Delivery(feed.target, target, feed.step, 0, feed.input(id_.flat), Truth.PASSED)
            for id_, step in steps.items()
            for feed in self._production(id_.production).feeds_until_next_wait(step)
            for target in feed.targets(id_.flat)[:_FORESEEN]
        ]
        self._productions.load({delivery.production for delivery in deliveries})
        addresses = (_address(self._production(delivery.production), delivery) for delivery in deliveries)
        holders = (_holder_of(self._production(id_.production), id_.flat) for id_ in steps)
        self._memories.load([*steps, *addresses, *(holder for holder in holders if holder is not None)])

    def complete(self, id_: CellId, *, failed: bool = False, skipped: bool = False) -> None:
        """The operation of an activated instance has ended; or its check, by which it may be ``skipped``."""
        production, cell = self._production(id_.production), self._cell(id_)
        cell.skip |= skipped
        if not failed:
            self._pass(production, id_, cell)
        elif production.tolerant:
            cell.failed = True
            self._pass(production, id_, cell)
        else:
            self._fail(production, id_, cell)
        self._advance(production, id_, cell)
        self._propagate()

    def assert_fact(self, fact: Fact) -> None:
        """Put a fact into all rules that it feeds."""
        self._facts.append(fact)
        self._propagate()

    def retract(self, id_: CellId, step: int = 0) -> None:
        """The instance goes back to ``step``: the facts that it had passed that step and later ones hold no longer."""
        production, cell = self._production(id_.production), self._cell(id_)
        for passed in range(step, len(production.steps)):
            if passed < cell.step or cell.phase in (Phase.FAILED, Phase.BLOCKED):
                self._fact(production, id_, passed, Truth.RETRACTED)
            condition = production.steps[passed].condition
            if condition is not None and passed < cell.step:
                cell.missing[passed], _ = _bits(cell, passed, condition)
        if cell.phase is Phase.OPERATION:
            self.changes.withdrawals.append(id_)
        if cell.phase in (Phase.FINISHED, Phase.FAILED, Phase.BLOCKED):
            self._fact(production, id_, FAILURE, Truth.RETRACTED)
        cell.step, cell.phase, cell.failed = min(step, cell.step), Phase.WAITING, False
        cell.skip &= production.owned
        self._advance(production, id_, cell)
        self._propagate()

    def resume(self, continuation: Continuation) -> None:
        """Go on where the limit was reached."""
        fact = continuation.fact
        feed = self._production(fact.production).feeds[fact.step][continuation.feed]
        self._deliver(fact, feed, feed.targets(fact.flat)[continuation.lo : continuation.hi])
        self._propagate()

    # -- facts into memories

    def _propagate(self) -> None:
        while self._facts or self._deliveries:
            facts, self._facts = self._facts, []
            for fact in facts:
                self._feed(fact)
            deliveries, self._deliveries = self._deliveries, []
            self._productions.load({delivery.production for delivery in deliveries})
            self._memories.load(_address(self._production(d.production), d) for d in deliveries)
            for delivery in deliveries:
                self._receive(delivery)

    def _feed(self, fact: Fact) -> None:
        for number, feed in enumerate(self._production(fact.production).feeds.get(fact.step, ())):
            targets = feed.targets(fact.flat)
            if targets and self._memories.touched + len(self._deliveries) + len(targets) > self.limit:
                self.changes.continuations.append(Continuation(fact, number, 0, len(targets)))
            else:
                self._deliver(fact, feed, targets)

    def _deliver(self, fact: Fact, feed: Feed, targets: range) -> None:
        input_ = feed.input(fact.flat)
        self._deliveries += [_Delivery(feed.target, flat, feed.step, 0, input_, fact.truth) for flat in targets]

    def _receive(self, delivery: _Delivery) -> None:
        production = self._production(delivery.production)
        address = _address(production, delivery)
        if isinstance(address, GroupId):
            condition = production.steps[delivery.step].condition
            assert condition is not None  # noqa: S101 - only conditions are fed
            self._receive_in_group(address, condition, delivery)
            return
        cell = self._cell(address)
        if delivery.step != ENTER:
            self._receive_in_cell(production, address, cell, delivery)
        self._advance(production, address, cell)

    def _receive_in_group(self, address: GroupId, condition: Condition, delivery: _Delivery) -> None:
        size = condition.group_size(address.level, address.group)
        group = self._memories.get(address)
        if not isinstance(group, Group) or group.run != self._run:
            group = Group(self._run, (1 << size) - 1)
            self._memories.put(address, group)
        before = verdict(condition.inner, size, group.missing, group.dead)
        group.missing, group.dead = _updated(group.missing, group.dead, delivery.input % ARITY, delivery.truth)
        after = verdict(condition.inner, size, group.missing, group.dead)
        if after != before:
            truth = {Verdict.HOLDS: Truth.PASSED, Verdict.DEAD: Truth.DEAD, Verdict.OPEN: Truth.RETRACTED}[after]
            up = delivery._replace(level=delivery.level + 1, input=address.group, truth=truth)
            self._deliveries.append(up)

    def _receive_in_cell(self, production: Production, id_: CellId, cell: Cell, delivery: _Delivery) -> None:
        step = delivery.step
        condition = production.steps[step].condition
        assert condition is not None  # noqa: S101 - only conditions are fed
        missing, dead = _bits(cell, step, condition)
        missing, dead = _updated(missing, dead, delivery.input, delivery.truth)
        cell.missing[step], cell.dead[step] = missing, dead
        if delivery.truth is Truth.SKIPPED and _is_skipped_with(production, delivery):
            cell.skip = True
        if delivery.truth is Truth.FAILED:
            self._blame(production, id_, cell)
        if step == cell.step:
            self._reconsider(production, id_, cell, verdict(condition.quantifier, condition.top, missing, dead))
        elif step < cell.step and not missing and condition.quantifier is Quantifier.ALL:
            del cell.missing[step]
        if not dead:
            del cell.dead[step]

    def _reconsider(self, production: Production, id_: CellId, cell: Cell, now: Verdict) -> None:
        """A condition that held, or was dead, may be open again."""
        if cell.phase is Phase.OPERATION and now is not Verdict.HOLDS:
            self.changes.withdrawals.append(id_)
            cell.phase = Phase.WAITING
        elif cell.phase is Phase.BLOCKED and now is not Verdict.DEAD:
            cell.phase = Phase.WAITING
            for step in (*range(cell.step, len(production.steps)), FAILURE):
                self._fact(production, id_, step, Truth.RETRACTED)

    # -- one instance through its steps

    def _cell(self, id_: CellId) -> Cell:
        """The cell of this run; one that is new, or of an earlier run, enters it."""
        self._memories.load([id_])
        earlier = self._memories.get(id_)
        if isinstance(earlier, Cell) and earlier.run == self._run:
            return earlier
        if isinstance(earlier, Cell) and earlier.run > self._run:
            raise StaleRun
        cell, production = Cell(self._run), self._production(id_.production)
        self._memories.put(id_, cell)
        if isinstance(earlier, Cell) and earlier.run >= self._since and not production.tolerant:
            self._go_on(production, id_, cell, earlier)
        else:
            self._enter(production, id_, cell, earlier if isinstance(earlier, Cell) else Cell(0))
        return cell

    def _go_on(self, production: Production, id_: CellId, cell: Cell, earlier: Cell) -> None:
        """Take the instance up at the very step at which an earlier run of this network has left it.

        A failure is tried again, unless the network has gone another way for it; the end is reached anew.
        """
        cell.state, cell.stable, cell.skip = earlier.state, earlier.stable, earlier.skip
        cell.step = 0 if any(step.end for step in production.steps) else earlier.step
        self.changes.skipped += sum(1 for step in production.steps[: cell.step] if step.operation is not None)
        for step in range(cell.step):
            self._fact(production, id_, step, Truth.SKIPPED if cell.skip else Truth.PASSED)
        if earlier.phase is Phase.FAILED and production.subject.get("handled"):
            cell.phase = Phase.FAILED
            self._forgo(production, cell.step)
            for step in range(cell.step, len(production.steps)):
                self._fact(production, id_, step, Truth.DEAD)
            self._fact(production, id_, FAILURE, Truth.PASSED)

    def _enter(self, production: Production, id_: CellId, cell: Cell, earlier: Cell) -> None:
        """Go on from the state that earlier runs have brought the node to."""
        if production.state_of is not None:
            return
        cell.state = cell.stable = earlier.stable
        cell.step = entry(production, earlier.stable, failed=earlier.state == "error")
        self.changes.skipped += sum(1 for step in production.steps[: cell.step] if step.operation is not None)
        began = earlier.stable != "initial" and earlier.phase is not Phase.FINISHED
        for step in range(cell.step):
            at_state = began and step == cell.step - 1
            self._fact(production, id_, step, Truth.PASSED if at_state else Truth.SKIPPED)

    def _advance(self, production: Production, id_: CellId, cell: Cell) -> None:
        while cell.phase is Phase.WAITING:
            if cell.step == len(production.steps):
                self._finish(production, id_, cell)
                return
            step = production.steps[cell.step]
            now = _verdict(cell, step)
            if now is Verdict.DEAD:
                self._block(production, id_, cell)
            elif now is Verdict.OPEN:
                return
            elif production.resumes and cell.step == 0 and not cell.skip:
                self._take_up(production, id_, cell)
            elif step.works and not cell.skip:
                cell.phase = Phase.OPERATION
                self.changes.activations.append(id_)
            else:
                self.changes.skipped += step.operation is not None
                self._act(production, id_, cell, step)
                self._pass(production, id_, cell)

    def _finish(self, production: Production, id_: CellId, cell: Cell) -> None:
        cell.phase = Phase.FINISHED
        if cell.failed and production.state_of is not None and not production.owned:
            self._enter_state(production, id_, cell, "error")
        self._fact(production, id_, FAILURE, Truth.DEAD)

    def _take_up(self, production: Production, id_: CellId, cell: Cell) -> None:
        """Go on behind the step that has set the state in which the instance is whose state it sets."""
        stable = self._state_holder(production, id_, cell).stable
        self._pass(production, id_, cell)
        target = entry(production, stable)
        whole = target > last_state(production)
        for step in range(1, target):
            self.changes.skipped += production.steps[step].operation is not None
            at_state = step == target - 1 and stable != "initial" and not whole
            self._fact(production, id_, step, Truth.PASSED if at_state else Truth.SKIPPED)
        cell.step = max(cell.step, target)

    def _act(self, production: Production, id_: CellId, cell: Cell, step: Step) -> None:
        if step.state is not None and not (cell.skip and production.state_of is not None):
            self._enter_state(production, id_, cell, step.state, fleeting=step.fleeting)
            cell.failed = False
        self.changes.ended |= step.end

    def _enter_state(
        self, production: Production, id_: CellId, cell: Cell, state: str, *, fleeting: bool = False
    ) -> None:
        """Set the state, or ``error`` where an operation has failed that led to it."""
        state = "error" if cell.failed else state
        self._state_holder(production, id_, cell).enter(state, fleeting=fleeting)
        self.changes.states.append((id_, state))

    def _state_holder(self, production: Production, id_: CellId, cell: Cell) -> Cell:
        """The memory in which the state stands that an instance sets: its own, or another one's."""
        holder = _holder_of(production, id_.flat)
        if holder is None:
            return cell
        self._memories.load([holder])
        found = self._memories.get(holder)
        if not isinstance(found, Cell):
            found = Cell(0)  # of no run: it has never taken part in one
            self._memories.put(holder, found)
        if found.run > self._run:
            raise StaleRun
        return found

    def _pass(self, production: Production, id_: CellId, cell: Cell) -> None:
        condition = production.steps[cell.step].condition
        if condition is not None and condition.quantifier is Quantifier.ALL:
            cell.missing.pop(cell.step, None)
            cell.dead.pop(cell.step, None)
        self._fact(production, id_, cell.step, Truth.SKIPPED if cell.skip else Truth.PASSED)
        cell.step += 1
        cell.phase = Phase.WAITING

    def _block(self, production: Production, id_: CellId, cell: Cell) -> None:
        if cell.failed:
            self._fail(production, id_, cell)
            return
        cell.phase = Phase.BLOCKED
        self._forgo(production, cell.step)
        for step in (*range(cell.step, len(production.steps)), FAILURE):
            self._fact(production, id_, step, Truth.DEAD)

    def _blame(self, production: Production, id_: CellId, cell: Cell) -> None:
        """An operation on behalf of the instance has failed: it fails too, also when it is blocked already."""
        cell.failed = True
        if cell.phase is Phase.BLOCKED:
            cell.phase = Phase.FAILED
            self._enter_state(production, id_, cell, "error")
            self._fact(production, id_, FAILURE, Truth.PASSED)

    def _fail(self, production: Production, id_: CellId, cell: Cell) -> None:
        self._forgo(production, cell.step + (cell.phase is Phase.OPERATION))
        cell.phase = Phase.FAILED
        if not production.owned:
            self._enter_state(production, id_, cell, "error")
        truth = Truth.FAILED if production.owned else Truth.DEAD
        for step in range(cell.step, len(production.steps)):
            self._fact(production, id_, step, truth)
        self._fact(production, id_, FAILURE, Truth.PASSED)

    def _forgo(self, production: Production, first: int) -> None:
        """Where another way may be gone instead, what lies on this one counts as skipped, not as yet to be done."""
        if production.state_of is not None:
            self.changes.skipped += sum(1 for step in production.steps[first:] if step.operation is not None)

    def _fact(self, production: Production, id_: CellId, step: int, truth: Truth) -> None:
        if step in production.feeds:
            self._facts.append(Fact(id_.production, id_.flat, step, truth))


def _holder_of(production: Production, flat: int) -> CellId | None:
    """The instance whose state an instance sets, if that is another one."""
    if production.state_of is None:
        return None
    name, modulo, divide = production.state_of
    return CellId(name, (flat % modulo if modulo else flat) // divide)


def _is_skipped_with(production: Production, delivery: _Delivery) -> bool:
    """Whether an instance is skipped when that input is: its owner's, or any that lets it begin."""
    if production.owned:
        return delivery.input == 0
    return production.state_of is not None and delivery.step == 0


def _address(production: Production, delivery: _Delivery) -> CellId | GroupId:
    """Which memory holds this input at this level of the tree."""
    if delivery.step != ENTER:
        condition = production.steps[delivery.step].condition
        if condition is not None and delivery.level < condition.depth:
            group = delivery.input // ARITY
            return GroupId(delivery.production, delivery.flat, delivery.step, delivery.level, group)
    return CellId(delivery.production, delivery.flat)


def _updated(missing: int, dead: int, input_: int, truth: Truth) -> tuple[int, int]:
    bit = 1 << input_
    match truth:
        case Truth.PASSED | Truth.SKIPPED:
            return missing & ~bit, dead & ~bit
        case Truth.RETRACTED:
            return missing | bit, dead & ~bit
        case Truth.DEAD | Truth.FAILED:
            return missing | bit, dead | bit


def _bits(cell: Cell, step: int, condition: Condition) -> tuple[int, int]:
    came = step < cell.step and condition.quantifier is Quantifier.ALL  # what has been passed is not kept
    untouched = 0 if came else (1 << condition.top) - 1
    return cell.missing.get(step, untouched), cell.dead.get(step, 0)


def _verdict(cell: Cell, step: Step) -> Verdict:
    if step.condition is None:
        return Verdict.HOLDS
    missing, dead = _bits(cell, cell.step, step.condition)
    return verdict(step.condition.quantifier, step.condition.top, missing, dead)
