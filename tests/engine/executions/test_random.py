"""Random topologies run by workers that die at random; the history is read by the independent checker."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engine.executions.progress import counts, history, operations, states
from engine.executions.records import ExecutionRecord, InstanceRecord
from engine.instances.scaling import scale_of
from engine.rete.network import Network
from engine.space.backends.memory import Store
from engine.space.verbs import Set, Verb
from engine.weaving import compile as compile_module
from engine.weaving.draft import Draft
from engine.weaving.woven import Row
from tests.acceptance import topologies as expected
from tests.acceptance.checker import check
from tests.engine.executions.world import Budget, Violation, World, deploy, determined
from tests.support.csars import described, mended
from tests.support.topologies import RELATIONSHIP_OPERATIONS, Node, appli, topology

INSTALLING = ("create", "configure", "start")


@st.composite
def nodes(draw: st.DrawFn) -> list[Node]:
    """Up to seven node templates: hosts and what is on them, chains, diamonds, scaled at any level."""
    found: list[Node] = []
    for number in range(draw(st.integers(1, 6))):
        hosts = [node.name for node in found if not node.connects and not node.depends]
        host = draw(st.sampled_from([None, None, *hosts]))
        earlier = [node.name for node in found if node.name != host]
        picked = draw(st.lists(st.sampled_from(earlier), unique=True, max_size=3)) if earlier else []
        split = draw(st.integers(0, len(picked)))
        found.append(
            Node(
                f"n{number}",
                host,
                draw(st.sampled_from([1, 1, 1, 2, 3] if number < 3 else [1])),
                connects=picked[:split],
                depends=picked[split:],
                operations=draw(st.sampled_from([(), ("create",), INSTALLING, (*INSTALLING, "stop", "delete")])),
                relationship_operations=draw(
                    st.sampled_from([(), ("add_target", "remove_source"), RELATIONSHIP_OPERATIONS])
                ),
            )
        )
    assume(scale_of(topology(found), {}).total <= 14)
    return found


def run(world: World, chance: random.Random, *, everything: bool = True) -> ExecutionRecord:
    """Let things happen in a random order until nothing can happen any more."""
    for turn in itertools.count():
        actions = world.actions()
        if not actions:
            break
        if turn > 200 + 40 * world.record.operations:
            raise Violation(f"no end: {[(w.pending, w.idle_since, len(w.held)) for w in world.workers]}")
        faults = [action for action in actions if action[0] not in ("apply", "look", "restart", "expire", "arrive")]
        ordinary = [action for action in actions if action not in faults]
        rash = bool(faults) and (not ordinary or chance.random() < 0.05)
        world.do(chance.choice(faults if rash else ordinary))
    world.check_end(everything=everything)
    found = ExecutionRecord.read(world.space, world.record.id)
    assert found is not None
    return found[0]


def deployed(found: Sequence[Node], mode: str) -> tuple[Store, bool]:
    """A store with an instance, and whether it was woven strict."""
    strict = mode == "strict" or mended(found)
    store = Store(clock=lambda: 0.0)
    deploy(store, topology(found), "strict" if strict else mode)
    return store, strict


@settings(max_examples=40)
@given(nodes(), st.sampled_from(["interleaved", "strict"]), st.integers(0, 2**32), st.integers(1, 4))
def test_random_topologies_come_up_and_go_down_in_order_while_workers_die(
    found: list[Node], mode: str, seed: int, slots: int
) -> None:
    chance = random.Random(seed)
    with determined(seed):
        store, strict = deployed(found, mode)
        for workflow, state in (("install", "started"), ("uninstall", "deleted"), ("install", "started")):
            budget = Budget(crashes=3, zombies=2, losses=3)
            world = World(
                topology(found),
                workers=3,
                slots=slots,
                budget=budget,
                says=lambda operation: True,
                workflow=workflow,
                store=store,
                ticking=True,
            )
            record = run(world, chance)
            assert record.status == "succeeded"
            assert check(history(world.space, record), described(found), workflow, strict=strict) == []
            assert set(states_of(world, found).values()) <= {state}
            assert counts(world.space, record) == {
                "total": record.operations,
                "done": record.operations,
                "running": 0,
                "failed": 0,
            }


def states_of(world: World, found: Sequence[Node]) -> dict[tuple[str, int], str]:
    record = InstanceRecord.read(world.space, "m", "i")
    assert record is not None
    return states(world.space, record[0], scale_of(topology(found), {}))


@settings(max_examples=40)
@given(nodes(), st.integers(0, 2**32))
def test_when_operations_fail_everything_that_does_not_depend_on_them_goes_on_and_the_execution_ends(
    found: list[Node], seed: int
) -> None:
    chance = random.Random(seed)
    doomed: dict[str, bool] = {}

    def fails(operation: str) -> bool:
        return doomed.setdefault(operation, chance.random() < 0.15)

    with determined(seed):
        store, _ = deployed(found, "strict")
        world = World(
            topology(found), budget=Budget(crashes=2), fails=fails, store=store, ticking=True, workers=2, slots=2
        )
        record = run(world, chance)
        items = list(operations(world.space, record))
        failed = [item for item in items if item["state"] == "failed"]
        assert record.status == ("failed" if failed else "succeeded")
        assert {item["state"] for item in items} <= {"succeeded", "failed", "cancelled"}
        for (name, flat), state in states_of(world, found).items():
            own = [item for item in failed if (item["node"], item["index"]) == (name, index_of(found, name, flat))]
            assert (state == "error") == bool(own), (name, flat, state)

        world = World(topology(found), store=store, ticking=True, workflow="uninstall", workers=2, slots=2)
        assert run(world, chance, everything=False).status == "succeeded"
        assert set(states_of(world, found).values()) <= {"deleted", "initial"}

        world = World(topology(found), store=store, ticking=True, workers=2, slots=2)
        assert run(world, chance, everything=False).status == "succeeded"
        assert set(states_of(world, found).values()) <= {"started"}


def index_of(found: Sequence[Node], name: str, flat: int) -> list[int]:
    return list(scale_of(topology(found), {}).index(name, flat))


def test_the_reference_example_runs_169_operations_on_19_node_instances() -> None:
    with determined():
        store = Store(clock=lambda: 0.0)
        deploy(store, appli())
        world = World(appli(), workers=3, slots=4, store=store, ticking=True, budget=Budget(crashes=3))
        record = run(world, random.Random(1))

    assert (record.status, record.operations) == ("succeeded", 169)
    connection = expected.appli("tosca.relationships.ConnectsTo")
    assert check(history(world.space, record), connection, "install") == []


# -- a broken engine is caught by these checks


def histories_of_a_broken_engine() -> list[str]:
    chance = random.Random(7)
    with determined():
        store = Store(clock=lambda: 0.0)
        deploy(store, appli())
        world = World(appli(), workers=3, slots=4, store=store, ticking=True)
        record = run(world, chance)
        return check(history(world.space, record), expected.appli("tosca.relationships.ConnectsTo"), "install")


def test_a_network_that_does_not_wait_for_every_target_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def join(self: compile_module.NetworkCompiler, row: Row, draft: Draft, step: int) -> None:
        if row.node != "D":
            original(self, row, draft, step)

    original = compile_module.NetworkCompiler._join
    monkeypatch.setattr(compile_module.NetworkCompiler, "_join", join)

    assert any("before" in violation for violation in histories_of_a_broken_engine())


def test_hosts_without_queues_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.executions.commit.host_of", lambda production, flat: None)

    assert any("at the same time" in violation for violation in histories_of_a_broken_engine())


def test_facts_that_get_lost_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def fact(self: Network, production: object, id_: object, step: int, truth: object) -> None:
        if (getattr(id_, "production", ""), step) != ("C", 2):
            original(self, production, id_, step, truth)  # type: ignore[arg-type]  # as they come

    original = Network._fact
    monkeypatch.setattr(Network, "_fact", fact)

    with pytest.raises(Violation, match="has not ended"):
        histories_of_a_broken_engine()


def test_blind_writes_are_caught() -> None:
    def blindly(verbs: Sequence[Verb]) -> list[Verb]:
        return [
            Set(verb.key, verb.value) if hasattr(verb, "index") and hasattr(verb, "value") else verb for verb in verbs
        ]

    def run_blindly() -> None:
        with determined():
            store = Store(clock=lambda: 0.0)
            deploy(store, appli())
            world = World(appli(), workers=3, slots=4, store=store, ticking=True, broken=blindly)
            run(world, random.Random(3))

    with pytest.raises(Violation):
        run_blindly()
