"""What is counted of an execution."""

from __future__ import annotations

import pytest

from engine.executions.progress import Growth, counts, history
from engine.executions.records import FAILED, SUCCEEDED, ExecutionRecord
from engine.executions.start import start_execution
from engine.space.backends.memory import MemorySpace, Store
from tests.engine.executions.world import deploy
from tests.support.carrying import carry_out, carry_out_step
from tests.support.topologies import RELATIONSHIP_OPERATIONS, Node, appli, topology

RELATED = topology(
    [
        Node("a", instances=3, operations=("create", "start")),
        Node(
            "b",
            instances=2,
            operations=("create", "configure", "start", "stop", "delete"),
            connects=("a",),
            relationship_operations=RELATIONSHIP_OPERATIONS,
        ),
    ]
)


def execute(space: MemorySpace, workflow: str, fails: str = "") -> tuple[ExecutionRecord, dict[str, int]]:
    record = start_execution(space, "m", "i", workflow)
    carry_out(space, fails=fails)
    found = ExecutionRecord.read(space, record.id)
    assert found is not None
    return found[0], counts(space, found[0])


@pytest.fixture(params=[RELATED, appli()], ids=["related", "appli"])
def space(request: pytest.FixtureRequest) -> MemorySpace:
    store = Store()
    deploy(store, request.param)
    return MemorySpace(store)


def test_what_an_earlier_execution_did_does_not_count(space: MemorySpace) -> None:
    first, whole = execute(space, "install")
    assert whole == {"total": first.operations, "done": first.operations, "running": 0, "failed": 0}

    again, nothing = execute(space, "install")
    assert again.status == SUCCEEDED
    assert nothing == {"total": 0, "done": 0, "running": 0, "failed": 0}


def test_of_an_install_that_goes_on_after_a_failure_what_is_left_counts(space: MemorySpace) -> None:
    failed, before = execute(space, "install", fails="/2")
    assert failed.status == FAILED
    assert 0 < before["done"] < before["total"] == failed.operations

    ended, after = execute(space, "install")
    assert ended.status == SUCCEEDED
    assert after["done"] == after["total"] < ended.operations


def test_of_what_never_was_there_nothing_is_taken_down(space: MemorySpace) -> None:
    ended, nothing = execute(space, "uninstall")
    assert ended.status == SUCCEEDED
    assert nothing == {"total": 0, "done": 0, "running": 0, "failed": 0}


def test_who_follows_reads_each_event_once_and_in_order(space: MemorySpace) -> None:
    record = start_execution(space, "m", "i", "install")
    growth = Growth(space, record.id)
    seen = [growth.more() for _ in carry_out_step(space)]

    assert len([events for events in seen if events]) > 1
    assert [event for events in seen for event in events] == history(space, record)
    assert growth.more() == []


def test_what_failed_to_be_created_is_deleted_and_what_was_never_begun_is_not() -> None:
    store = Store()
    lifecycle = ("create", "configure", "start", "stop", "delete")
    deploy(store, topology([Node("a", operations=lifecycle), Node("b", operations=lifecycle, depends=("a",))]))
    space = MemorySpace(store)
    assert execute(space, "install", fails="/a/0/")[0].status == FAILED

    record, _ = execute(space, "uninstall")
    assert record.status == SUCCEEDED
    called = [(event["node"], event["operation"]) for event in history(space, record) if "operation" in event]
    assert called == [("a", "delete")]
