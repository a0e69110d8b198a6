"""What waits for a failure, what an instance sets that has no state of its own, and whom a check leaves out."""

from __future__ import annotations

from typing import Any

import pytest

from engine.rete.condition import ARITY, Condition, Quantifier
from engine.rete.memory import Cell, CellId, Phase
from engine.rete.network import Fact, Network, StaleRun, Truth
from engine.rete.production import FAILURE, Feed, Production, Step, Wiring
from tests.engine.rete.test_network import World

ACT = Step(operation={"name": "act"})
CHECK = Step(check={"rank": 0})


def waiting(count: int, quantifier: Quantifier) -> World:
    """Some instances of ``many``, and one of ``one`` that waits for their failures."""
    condition = Condition(count, quantifier)
    world = World(
        {
            "many": Production("many", count, (ACT,), {FAILURE: (Feed("one", 0, Wiring.ALL, 1),)}),
            "one": Production("one", 1, (Step(condition, operation={"name": "act"}),)),
        }
    )
    world.enter_all()
    return world


def phase_of_one(world: World) -> Phase:
    return world.memories.cells[CellId("one", 0)].phase


@pytest.mark.parametrize("count", [1, 2, ARITY, ARITY + 1, 200])
@pytest.mark.parametrize("failed", [0, 1, 2])
def test_what_waits_for_a_failure_begins_when_all_is_settled_and_something_has_failed(count: int, failed: int) -> None:
    world = waiting(count, Quantifier.SOME)
    order = list(range(count))
    world.random.shuffle(order)
    for number, flat in enumerate(order):
        assert phase_of_one(world) is Phase.WAITING
        world.complete(CellId("many", flat), failed=number < failed)
        world.check()
    assert phase_of_one(world) is (Phase.OPERATION if failed else Phase.BLOCKED)


@pytest.mark.parametrize("count", [1, 2, ARITY, ARITY + 1, 200])
@pytest.mark.parametrize("failed", [0, 1])
def test_what_waits_for_no_failure_begins_with_the_last_end_and_never_after_a_failure(count: int, failed: int) -> None:
    world = waiting(count, Quantifier.NEVER)
    order = list(range(count))
    world.random.shuffle(order)
    for number, flat in enumerate(order):
        assert phase_of_one(world) is (Phase.BLOCKED if number and failed else Phase.WAITING)
        world.complete(CellId("many", flat), failed=number < failed)
        world.check()
    assert phase_of_one(world) is (Phase.BLOCKED if failed else Phase.OPERATION)


def test_what_was_never_begun_has_not_failed() -> None:
    world = World(
        {
            "a": Production("a", 1, (ACT,), {0: (Feed("b", 0, Wiring.DOWN, 1),)}),
            "b": Production(
                "b", 1, (Step(Condition(1), operation={"name": "act"}),), {FAILURE: (Feed("c", 0, Wiring.DOWN, 1),)}
            ),
            "c": Production("c", 1, (Step(Condition(1, Quantifier.SOME), operation={"name": "act"}),)),
        }
    )
    world.enter_all()
    world.complete(CellId("a", 0), failed=True)
    world.check()
    assert [world.memories.cells[CellId(name, 0)].phase for name in "abc"] == [
        Phase.FAILED,
        Phase.BLOCKED,
        Phase.BLOCKED,
    ]


def test_a_network_that_does_not_tell_failures_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def fact(self: Network, production: Any, id_: Any, step: int, truth: Truth) -> None:
        if step != FAILURE or truth is not Truth.PASSED:
            original(self, production, id_, step, truth)

    original = Network._fact
    monkeypatch.setattr(Network, "_fact", fact)
    world = waiting(2, Quantifier.SOME)
    world.complete(CellId("many", 0), failed=True)
    world.complete(CellId("many", 1))
    with pytest.raises(AssertionError):
        world.check()


# -- states of others


def line(*steps: Step, count: int = 1, **options: Any) -> Production:
    """A line of activities that sets the state of ``node``."""
    return Production("line", count, steps, state_of=("node", 0, 1), **options)


def states(world: World) -> list[tuple[str, str]]:
    cells = world.memories.cells
    found = (cells[id_] for id_ in sorted(cells) if id_.production == "node")
    return [(cell.state, cell.stable) for cell in found]


def test_a_line_sets_the_state_of_its_node_and_leaves_its_memory_alone() -> None:
    world = World({"line": line(Step(state="stopping"), ACT, Step(state="stopped"), count=2)})
    world.memories.stored[CellId("node", 1)] = Cell(0, 3, Phase.FINISHED, "started", "started")
    world.enter_all()
    assert states(world) == [("stopping", "initial"), ("stopping", "started")]
    for flat in range(2):
        world.complete(CellId("line", flat))
    assert states(world) == [("stopped", "stopped")] * 2
    assert world.memories.cells[CellId("node", 1)].step == 3
    assert {world.memories.cells[CellId("line", flat)].state for flat in range(2)} == {"initial"}


def test_a_state_that_no_workflow_goes_on_from_does_not_hide_the_one_from_which_it_would() -> None:
    world = World({"line": line(Step(state="backing up", fleeting=True), ACT)})
    world.memories.stored[CellId("node", 0)] = Cell(0, 3, Phase.FINISHED, "started", "started")
    world.enter_all()
    assert states(world) == [("backing up", "started")]


def test_a_failure_shows_in_the_state_of_the_node() -> None:
    world = World({"line": line(ACT, Step(state="stopped"))})
    world.enter_all()
    world.complete(CellId("line", 0), failed=True)
    assert states(world) == [("error", "initial")]


