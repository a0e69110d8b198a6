"""Every order in which two workers can do three operations, with a fault at every step.

The exploration is exhaustive: from each state everything that may happen next is tried, states that have the same
futures once.  What each guard of the protocol is for is shown by leaving it out: the exploration finds the violation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from engine.rete.condition import Quantifier, Verdict, verdict
from engine.rete.memory import CellId
from engine.rete.network import Network
from engine.space.errors import UnknownOutcome
from engine.space.verbs import CheckIndex, CheckSession, Delete, Lock, Set, Verb
from tests.engine.executions.world import Action, Budget, SteppedSpace, Violation, World, determined
from tests.support.flows import flows
from tests.support.topologies import Node, topology
from tosca.model import ServiceTemplate

JOIN = topology(
    [
        Node("A", operations=("create",)),
        Node("B", operations=("create",)),
        Node("C", depends=("A", "B"), operations=("create",)),
    ]
)
CHAIN = topology([Node("A", operations=("create", "start")), Node("C", depends=("A",), operations=("create",))])
SHARED_HOST = topology(
    [
        Node("H", operations=()),
        Node("A", "H", operations=("create",)),
        Node("B", "H", operations=("create", "start")),
    ]
)


class Ordered(World):
    """A world that knows what must have been committed before C starts."""

    def check_order(self, started: Sequence[str]) -> None:
        for name in started:
            if name.startswith("C/"):
                before = [done for done in self.committed if done[0] in "AB" and self.committed[done]]
                if len(before) != 2:
                    raise Violation(f"{name} is started when only {before} are committed")


class OneHost(World):
    """A world in which no two operations may run at once."""

    def check_order(self, started: Sequence[str]) -> None:
        running = {
            name
            for name, sessions in self.executing.items()
            if any(session in self.store.sessions for session in sessions)
        }
        if len(running) > 1:
            raise Violation(f"{sorted(running)} run on one host at the same time")


def explore(make: Callable[[], World], most: int = 400_000) -> int:
    """Try everything; return the number of different states.

    Raises:
        Violation: with the shortest way found to it.
    """
    seen: set[int] = set()
    ways: list[list[Action]] = [[]]
    while ways:
        way = ways.pop()
        with determined():
            world = make()
            for action in way:
                world.do(action)
            while True:
                fingerprint = world.fingerprint()
                if fingerprint in seen:
                    break
                seen.add(fingerprint)
                assert len(seen) <= most, "the state space is larger than expected"
                actions = world.actions()
                if not actions:
                    try:
                        world.check_end()
                    except Violation as violation:
                        raise Violation(f"{violation}; after {way}") from violation
                    break
                ways += [[*way, action] for action in actions[1:]]
                way = [*way, actions[0]]
                try:
                    world.do(actions[0])
                except Violation as violation:
                    raise Violation(f"{violation}; after {way}") from violation
    return len(seen)


BUDGETS = [
    Budget(),
    Budget(crashes=1),
    Budget(zombies=1),
    Budget(losses=1),
    Budget(crashes=1, zombies=1),
    Budget(crashes=1, losses=1),
    Budget(crashes=2),
]
LOST_AND_FENCED = Budget(losses=1, zombies=1)
EVERYTHING = Budget(crashes=1, zombies=1, losses=1)


def world(
    template: ServiceTemplate,
    budget: Budget,
    slots: int = 1,
    broken: Callable[[Sequence[Verb]], list[Verb]] | None = None,
    kind: type[World] = Ordered,
    **options: Any,
) -> Callable[[], World]:
    def make() -> World:
        fresh = Budget(budget.crashes, budget.zombies, budget.losses)
        return kind(template, slots=slots, budget=fresh, broken=broken, **options)

    return make


@pytest.mark.parametrize(
    ("slots", "budget"),
    [*((slots, budget) for slots in (1, 2) for budget in BUDGETS), (2, LOST_AND_FENCED), (1, EVERYTHING)],
    ids=str,
)
def test_two_workers_join_two_operations_whatever_fails(slots: int, budget: Budget) -> None:
    assert explore(world(JOIN, budget, slots)) > 5


@pytest.mark.parametrize("budget", [*BUDGETS, LOST_AND_FENCED, EVERYTHING], ids=str)
def test_an_operation_is_followed_by_the_next_in_its_place_whatever_fails(budget: Budget) -> None:
    assert explore(world(CHAIN, budget)) > 5


@pytest.mark.parametrize("budget", BUDGETS, ids=str)
def test_operations_on_one_host_take_turns_whatever_fails(budget: Budget) -> None:
    assert explore(world(SHARED_HOST, budget, slots=2, kind=OneHost)) > 5


class Saying(Ordered):
    """A world whose operations have outputs."""

    def __init__(self, template: ServiceTemplate, **options: Any) -> None:
        super().__init__(template, says=lambda operation: True, **options)


@pytest.mark.parametrize("template", [JOIN, CHAIN], ids=["join", "chain"])
@pytest.mark.parametrize("budget", BUDGETS[:5], ids=str)
def test_outputs_are_those_of_the_attempt_that_was_committed_whatever_fails(
    template: ServiceTemplate, budget: Budget
) -> None:
    assert explore(world(template, budget, kind=Saying)) > 5


def test_outputs_that_are_stored_without_the_guards_of_their_commit_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def apply(self: World, verbs: list[Verb]) -> int | Exception:
        self.space.transact([verb for verb in verbs if isinstance(verb, Set) and verb.key.startswith("output/")])
        return original(self, verbs)

    original = World._apply
    monkeypatch.setattr(World, "_apply", apply)
    with pytest.raises(Violation, match="the outputs are"):
        explore(world(JOIN, Budget(zombies=1), kind=Saying))


def without(guard: type[Verb]) -> Callable[[Sequence[Verb]], list[Verb]]:
    return lambda verbs: [verb for verb in verbs if not isinstance(verb, guard)]


def commits_blindly(verbs: Sequence[Verb]) -> list[Verb]:
    """Memories are written whatever they are now."""
    return [Set(verb.key, verb.value) if hasattr(verb, "index") and hasattr(verb, "value") else verb for verb in verbs]


def takes_blindly(verbs: Sequence[Verb]) -> list[Verb]:
    """A tuple is locked whether or not it is the one that was seen."""
    only_guards = all(isinstance(verb, CheckIndex | Lock) for verb in verbs)
    return [verb for verb in verbs if not (only_guards and isinstance(verb, CheckIndex))]


def forgets_to_delete(verbs: Sequence[Verb]) -> list[Verb]:
    return [verb for verb in verbs if not (isinstance(verb, Delete) and verb.key.startswith("op/"))]


@pytest.mark.parametrize(
    ("broken", "budget"),
    [
        pytest.param(takes_blindly, Budget(), id="take without check-index"),
        pytest.param(commits_blindly, Budget(), id="memories written blindly"),
        pytest.param(forgets_to_delete, Budget(), id="tuple not retired"),
        pytest.param(
            lambda verbs: without(CheckSession)(commits_blindly(verbs)),
            Budget(zombies=1),
            id="commit without check-session and cas",
        ),
    ],
)
def test_a_protocol_without_a_guard_is_caught(broken: Callable[[Sequence[Verb]], list[Verb]], budget: Budget) -> None:
    with pytest.raises(Violation):
        explore(world(JOIN, budget, broken=broken))


def test_a_lost_answer_that_is_taken_for_success_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def transact(self: SteppedSpace, verbs: Sequence[Verb]) -> int:
        try:
            return stepped(self, verbs)
        except UnknownOutcome:
            return 0

    stepped = SteppedSpace.transact
    monkeypatch.setattr(SteppedSpace, "transact", transact)
    with pytest.raises(Violation):
        explore(world(JOIN, Budget(losses=1)))


def test_a_host_that_does_not_queue_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.executions.commit.host_of", lambda production, flat: None)
    with pytest.raises(Violation, match="one host"):
        explore(world(SHARED_HOST, Budget(), slots=2, kind=OneHost))


# -- workflows of a topology

RESCUE = flows(
    """\
    w:
      steps:
        try:
          { target: all, activities: [ { call_operation: Standard.stop } ], on_success: next, on_failure: rescue }
        next: { target: db, activities: [ { call_operation: Standard.start } ] }
        rescue: { target: app, activities: [ { set_state: stopped }, { call_operation: Standard.create } ] }
