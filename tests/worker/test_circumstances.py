"""The variables that tell an operation for whom, and between whom, it is done."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from engine.executions.start import start_execution
from engine.executions.work import Work
from engine.space.backends.memory import MemorySpace, Store
from engine.space.client import Held
from tests.engine.executions.world import deploy
from tests.support.carrying import ended_well
from tests.support.topologies import Node, topology
from worker.requests import MOST_NAMED, operation_request

PAIR = [
    Node("h", instances=2, operations=("create",)),
    Node("b", operations=("create",)),
    Node(
        "a",
        "h",
        instances=2,
        operations=("create",),
        connects=("b",),
        relationship_operations=("pre_configure_source", "add_target"),
    ),
]


def seen(nodes: list[Node]) -> dict[str, Mapping[str, str]]:
    """By operation and instance what every operation of the installation is told."""
    store = Store()
    deploy(store, topology(nodes))
    space = MemorySpace(store)
    start_execution(space, "m", "i", "install")
    work = Work(space, "w", space.open_session(1000))
    found: dict[str, Mapping[str, str]] = {}
    held: list[Held] = []
    while True:
        held += work.take(8, {one.tuple.key for one in held})
        if not held:
            progress = work.propagate(8)
            if progress is None:
                return found
            held += progress.kept
            continue
        one = held.pop(0)
        record = work.execution(one.tuple.fields["execution"])
        request = operation_request(space, one, record, work.production(one), Path("/nowhere"))
        found[f"{request.operation} {request.node}{list(request.index)}"] = request.variables
        held += work.commit([ended_well(one)], 8).kept


def test_an_operation_of_a_node_knows_itself_and_its_like() -> None:
    found = seen(PAIR)["create a[1, 0]"]
    assert found == {"SELF": "a[1,0]", "HOST": "h", "INSTANCES": "a[0,0],a[0,1],a[1,0],a[1,1]"}


def test_an_operation_of_a_relationship_knows_both_ends_by_the_names_that_others_use_too() -> None:
    found = seen(PAIR)
    both = {
        "RELATIONSHIP": "a.connection.1",
        "REQUIREMENT": "connection",
        "HOST": "h",
        "INSTANCES": "a[0,0],a[0,1],a[1,0],a[1,1]",
        "SOURCE_NODE": "a",
        "SOURCE": "a[0,1]",
        "SOURCE_INSTANCE": "a[0,1]",
        "SOURCES": "a[0,0],a[0,1],a[1,0],a[1,1]",
        "SOURCE_INSTANCES": "a[0,0],a[0,1],a[1,0],a[1,1]",
        "TARGET_NODE": "b",
        "TARGETS": "b[0]",
        "TARGET_INSTANCES": "b[0]",
    }
    assert found["add_target a[0, 1]"] == {**both, "TARGET": "b[0]", "TARGET_INSTANCE": "b[0]"}
    assert found["pre_configure_source a[0, 1]"] == {**both, "TARGET": "b", "TARGET_INSTANCE": "b"}


def test_of_too_many_instances_no_list_is_made() -> None:
    found = seen([Node("n", instances=MOST_NAMED + 1, operations=("create",))])
    assert found["create n[7]"] == {"SELF": "n[7]", "HOST": "n", "INSTANCES": ""}
