"""An execution is cancelled at any moment, and goes on from where it was: nothing is lost, nothing is done twice."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

import pytest

from engine.executions.cancel import cancel_execution
from engine.executions.errors import ExecutionEnded, ExecutionOvertaken, ExecutionRunning, UnknownExecution
from engine.executions.progress import counts, error_of, history, operations
from engine.executions.records import CANCELLED, CANCELLING, FAILED, SUCCEEDED, ExecutionRecord, InstanceRecord
from engine.executions.resume import resume_execution
from engine.executions.start import start_execution
from engine.executions.work import Work
from engine.space import keys
from engine.space.backends.memory import MemorySpace, Store
from engine.space.errors import UnknownOutcome
from engine.space.verbs import Verb
from tests.engine.executions.world import deploy
from tests.support.carrying import carry_out, carry_out_step
from tests.support.flows import flows
from tests.support.topologies import LIFECYCLE, RELATIONSHIP_OPERATIONS, Node, topology
from tosca.model import ServiceTemplate

SMALL = topology(
    [
        Node("a", instances=2, operations=LIFECYCLE),
        Node("b", instances=2, operations=LIFECYCLE, connects=("a",), relationship_operations=RELATIONSHIP_OPERATIONS),
    ]
)


def world(template: ServiceTemplate = SMALL) -> MemorySpace:
    store = Store()
    deploy(store, template)
    return MemorySpace(store)


def read(space: MemorySpace, record: ExecutionRecord) -> ExecutionRecord:
    found = ExecutionRecord.read(space, record.id)
    assert found is not None
    return found[0]


def tuples(space: MemorySpace) -> list[str]:
    return [*space.keys(keys.prefix("op")), *space.keys(keys.prefix("prop"))]


def is_free(space: MemorySpace) -> bool:
    found = InstanceRecord.read(space, "m", "i")
    assert found is not None
    return found[0].execution is None


def done(space: MemorySpace, record: ExecutionRecord) -> Counter[str]:
    """How often each operation was committed without a failure."""
    events = (event for event in history(space, record) if "operation" in event)
    return Counter(event["id"] for event in events if event["error"] is None)


def everything() -> set[str]:
    space = world()
    record = start_execution(space, "m", "i", "install")
    carry_out(space)
    return {name.partition("/")[2] for name in done(space, record)}


def check_whole(space: MemorySpace, record: ExecutionRecord) -> None:
    """It has ended well, as if nothing had ever happened to it."""
    ended = read(space, record)
    assert ended.status == SUCCEEDED
    assert is_free(space)
    assert tuples(space) == []
    committed = done(space, record)
    assert set(committed.values()) == {1}
    assert {name.partition("/")[2] for name in committed} == everything()
    assert counts(space, ended) == {"total": len(committed), "done": len(committed), "running": 0, "failed": 0}
    assert {operation["state"] for operation in operations(space, ended)} == {"succeeded"}


def test_after_whichever_step_it_is_cancelled_it_ends_and_can_go_on() -> None:
    moments = sum(1 for _ in run_through(world()))
    for moment in range(moments):
        space = world()
        record = start_execution(space, "m", "i", "install")
        for number, _ in enumerate(carry_out_step(space)):
            if number == moment:
                answered = cancel_execution(space, record.id)
                assert answered.status in (CANCELLING, CANCELLED)
        ended = read(space, record)
        assert ended.ended is not None
        if ended.status == SUCCEEDED:  # what was held was the last that there was to do
            check_whole(space, record)
            continue
        assert ended.status == CANCELLED
        assert is_free(space)
        assert tuples(space) == []
        assert set(done(space, record).values()) <= {1}

        assert resume_execution(space, record.id).id == record.id
        carry_out(space)
        check_whole(space, record)


def run_through(space: MemorySpace) -> Iterator[None]:
    start_execution(space, "m", "i", "install")
    steps = list(carry_out_step(space))
    yield from steps[:-1]  # at the last one it has ended


@pytest.mark.parametrize("seed", range(60))
def test_several_workers_in_any_order_and_some_that_die(seed: int) -> None:
    chance = random.Random(seed)
    space = world()
    record = start_execution(space, "m", "i", "install")
    for _ in range(3):
        moment = chance.randrange(60)
        sessions = [space.open_session(1000) for _ in range(3)]
        workers = {session: carry_out_step(space, session=session) for session in sessions}
        for step in range(moment + 10_000):
            if step == moment:
                with suppress(ExecutionEnded):
                    cancel_execution(space, record.id)
            if not workers:
                break
            session = chance.choice(list(workers))
            if chance.random() < 0.02:
                del workers[session]  # it dies, with all that it holds
                space.close_session(session)
            elif next(workers[session], StopIteration) is StopIteration:
                del workers[session]
        carry_out(space)
        ended = read(space, record)
        assert ended.status in (CANCELLED, SUCCEEDED)
        assert is_free(space)
        assert tuples(space) == []
        if ended.status == SUCCEEDED:
            break
        resume_execution(space, record.id)
    carry_out(space)
    check_whole(space, record)


def test_what_runs_is_let_end_and_waited_for() -> None:
    space = world()
    record = start_execution(space, "m", "i", "install")
    session = space.open_session(30)
    work = Work(space, "w", session)
    while not (held := work.take(1)):
        progress = work.propagate(0)
        assert progress is not None
    assert cancel_execution(space, record.id).status == CANCELLING
    assert not is_free(space)
    assert tuples(space) == [held[0].tuple.key]  # what nobody holds is gone
    assert cancel_execution(space, record.id).status == CANCELLING
    space.close_session(session)  # the worker dies
    assert cancel_execution(space, record.id).status == CANCELLING  # it may have been done in part
    assert tuples(space) == [held[0].tuple.key]
    carry_out(space)
    assert read(space, record).status == CANCELLED
    assert cancel_execution(space, record.id).status == CANCELLED
    assert is_free(space)


def test_a_failed_one_goes_on_with_what_failed_and_nothing_else() -> None:
    space = world()
    record = start_execution(space, "m", "i", "install")
    carry_out(space, fails="/b/1/")
    failed = read(space, record)
    assert failed.status == FAILED
    before = done(space, record)
    assert counts(space, failed)["failed"] == 1

    going = resume_execution(space, record.id)
    assert (going.status, going.ended, going.resumed) == ("running", None, 1)
    assert counts(space, going)["done"] == sum(before.values())
    with pytest.raises(ExecutionRunning):
        resume_execution(space, record.id)
    carry_out(space)
    check_whole(space, record)
    attempts = [event["attempt"] for event in history(space, record) if "operation" in event]
    assert set(attempts) == {1, 2}


def test_what_cannot_be_cancelled_or_gone_on_with_says_why() -> None:
    space = world()
    for action in (cancel_execution, resume_execution):
        with pytest.raises(UnknownExecution):
            action(space, "nothing")
    first = start_execution(space, "m", "i", "install")
    with pytest.raises(ExecutionRunning):
        resume_execution(space, first.id)
    carry_out(space, fails="/b/1/")
    second = start_execution(space, "m", "i", "uninstall")
    with pytest.raises(ExecutionRunning, match=second.id):
        resume_execution(space, first.id)
    carry_out(space)
    with pytest.raises(ExecutionOvertaken, match="execute the workflow again"):
        resume_execution(space, first.id)
    for action in (cancel_execution, resume_execution):
        with pytest.raises(ExecutionEnded, match="has succeeded"):
            action(space, second.id)


FLOW = """\
    maintain:
      steps:
        first: { target: app, activities: [ call_operation: Standard.stop ], on_success: [ second, third ] }
        second:
          target: db
          activities: [ set_state: paused, call_operation: Standard.stop, call_operation: Standard.start ]
          on_success: last
          on_failure: rescue
        third: { target: app, activities: [ call_operation: Standard.configure ], on_success: last }
        rescue: { target: db, activities: [ call_operation: Standard.create ] }
        last: { target: app, activities: [ call_operation: Standard.start ] }
