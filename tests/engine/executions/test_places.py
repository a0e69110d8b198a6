"""A machine that stays where it was made is worked on from there alone, whoever dies; nothing of it is forgotten."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Sequence

import pytest

from engine.executions.cancel import cancel_execution
from engine.executions.start import start_execution
from engine.executions.work import Work
from engine.space.backends.memory import MemorySpace, Store
from engine.space.verbs import Set, Verb
from tests.engine.executions.test_protocol import explore, world
from tests.engine.executions.world import Action, Budget, Violation, World, deploy
from tests.support.carrying import carry_out, carry_out_step
from tests.support.topologies import Node, topology

HOSTED = topology([Node("H", operations=()), Node("A", "H", operations=("create",))])
TWO = topology([Node("H", instances=2, operations=("create",))])
MACHINES = {"H": "lxc"}


class Machines(World):
    """Each worker on a machine of its own, and on each container only those of one machine."""

    def machine(self, worker: int) -> str:
        return f"m{worker}"

    def actions(self) -> list[Action]:
        """A machine can always come back: what is there can be done nowhere else."""
        found = super().actions()
        if not found:
            found += [("restart", worker.number) for worker in self.workers if not worker.alive]
        return found

    def check_order(self, started: Sequence[str]) -> None:
        for worker, name in [(worker, name) for worker in self.workers for name in started if name in worker.began]:
            if any(self._name(held) == name for held in worker.held):
                self._check_place(self.machine(worker.number), name)

    def _check_place(self, machine: str, name: str) -> None:
        found = self.space.read(["place/m/i/H/0"]).get("place/m/i/H/0")
        if found is None or json.loads(found.value)["machine"] != machine:
            raise Violation(f"{name} is started on {machine}, while the container is {found}")

    def fingerprint(self) -> int:
        return hash(self._fingerprint(self.workers))  # it does make a difference which worker is which


def machines_world(budget: Budget, broken: Callable[[Sequence[Verb]], list[Verb]] | None = None) -> Machines:
    store = Store(clock=lambda: 0.0)
    deploy(store, HOSTED, providers=MACHINES)
    made = world(HOSTED, budget, broken=broken, kind=Machines, store=store)()
    assert isinstance(made, Machines)
    return made


BUDGETS = [Budget(), Budget(crashes=1), Budget(zombies=1), Budget(losses=1), Budget(crashes=1, losses=1)]


@pytest.mark.parametrize("budget", BUDGETS, ids=str)
def test_what_is_hosted_runs_where_the_container_was_begun_whatever_fails(budget: Budget) -> None:
    assert explore(lambda: machines_world(budget)) > 5


def test_a_take_that_settles_nothing_is_caught() -> None:
    def broken(verbs: Sequence[Verb]) -> list[Verb]:
        return [verb for verb in verbs if not (isinstance(verb, Set) and verb.key.startswith("place/"))]

    with pytest.raises(Violation, match="while the container is None"):
        explore(lambda: machines_world(Budget(), broken=broken))


@pytest.fixture
def space() -> MemorySpace:
    store = Store()
    deploy(store, TWO, providers=MACHINES)
    return MemorySpace(store)


def worker_on(space: MemorySpace, machine: str) -> Work:
    return Work(space, f"worker of {machine}", space.open_session(1000), machine)


def places(space: MemorySpace) -> dict[str, str]:
    return {entry.key: json.loads(entry.value)["machine"] for entry in space.entries("place/")}


def test_containers_are_spread_and_each_is_taken_down_where_it_is(space: MemorySpace) -> None:
    start_execution(space, "m", "i", "install")
    for _ in itertools.zip_longest(*(carry_out_step(space, machine=machine) for machine in ("east", "west"))):
        pass
    assert sorted(places(space).values()) == ["east", "west"]

    start_execution(space, "m", "i", "uninstall")
    east, west = worker_on(space, "east"), worker_on(space, "west")
    while west.propagate(0) is not None:
        pass
    (mine,) = west.take(9)
    assert places(space)[f"place/m/i/H/{mine.tuple.fields['flat']}"] == "west"
    assert west.take(9, {mine.tuple.key}) == []
    assert len(east.take(9)) == 1
    west.release(mine)
    assert [one.tuple.key for one in west.take(9)] == [mine.tuple.key]


def test_a_container_that_is_gone_is_nowhere(space: MemorySpace) -> None:
    for workflow, left in (("install", 2), ("uninstall", 0)):
        start_execution(space, "m", "i", workflow)
        carry_out(space, machine="east")
        assert len(places(space)) == left


def test_what_a_cancelled_execution_has_begun_is_taken_down_where_it_was_begun(space: MemorySpace) -> None:
    execution = start_execution(space, "m", "i", "install")
    east = worker_on(space, "east")
    while east.propagate(0) is not None:
        pass
    (begun,) = east.take(1)
    space.close_session(begun.session)  # the worker dies while it makes the container
    assert cancel_execution(space, execution.id).status == "cancelling"
    carry_out(space, machine="west")
    assert space.keys("op/") == [begun.tuple.key]  # only where it was begun it is known what there is
    carry_out(space, machine="east", fails="/H/")
    assert places(space) == {f"place/m/i/H/{begun.tuple.fields['flat']}": "east"}

    start_execution(space, "m", "i", "uninstall")
    carry_out(space, machine="west")
    assert len(space.keys("op/")) == 1
    carry_out(space, machine="east")
    assert places(space) == {}
    assert space.keys("op/") == []


def test_a_take_of_many_that_settle_fits_into_a_transaction() -> None:
    store = Store()
    deploy(store, topology([Node("H", instances=60, operations=())]), providers=MACHINES)
    space = MemorySpace(store)
    start_execution(space, "m", "i", "install")
    work = worker_on(space, "east")
    while work.propagate(0) is not None:
        pass
    known: list[str] = []
    for size in (21, 42, 60):
        known += [held.tuple.key for held in work.take(32, known)]
        assert len(known) == size
    assert len(places(space)) == 60
