"""The network agrees with a matcher that counts everything anew, whatever happens in whatever order."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.rete.condition import ARITY, Condition, Quantifier
from engine.rete.memory import Cell, CellId, Group, Phase
from engine.rete.network import ENTER, Continuation, Fact, Network, StaleRun, Truth
from engine.rete.production import Feed, Production, Step, Wiring
from tests.engine.rete.naive import Naive
from tests.engine.rete.worlds import DictMemories, DictProductions, networks

OPERATION = Step(operation={"name": "act"})


class World:
    """A network, its memories, its conflict set, and the naive matcher to compare with."""

    def __init__(self, productions: dict[str, Production], seed: int = 0, *, limit: int = 1 << 30) -> None:
        self.productions = productions
        self.memories = DictMemories()
        self.naive = Naive(productions)
        self.random = random.Random(seed)
        self.limit = limit
        self.conflict_set: set[CellId] = set()
        self.continuations: list[Continuation] = []

    def network(self) -> Network:
        self.memories.settle()
        return Network(DictProductions(self.productions), self.memories, 1, limit=self.limit)

    def take_in(self, network: Network) -> None:
        """Apply the changes of the conflict set, in any order of what is left to be put into rules."""
        for id_ in network.changes.activations:
            assert id_ not in self.conflict_set or id_ in network.changes.withdrawals
        withdrawn = set(network.changes.withdrawals)
        for id_ in (*network.changes.activations, *withdrawn):
            active = self.memories.cells[id_].phase is Phase.OPERATION
            (self.conflict_set.add if active else self.conflict_set.discard)(id_)
        self.continuations += network.changes.continuations

    def drain(self) -> None:
        while self.continuations:
            network = self.network()
            chosen = self.continuations.pop(self.random.randrange(len(self.continuations)))
            if chosen.hi - chosen.lo > 2:
                middle = (chosen.lo + chosen.hi) // 2
                self.continuations.append(chosen._replace(lo=middle))
                chosen = chosen._replace(hi=middle)
            network.resume(chosen)
            self.take_in(network)

    def enter_all(self) -> None:
        for production in self.productions.values():
            for flat in range(production.count):
                start = Production(".start", 1, (), {0: (Feed(production.name, ENTER, Wiring.DOWN, 1),)})
                productions = {**self.productions, ".start": start}
                self.memories.settle()
                network = Network(DictProductions(productions), self.memories, 1)
                network.assert_fact(Fact(".start", flat, 0, Truth.PASSED))
                self.take_in(network)

    def complete(self, id_: CellId, *, failed: bool = False, skipped: bool = False) -> None:
        self.conflict_set.discard(id_)
        network = self.network()
        if self.random.random() < 0.5:  # reading ahead changes nothing
            network.prepare([(id_, self.memories.cells[id_].step)])
        network.complete(id_, failed=failed, skipped=skipped)
        self.take_in(network)
        self.drain()

    def retract(self, id_: CellId, step: int) -> None:
        network = self.network()
        network.retract(id_, step)
        self.take_in(network)

    def check(self) -> None:
        cells = self.memories.cells
        for id_ in self.naive.instances():
            assert cells[id_].phase is self.naive.phase(cells, id_), id_
        assert self.conflict_set == {id_ for id_, cell in cells.items() if cell.phase is Phase.OPERATION}


@settings(max_examples=150)
@given(networks(), st.integers(0, 2**32), st.lists(st.floats(0, 1), min_size=1, max_size=25))
def test_the_conflict_set_is_that_of_the_naive_matcher_after_every_assertion_failure_and_retraction(
    productions: dict[str, Production], seed: int, events: list[float]
) -> None:
    world = World(productions, seed)
    world.enter_all()
    world.check()
    for event in events:
        cells = world.memories.cells
        if event < 0.65 and world.conflict_set:
            id_ = world.random.choice(sorted(world.conflict_set))
            checked = productions[id_.production].steps[cells[id_].step].check is not None
            world.complete(id_, failed=event < 0.2, skipped=checked and 0.2 < event < 0.3)
        else:
            id_ = world.random.choice(sorted(world.naive.instances()))
            world.retract(id_, world.random.randint(0, max(0, cells[id_].step)))
        world.check()


@settings(max_examples=100)
@given(
    networks((Quantifier.ALL, Quantifier.SETTLED, Quantifier.SOME, Quantifier.NEVER)),
    st.integers(0, 2**32),
    st.integers(1, 12),
)
def test_a_network_that_is_run_in_small_pieces_comes_to_the_same_end(
    productions: dict[str, Production], seed: int, limit: int
) -> None:
    """What does not fit into a commit is left to continuations, which anybody may take up in any order."""
    ends = []
    for some_limit in (1 << 30, limit):
        world = World(productions, seed, limit=some_limit)
        world.enter_all()
        while world.conflict_set:
            id_ = world.random.choice(sorted(world.conflict_set))
            world.complete(id_, failed=hash((id_, seed)) % 7 == 0)
            world.check()
        ends.append({id_: (cell.step, cell.phase, cell.state) for id_, cell in world.memories.cells.items()})
    assert ends[0] == ends[1]


@settings(max_examples=50)
@given(networks((Quantifier.ALL,)), st.integers(0, 2**32))
def test_putting_a_fact_into_the_rules_twice_changes_nothing(productions: dict[str, Production], seed: int) -> None:
    world = World(productions, seed)
    world.enter_all()
    for _ in range(5):
        if world.conflict_set:
            world.complete(world.random.choice(sorted(world.conflict_set)))
    before = {id_: memory.encoded() for id_, memory in world.memories.stored.items()}
    for id_, cell in world.memories.cells.items():
        for step in range(cell.step):
            network = world.network()
            network.assert_fact(Fact(id_.production, id_.flat, step, Truth.PASSED))
            assert not network.changes.activations
    assert {id_: memory.encoded() for id_, memory in world.memories.stored.items()} == before


@pytest.mark.parametrize("inputs", [1, ARITY, ARITY + 1, 1000, ARITY**2, ARITY**2 + 1])
def test_a_condition_of_any_width_fires_with_its_last_input_and_not_before(inputs: int) -> None:
    productions = {
        "many": Production("many", inputs, (OPERATION,), {0: (Feed("one", 0, Wiring.ALL, 1),)}),
        "one": Production("one", 1, (Step(Condition(inputs), operation={"name": "act"}),)),
    }
    world = World(productions)
    order = list(range(inputs))
    world.random.shuffle(order)
    for number, flat in enumerate(order):
        assert CellId("one", 0) not in world.conflict_set
        network = world.network()
        network.assert_fact(Fact("many", flat, 0, Truth.PASSED))
        assert len(world.memories.loaded) <= 1 + Condition(inputs).depth
        world.take_in(network)
        assert (number == inputs - 1) == (CellId("one", 0) in world.conflict_set)


def test_the_cost_of_a_fact_does_not_depend_on_rules_and_instances_that_it_does_not_feed() -> None:
    def touched(others: int) -> int:
        productions = {
            f"other{i}": Production(f"other{i}", 1000, (Step(Condition(1), operation={"name": "act"}),))
            for i in range(others)
        }
        productions["a"] = Production("a", 1000, (OPERATION,), {0: (Feed("b", 0, Wiring.DOWN, 1),)})
        productions["b"] = Production("b", 1000, (Step(Condition(1), operation={"name": "act"}),))
        memories = DictMemories()
        looked_up = DictProductions(productions)
        Network(looked_up, memories, 1).assert_fact(Fact("a", 500, 0, Truth.PASSED))
        assert looked_up.asked == {"a", "b"}
        return len(memories.loaded)

    assert touched(0) == touched(500) == 1


def test_a_failure_reaches_everything_that_waits_for_it_and_nothing_else() -> None:
    chain = {
        "a": Production("a", 1, (OPERATION, Step(state="done")), {1: (Feed("b", 1, Wiring.DOWN, 1),)}),
        "b": Production(
            "b",
            1,
            (Step(state="early"), Step(Condition(1), state="late")),
            {0: (Feed("c", 0, Wiring.DOWN, 1),), 1: (Feed("d", 0, Wiring.DOWN, 1),)},
        ),
        "c": Production("c", 1, (Step(Condition(1), state="done"),)),
        "d": Production("d", 1, (Step(Condition(1), state="done"),)),
    }
    world = World(chain)
    world.enter_all()
    world.complete(CellId("a", 0), failed=True)
    world.check()

    phases = {id_.production: cell.phase for id_, cell in world.memories.cells.items()}
    assert phases == {"a": Phase.FAILED, "b": Phase.BLOCKED, "c": Phase.FINISHED, "d": Phase.BLOCKED}
    assert world.memories.cells[CellId("a", 0)].state == "error"


def test_a_tolerant_instance_goes_on_after_a_failure_and_shows_it_in_its_next_state() -> None:
    steps = (OPERATION, Step(state="stopped"), OPERATION, Step(state="deleted"))
    world = World({"a": Production("a", 1, steps, tolerant=True)})
    world.memories.stored[CellId("a", 0)] = Cell(0, state="started", stable="started")
    world.enter_all()
    world.complete(CellId("a", 0), failed=True)
    assert world.memories.cells[CellId("a", 0)].state == "error"
    world.complete(CellId("a", 0))
    assert world.memories.cells[CellId("a", 0)].state == "deleted"


def lifecycle(run: int, memories: DictMemories, production: Production) -> Network:
    memories.settle()
    return Network(DictProductions({production.name: production}), memories, run)


def entered(memories: DictMemories, production: Production, run: int) -> Network:
    start = Production(".start", 1, (), {0: (Feed(production.name, ENTER, Wiring.ALL, production.count),)})
    memories.settle()
    network = Network(DictProductions({production.name: production, ".start": start}), memories, run)
    network.assert_fact(Fact(".start", 0, 0, Truth.PASSED))
    return network


STEPS = (Step(state="creating"), OPERATION, Step(state="created"), OPERATION, Step(state="started"))


def test_a_later_run_goes_on_behind_the_last_stable_state() -> None:
    memories, production = DictMemories(), Production("a", 1, STEPS)
    entered(memories, production, 1)
    lifecycle(1, memories, production).complete(CellId("a", 0))
    lifecycle(1, memories, production).complete(CellId("a", 0), failed=True)
    assert memories.cells[CellId("a", 0)].state == "error"

    network = entered(memories, production, 2)
    cell = memories.cells[CellId("a", 0)]
    assert (cell.state, cell.step, cell.phase) == ("created", 3, Phase.OPERATION)
    assert network.changes.activations == [CellId("a", 0)]


def test_a_run_in_which_nothing_is_left_to_do_finishes_at_once() -> None:
    memories, production = DictMemories(), Production("a", 1, STEPS)
    entered(memories, production, 1)
    for _ in range(2):
        lifecycle(1, memories, production).complete(CellId("a", 0))
    network = entered(memories, production, 2)

    assert not network.changes.activations
    assert memories.cells[CellId("a", 0)].phase is Phase.FINISHED
    assert memories.cells[CellId("a", 0)].state == "started"


def test_what_was_never_created_needs_no_deletion() -> None:
    production = Production("a", 1, (Step(state="stopping"), OPERATION, Step(state="deleted")), tolerant=True)
    memories = DictMemories()
    memories.put(CellId("a", 0), Cell(1))
    network = entered(memories, production, 2)

    assert not network.changes.activations
    assert memories.cells[CellId("a", 0)].phase is Phase.FINISHED


def test_a_fact_of_an_earlier_run_is_refused() -> None:
    memories, production = DictMemories(), Production("a", 1, STEPS)
    entered(memories, production, 2)

    with pytest.raises(StaleRun):
        entered(memories, production, 1)


def test_memories_are_read_back_as_they_were_written() -> None:
    cell = Cell(3, 2, Phase.OPERATION, "error", "created", True, True, {4: 0b1011}, {4: 0b1})
    assert Cell.decoded(cell.encoded()) == cell
    group = Group(3, 0xFF00FF, 0x10)
    assert Group.decoded(group.encoded()) == group


@given(networks())
def test_productions_are_read_back_as_they_were_written(productions: dict[str, Production]) -> None:
    for production in productions.values():
        assert Production.from_json(production.to_json()) == production