"""
)
SELECTED = flows(
    """\
    w:
      steps:
        set: { target: db, activities: [ { call_operation: Standard.start }, { set_state: started } ] }
        ask: { target: db, filter: [ { state: started } ], activities: [ { call_operation: Standard.stop } ] }
"""
)


class Rescued(World):
    """A world in which one of two operations fails: then the third follows when both have ended, and no other."""

    def __init__(self, template: ServiceTemplate, **options: Any) -> None:
        super().__init__(template, fails=lambda name: name.startswith("w:try:0:app"), workflow="w", **options)

    def check_order(self, started: Sequence[str]) -> None:
        for name in started:
            if name.startswith("w:next"):
                raise Violation(f"{name} is started, though what it waits for has failed")
            if name.startswith("w:rescue") and len(self.committed) != 2:
                raise Violation(f"{name} is started when only {sorted(self.committed)} are committed")

    def check_end(self, *, everything: bool = True) -> None:
        super().check_end(everything=everything)
        if not any(name.startswith("w:rescue") for name in self.committed):
            raise Violation("nobody came to the rescue")


class Asked(World):
    """A world in which what a worker sees decides, once for all, whether an operation runs."""

    def __init__(self, template: ServiceTemplate, **options: Any) -> None:
        super().__init__(template, workflow="w", **options)

    def check_end(self, *, everything: bool = True) -> None:
        super().check_end(everything=everything)
        ran = any(name.startswith("w:ask:0") for name in self.committed)
        if self.checked != {("ask: filter", "db", 0): ran}:
            raise Violation(f"checked was {self.checked}, and it {'ran' if ran else 'did not run'}")


@pytest.mark.parametrize(
    ("slots", "budget"), [*((slots, budget) for slots in (1, 2) for budget in BUDGETS[:5])], ids=str
)
def test_a_failure_lets_the_steps_run_that_are_there_for_it_whatever_else_fails(slots: int, budget: Budget) -> None:
    assert explore(world(RESCUE, budget, slots, kind=Rescued)) > 5


@pytest.mark.parametrize("budget", BUDGETS[:5], ids=str)
def test_what_a_check_has_found_decides_once_for_all_whatever_fails(budget: Budget) -> None:
    assert explore(world(SELECTED, budget, kind=Asked)) > 5


def test_a_check_whose_answer_is_not_committed_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here whoever commits what follows looks again."""

    def complete(self: Network, id_: CellId, *, failed: bool = False, skipped: bool = False) -> None:
        original(self, id_, failed=failed, skipped=False)

    original = Network.complete
    monkeypatch.setattr(Network, "complete", complete)
    with pytest.raises(Violation, match="checked was"):
        explore(world(SELECTED, Budget(), kind=Asked))


def test_a_rescue_that_does_not_wait_for_what_still_runs_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def hasty(quantifier: Quantifier, *memory: int) -> Verdict:
        return verdict(Quantifier.ANY if quantifier is Quantifier.SOME else quantifier, *memory)

    monkeypatch.setattr("engine.rete.network.verdict", hasty)
    with pytest.raises(Violation, match="is started when only"):
        explore(world(RESCUE, Budget(), kind=Rescued))
