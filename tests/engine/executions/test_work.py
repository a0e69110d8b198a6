"""What a worker makes of tuples whose execution was removed."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from engine.executions.commit import Ended
from engine.executions.history import Outcome
from engine.executions.records import ExecutionRecord
from engine.executions.resume import resume_execution
from engine.executions.start import start_execution
from engine.executions.work import Work
from engine.space.backends.memory import MemorySpace, Store
from engine.space.client import Held
from engine.space.errors import UnknownOutcome
from engine.space.verbs import MAX_BYTES, Delete, Verb
from tests.engine.executions.world import deploy
from tests.support.topologies import Node, topology


@pytest.fixture
def space() -> MemorySpace:
    store = Store()
    deploy(store, topology([Node("n", instances=3, operations=("create", "start"))]))
    return MemorySpace(store)


@pytest.fixture
def execution(space: MemorySpace) -> ExecutionRecord:
    return start_execution(space, "m", "i", "install")


def work_on(space: MemorySpace) -> Work:
    return Work(space, "w", space.open_session(1000))


def remove(space: MemorySpace, execution: ExecutionRecord) -> None:
    space.transact([Delete(execution.key)])


def test_facts_of_a_removed_execution_are_dropped(space: MemorySpace, execution: ExecutionRecord) -> None:
    remove(space, execution)
    work = work_on(space)
    progress = work.propagate(4)

    assert progress is not None
    assert progress.kept == []
    assert work.propagate(4) is None
    assert space.keys("prop/") == []


def test_operations_of_a_removed_execution_are_not_taken_and_vanish(
    space: MemorySpace, execution: ExecutionRecord
) -> None:
    work = work_on(space)
    while work.propagate(0) is not None:
        pass
    assert len(space.keys("op/")) == 3
    remove(space, execution)

    assert work_on(space).take(4) == []
    assert space.keys("op/") == []


def test_results_of_a_removed_execution_are_void(space: MemorySpace, execution: ExecutionRecord) -> None:
    work = work_on(space)
    held = []
    while (progress := work.propagate(4)) is not None:
        held += progress.kept
    remove(space, execution)
    ended = [Ended(one, Outcome(0, None, 0.0, 0.0)) for one in held]
    other = Work(space, "w", held[0].session)  # the same worker, after it has forgotten the record

    progress = other.commit(ended, 4)

    assert len(ended) == 3
    assert (progress.kept, progress.fenced) == ([], 3)


def test_results_with_long_outputs_are_committed_in_transactions_within_their_limits() -> None:
    store = Store()
    deploy(store, topology([Node("n", instances=40, operations=("create",))]))
    space = MemorySpace(store)
    start_execution(space, "m", "i", "install")
    work = work_on(space)
    outputs = {"text": "x" * 64_000}
    held: list[Held] = []
    while (progress := work.propagate(40)) is not None:
        held += progress.kept
    held += work.take(40, {one.tuple.key for one in held})
    assert len(held) == 40
    assert work.commit([Ended(one, Outcome(0, None, 0, 0, outputs)) for one in held], 40).fenced == 0
    assert len(space.keys("output/m/i/n/")) == 40
    assert len(space.keys("done/")) >= 40 * 64_000 // MAX_BYTES


def test_an_operation_that_fails_has_no_outputs(space: MemorySpace, execution: ExecutionRecord) -> None:
    work = work_on(space)
    while work.propagate(0) is not None:
        pass
    one, other = work.take(2)
    outputs = {"port": 1}
    work.commit(
        [Ended(one, Outcome(1, "exit code 1", 0, 0, outputs)), Ended(other, Outcome(0, None, 0, 0, outputs))], 0
    )
    assert space.keys("output/") == [f"output/m/i/n/{other.tuple.fields['flat']}/Standard/create"]


class Forgetful(MemorySpace):
    """Loses the first answer to a transaction; nothing was applied."""

    lost = False

    def transact(self, verbs: Sequence[Verb]) -> int:
        if not self.lost:
            self.lost = True
            raise UnknownOutcome("lost")
        return super().transact(verbs)


def test_a_lost_answer_is_not_taken_for_having_nothing_to_do(space: MemorySpace, execution: ExecutionRecord) -> None:
    """Else the worker would rest until the bell rings, though the continuation is there still."""
    work = Work(Forgetful(space._store), "w", space.open_session(1000))
    with pytest.raises(UnknownOutcome):
        work.propagate(4)
    assert work.propagate(4) is not None


def test_who_has_counted_before_an_execution_was_resumed_does_not_rest_while_its_facts_are_there(
    space: MemorySpace, execution: ExecutionRecord
) -> None:
    """Its count is gone then: the transaction that relies on it fails, and nobody would ring for another try."""
    first, second = work_on(space), work_on(space)
    while first.propagate(0) is not None:
        pass
    one, other, third = first.take(3)
    kept = first.commit([Ended(one, Outcome(0, None, 0, 0))], 0).kept
    for held in (other, third, *kept):
        first.release(held)
    while taken := second.take(3):
        second.commit([Ended(held, Outcome(1, "exit code 1", 0, 0)) for held in taken], 0)
    resume_execution(space, execution.id)

    looked = 0
    while space.keys("prop/"):
        looked += 1
        assert first.propagate(4) is not None
    assert 0 < looked < 5