"""


def maintained(fails: str = "") -> tuple[MemorySpace, ExecutionRecord]:
    space = world(flows(FLOW, servers=2))
    record = start_execution(space, "m", "i", "maintain")
    carry_out(space, fails=fails)
    return space, record


def calls(space: MemorySpace, record: ExecutionRecord) -> Counter[tuple[str, str, bool]]:
    events = (event for event in history(space, record) if event.get("operation"))
    return Counter((event["step"], event["operation"], event["error"] is None) for event in events)


def test_a_workflow_of_the_topology_goes_on_after_whichever_step_it_was_cancelled() -> None:
    space, record = maintained()
    whole = calls(space, record)
    assert {step for step, *_ in whole} == {"first", "second", "third", "last"}
    for moment in range(40):
        space = world(flows(FLOW, servers=2))
        record = start_execution(space, "m", "i", "maintain")
        for number, _ in enumerate(carry_out_step(space)):
            if number == moment:
                with suppress(ExecutionEnded):
                    cancel_execution(space, record.id)
        if read(space, record).status == CANCELLED:
            resume_execution(space, record.id)
            carry_out(space)
        assert read(space, record).status == SUCCEEDED
        assert (calls(space, record), tuples(space), is_free(space)) == (whole, [], True)


def test_of_a_workflow_of_the_topology_what_failed_is_tried_again() -> None:
    space, record = maintained(fails="maintain:first:")
    assert read(space, record).status == FAILED
    assert set(calls(space, record)) == {("first", "stop", False)}
    resume_execution(space, record.id)
    carry_out(space)
    assert read(space, record).status == SUCCEEDED
    again = calls(space, record)
    assert again.pop(("first", "stop", False)) == 2
    assert again == calls(*maintained())


def test_a_failure_that_other_steps_ran_for_is_not_tried_again() -> None:
    space, record = maintained(fails="maintain:second:")
    assert read(space, record).status == SUCCEEDED  # it was handled
    space = world(flows(FLOW, servers=2))
    record = start_execution(space, "m", "i", "maintain")
    steps = carry_out_step(space, fails="maintain:second:")
    for _ in steps:
        if ("second", "stop", False) in calls(space, record):
            cancel_execution(space, record.id)
            break
    for _ in steps:
        pass
    assert read(space, record).status == CANCELLED
    resume_execution(space, record.id)
    carry_out(space)
    assert read(space, record).status == SUCCEEDED
    found = calls(space, record)
    assert ("rescue", "create", True) in found
    assert ("last", "start", True) not in found


class Dies(BaseException):
    """The process ends here."""


class MortalSpace(MemorySpace):
    """A space seen by a process that dies right after its transaction of that number, or that loses its answer."""

    def __init__(self, store: Store, last: int, *, lost: bool = False) -> None:
        super().__init__(store)
        self._left, self._lost = last, lost
        self.ahead: Callable[[], None] = lambda: None

    def transact(self, verbs: Sequence[Verb]) -> int:
        self.ahead()
        index = super().transact(verbs)
        self._left -= 1
        if self._left == 0:
            raise UnknownOutcome if self._lost else Dies
        return index


def test_whoever_dies_after_whichever_transaction_a_cancelled_execution_ends() -> None:
    """Nobody asks again: those who are left find what is to be done."""
    for moment in range(0, 26, 3):
        for last in range(1, 40):
            store = Store()
            deploy(store, SMALL)
            space = MemorySpace(store)
            record = start_execution(space, "m", "i", "install")
            mortal = MortalSpace(store, last)
            session = space.open_session(1000)
            with suppress(Dies):
                for number, _ in enumerate(carry_out_step(mortal, session=session)):
                    if number == moment:
                        with suppress(ExecutionEnded):
                            cancel_execution(space, record.id)
            space.close_session(session)
            if read(space, record).status == "running":
                cancel_execution(space, record.id)
            carry_out(space)
            assert read(space, record).status in (CANCELLED, SUCCEEDED), (moment, last)
            assert (is_free(space), tuples(space)) == (True, [])


def test_a_manager_that_dies_while_it_cancels_leaves_the_rest_to_workers() -> None:
    for last in range(1, 4):
        store = Store()
        deploy(store, SMALL)
        space = MemorySpace(store)
        record = start_execution(space, "m", "i", "install")
        steps = carry_out_step(space)
        for _ in range(5):
            next(steps)
        with suppress(Dies):
            cancel_execution(MortalSpace(store, last), record.id)
        for _ in steps:
            pass
        carry_out(space)
        assert read(space, record).status == CANCELLED
        assert (is_free(space), tuples(space)) == (True, [])


@pytest.mark.parametrize("lost", [False, True])
def test_a_manager_that_dies_while_it_resumes_or_loses_an_answer_loses_nothing(lost: bool) -> None:
    for last in range(1, 4):
        store = Store()
        deploy(store, SMALL)
        space = MemorySpace(store)
        record = start_execution(space, "m", "i", "install")
        carry_out(space, fails="/b/1/")
        before = counts(space, read(space, record)), error_of(space, record)
        with suppress(Dies):
            resume_execution(MortalSpace(store, last, lost=lost), record.id)
        if read(space, record).status == FAILED:
            assert (counts(space, read(space, record)), error_of(space, record)) == before
            resume_execution(space, record.id)
        carry_out(space)
        check_whole(space, record)


def test_of_two_who_resume_at_once_one_is_told_that_it_runs_and_nothing_is_lost() -> None:
    store = Store()
    deploy(store, SMALL)
    space = MemorySpace(store)
    record = start_execution(space, "m", "i", "install")
    carry_out(space, fails="/b/1/")
    late = MortalSpace(store, 1000)

    def first() -> None:
        late.ahead = lambda: None
        resume_execution(space, record.id)
        steps = carry_out_step(space)
        for _ in range(6):
            next(steps)

    late.ahead = first
    with pytest.raises(ExecutionRunning):
        resume_execution(late, record.id)
    assert counts(space, read(space, record))["done"] > read(space, record).earlier
    space.close_session(next(entry.session for entry in space.entries("op/") if entry.session))
    carry_out(space)
    check_whole(space, record)


def test_an_execution_with_very_many_failures_and_workers_goes_on() -> None:
    space = world(topology([Node("a", instances=200, operations=("create",))]))
    record = start_execution(space, "m", "i", "install")
    sessions = [space.open_session(1000) for _ in range(90)]
    workers = [carry_out_step(space, fails="/a/", session=session) for session in sessions]
    while workers:
        workers = [one for one in workers if next(one, StopIteration) is not StopIteration]
    carry_out(space, fails="/a/")
    failed = read(space, record)
    assert counts(space, failed) == {"total": 200, "done": 200, "running": 0, "failed": 200}
    resume_execution(space, record.id)
    assert counts(space, read(space, record))["failed"] == 0
    carry_out(space)
    ended = read(space, record)
    assert (ended.status, counts(space, ended)["done"]) == (SUCCEEDED, 200)