def test_a_failure_that_is_passed_over_shows_at_the_latest_at_the_end() -> None:
    world = World({"line": line(ACT, ACT, tolerant=True)})
    world.enter_all()
    world.complete(CellId("line", 0), failed=True)
    assert not states(world)
    world.complete(CellId("line", 0))
    assert states(world) == [("error", "initial")]


def test_a_line_begins_anew_whatever_the_node_has_come_to() -> None:
    world = World({"line": line(Step(state="initial"), ACT, Step(state="deleted"))})
    world.enter_all()
    assert world.conflict_set == {CellId("line", 0)}


def test_a_state_that_a_later_run_has_set_is_not_written_over() -> None:
    world = World({"line": line(ACT, Step(state="stopped"))})
    world.enter_all()
    world.memories.stored[CellId("node", 0)] = Cell(2)
    with pytest.raises(StaleRun):
        world.complete(CellId("line", 0))


SEQUENCE = (Step(), Step(state="creating"), ACT, Step(state="created"), Step(), ACT, Step(state="started"), Step())


@pytest.mark.parametrize(
    ("stable", "step", "phase"),
    [
        ("initial", 2, Phase.OPERATION),
        ("created", 5, Phase.OPERATION),
        ("started", 8, Phase.FINISHED),
    ],
)
def test_a_delegated_sequence_goes_on_from_the_state_of_its_node(stable: str, step: int, phase: Phase) -> None:
    world = World({"line": line(*SEQUENCE, resumes=True)})
    world.memories.stored[CellId("node", 0)] = Cell(0, state="error", stable=stable)
    world.enter_all()
    cell = world.memories.cells[CellId("line", 0)]
    assert (cell.step, cell.phase) == (step, phase)


def test_what_waits_for_a_sequence_does_not_wait_for_what_it_need_not_do_again() -> None:
    sequence = line(*SEQUENCE, resumes=True)
    feeds = {step: (Feed("after", 0, Wiring.ALL, 1, number),) for number, step in enumerate((3, 4, 7))}
    world = World(
        {
            "line": Production("line", 1, sequence.steps, feeds, state_of=sequence.state_of, resumes=True),
            "after": Production("after", 1, (Step(Condition(3), operation={"name": "act"}),)),
        }
    )
    world.memories.stored[CellId("node", 0)] = Cell(0, state="started", stable="started")
    world.enter_all()
    assert world.conflict_set == {CellId("after", 0)}


def test_a_stopped_node_is_started_again_not_created_again() -> None:
    steps = (Step(state="created"), ACT, Step(state="configured"), ACT, Step(state="started"))
    world = World({"a": Production("a", 1, steps)})
    world.memories.stored[CellId("a", 0)] = Cell(0, state="stopped", stable="stopped")
    world.enter_all()
    assert world.memories.cells[CellId("a", 0)].step == 3


# -- checks


def test_an_instance_that_a_check_leaves_out_does_nothing_and_holds_nobody_up() -> None:
    steps = (CHECK, Step(state="stopping"), ACT)
    feeds = {2: (Feed("after", 0, Wiring.ALL, 1),)}
    world = World(
        {
            "line": Production("line", 2, steps, feeds, state_of=("node", 0, 1)),
            "after": Production("after", 1, (Step(Condition(2), operation={"name": "act"}),)),
        }
    )
    world.enter_all()
    world.complete(CellId("line", 0), skipped=True)
    world.complete(CellId("line", 1))
    assert states(world) == [("stopping", "initial")]
    assert world.conflict_set == {CellId("line", 1)}
    world.complete(CellId("line", 1))
    assert world.conflict_set == {CellId("after", 0)}


def test_what_begins_with_a_check_skips_the_instances_that_it_has_left_out() -> None:
    check = Production("check", 2, (CHECK,), {0: (Feed("line", 0, Wiring.DOWN, 1),)}, state_of=("node", 0, 1))
    world = World({"check": check, "line": line(Step(Condition(1)), Step(state="stopping"), ACT, count=2)})
    world.enter_all()
    world.complete(CellId("check", 0), skipped=True)
    world.complete(CellId("check", 1))
    assert world.conflict_set == {CellId("line", 1)}
    assert world.memories.cells[CellId("line", 0)].phase is Phase.FINISHED


def test_operations_on_a_way_that_is_not_gone_are_not_counted_as_left_to_do() -> None:
    world = World(
        {
            "a": Production("a", 1, (ACT,), {0: (Feed("line", 0, Wiring.DOWN, 1),)}),
            "line": line(Step(Condition(1)), ACT, ACT),
        }
    )
    world.enter_all()
    network = world.network()
    network.assert_fact(Fact("a", 0, 0, Truth.DEAD))
    assert network.changes.skipped == 2


def test_productions_with_all_that_is_theirs_are_read_back_as_they_were_written() -> None:
    steps = (Step(Condition(2, Quantifier.SOME), check={"rank": 1}), Step(state="x", fleeting=True))
    production = line(*steps, resumes=True, feeds={FAILURE: (Feed("b", 0, Wiring.UP, 2),)})
    assert Production.from_json(production.to_json()) == production


def test_a_production_without_them_is_written_as_before() -> None:
    written = Production("a", 1, (ACT,)).to_json()
    assert list(written) == ["name", "count", "tolerant", "owned", "subject", "steps", "feeds"]
    assert written["steps"] == [{"operation": {"name": "act"}}]
