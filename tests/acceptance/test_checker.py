"""The checker passes good histories and catches each way of spoiling one."""

from __future__ import annotations

import random
from collections.abc import Callable
from copy import deepcopy
from graphlib import TopologicalSorter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.acceptance.checker import check
from tests.acceptance.expectation import End, Event, expect
from tests.acceptance.topologies import CONFIGURE, Node, Relation, Topology, appli, legacy, minimal

History = list[dict[str, Any]]

PAIR = Topology(
    (Node("hS"), Node("hT"), Node("S", 1, "hS"), Node("T", 2, "hT")),
    (Relation("S", "T", "link", "my.Link", connects=True, operations=CONFIGURE),),
)

# Written from the listing of 7.4.2 and the figure of 7.2.2.3.  hS and hT are hosts, S connects to both instances of T.
HOSTS_INSTALL = """
hS.0 creating | hS.0 Standard.create | hT.0 creating | hT.0 Standard.create | hT.0 created | hT.0 configuring
hS.0 created | hS.0 configuring | hS.0 Standard.configure | hS.0 configured | hS.0 starting | hS.0 Standard.start
hT.0 Standard.configure | hT.0 configured | hT.0 starting | hT.0 Standard.start | hT.0 started | hS.0 started
"""
INTERLEAVED_INSTALL = (
    HOSTS_INSTALL
    + """
S.0,0 creating | T.0,1 creating | T.0,0 creating | T.0,1 Standard.create | S.0,0 Standard.create | T.0,0 Standard.create
S.0,0 created | S.0,0 configuring | T.0,1 created | T.0,1 configuring | T.0,1 Configure.pre_configure_target S.*>T.0,1
T.0,0 created | T.0,0 configuring | S.0,0 Configure.pre_configure_source S.0,0>T.* | S.0,0 Standard.configure
T.0,0 Configure.pre_configure_target S.*>T.0,0 | T.0,0 Standard.configure
T.0,0 Configure.post_configure_target S.*>T.0,0
T.0,1 Standard.configure | T.0,1 Configure.post_configure_target S.*>T.0,1 | T.0,1 configured | T.0,0 configured
S.0,0 Configure.post_configure_source S.0,0>T.* | S.0,0 configured | T.0,1 starting | T.0,0 starting
T.0,1 Standard.start | T.0,1 started | T.0,0 Standard.start | T.0,0 started | S.0,0 starting | S.0,0 Standard.start
S.0,0 started | S.0,0 Configure.add_target S.0,0>T.0,1 | T.0,0 Configure.add_source S.0,0>T.0,0
S.0,0 Configure.add_target S.0,0>T.0,0 | T.0,1 Configure.add_source S.0,0>T.0,1
"""
)
TARGET_FIRST = """
{i} creating | {i} Standard.create | {i} created | {i} configuring | {i} Configure.pre_configure_target S.*>{i}
{i} Standard.configure | {i} Configure.post_configure_target S.*>{i} | {i} configured | {i} starting
{i} Standard.start | {i} started
"""
STRICT_INSTALL = (
    HOSTS_INSTALL
    + TARGET_FIRST.format(i="T.0,1")
    + TARGET_FIRST.format(i="T.0,0")
    + """
S.0,0 creating | S.0,0 Standard.create | S.0,0 created | S.0,0 configuring
S.0,0 Configure.pre_configure_source S.0,0>T.* | S.0,0 Standard.configure
S.0,0 Configure.post_configure_source S.0,0>T.*
S.0,0 configured | S.0,0 starting | S.0,0 Standard.start | S.0,0 started
T.0,1 Configure.add_source S.0,0>T.0,1 | T.0,0 Configure.add_source S.0,0>T.0,0
S.0,0 Configure.add_target S.0,0>T.0,1 | S.0,0 Configure.add_target S.0,0>T.0,0
"""
)
SOURCE_STOPS = """
S.0,0 stopping | S.0,0 Configure.remove_target S.0,0>T.0,1 | S.0,0 Configure.remove_target S.0,0>T.0,0
S.0,0 Standard.stop | S.0,0 stopped
"""
SOURCE_GOES = "S.0,0 deleting | S.0,0 Standard.delete | S.0,0 deleted"
TARGETS_STOP = """
T.0,0 stopping | T.0,1 stopping | T.0,1 Configure.remove_source S.0,0>T.0,1 | T.0,0 Configure.remove_source S.0,0>T.0,0
T.0,1 Standard.stop | T.0,1 stopped | T.0,0 Standard.stop | T.0,0 stopped
"""
REST = """
T.0,0 deleting | T.0,0 Standard.delete | T.0,0 deleted | T.0,1 deleting | T.0,1 Standard.delete | T.0,1 deleted
hT.0 stopping | hT.0 Standard.stop | hT.0 stopped | hT.0 deleting | hT.0 Standard.delete | hT.0 deleted
hS.0 stopping | hS.0 Standard.stop | hS.0 stopped | hS.0 deleting | hS.0 Standard.delete | hS.0 deleted
"""
INTERLEAVED_UNINSTALL = SOURCE_STOPS + TARGETS_STOP + SOURCE_GOES + REST
STRICT_UNINSTALL = SOURCE_STOPS + SOURCE_GOES + TARGETS_STOP + REST


def index_in(text: str) -> list[int] | None:
    return None if text == "*" else [int(number) for number in text.split(",")]


def end_in(text: str) -> dict[str, Any]:
    node, _, index = text.partition(".")
    return {"node": node, "index": index_in(index)}


def item_in(text: str) -> dict[str, Any]:
    where, what, *between = text.split()
    if "." not in what:
        return {**end_in(where), "state": what}
    interface, operation = what.split(".")
    relationship = None
    if between:
        source, target = map(end_in, between[0].split(">"))
        relationship = {"type": "my.Link", "requirement": "link", "source": source, "target": target}
    return {**end_in(where), "interface": interface, "operation": operation, "relationship": relationship}


def timed(items: History) -> History:
    """Give each item its number and its time: one after the other, as a single worker would."""
    for seq, item in enumerate(items, 1):
        item |= {"seq": seq, "time": seq * 10.0}
        if "operation" in item:
            item |= {"exit_code": 0, "worker": "w", "attempt": 1, "started": seq * 10.0 - 9, "ended": seq * 10.0 - 1}
    return items


def history_in(text: str) -> History:
    steps = text.strip().replace("\n", "|").split("|")
    return timed([item_in(step) for step in steps if step.strip()])


def item_of(event: Event) -> dict[str, Any]:
    def end(found: End | None) -> dict[str, Any]:
        assert found is not None
        return {"node": found.node, "index": None if found.index is None else list(found.index)}

    where = {"node": event.node, "index": list(event.index)}
    if not event.is_operation:
        return where | {"state": event.what}
    interface, operation = event.what.split(".")
    relationship: dict[str, Any] | None = None
    if event.source is not None:
        ends = {"source": end(event.source), "target": end(event.target)}
        relationship = {"type": event.type, "requirement": event.requirement, **ends}
    return where | {"interface": interface, "operation": operation, "relationship": relationship}


def some_history(topology: Topology, workflow: str, *, strict: bool, seed: int = 0) -> History:
    """A history that obeys all edges, in an order drawn at random."""
    expectation = expect(topology, workflow, strict=strict)
    graph: dict[Event, set[Event]] = {event: set() for event in expectation.events}
    for before, after in expectation.edges:
        graph[after].add(before)
    sorter, chooser, items = TopologicalSorter(graph), random.Random(seed), []
    sorter.prepare()
    ready: list[Event] = []
    while sorter.is_active():
        ready = sorted([*ready, *sorter.get_ready()], key=str)
        event = ready.pop(chooser.randrange(len(ready)))
        items.append(item_of(event))
        sorter.done(event)
    return timed(items)


@pytest.mark.parametrize(
    ("text", "workflow", "strict"),
    [
        (INTERLEAVED_INSTALL, "install", False),
        (STRICT_INSTALL, "install", True),
        (INTERLEAVED_UNINSTALL, "uninstall", False),
        (STRICT_UNINSTALL, "uninstall", True),
        (STRICT_UNINSTALL, "uninstall", False),
    ],
)
def test_a_history_written_by_hand_passes(text: str, workflow: str, strict: bool) -> None:
    assert check(history_in(text), PAIR, workflow, strict=strict) == []


@pytest.mark.parametrize(
    ("text", "workflow", "message"),
    [
        (INTERLEAVED_INSTALL, "install", "S[0,0] creating was committed before T[0,0] started"),
        (INTERLEAVED_UNINSTALL, "uninstall", "T[0,1] stopping was committed before S[0,0] deleted"),
    ],
)
def test_interleaving_is_a_violation_where_strict_order_was_asked_for(text: str, workflow: str, message: str) -> None:
    assert message in check(history_in(text), PAIR, workflow, strict=True)


@pytest.mark.parametrize(
    ("workflow", "states", "operations"),
    # 13 nodes of components, 6 of servers; per source instance pre and post, per target instance pre and post, per pair
    # add_target and add_source: A>B 9 pairs, A>C 18, B>D 1, D>C 2.
    [
        ("install", 19 * 6, 19 * 3 + 2 * (9 + 9 + 1 + 1) + 2 * (1 + 2 + 1 + 2) + 2 * 30),
        ("uninstall", 19 * 4, 19 * 2 + 2 * 30),
    ],
)
def test_the_reference_example_has_its_numbers(workflow: str, states: int, operations: int) -> None:
    assert sum(len(appli().instances(node.name)) for node in appli().nodes) == 19
    events = expect(appli(), workflow).events
    assert len([event for event in events if not event.is_operation]) == states
    assert len([event for event in events if event.is_operation]) == operations


@pytest.mark.parametrize("topology", [appli(), legacy(), minimal(), PAIR])
@pytest.mark.parametrize("workflow", ["install", "uninstall"])
@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_any_order_that_obeys_the_rules_passes(topology: Topology, workflow: str, strict: bool, seed: int) -> None:
    assert check(some_history(topology, workflow, strict=strict, seed=seed), topology, workflow, strict=strict) == []


def position(history: History, text: str) -> int:
    wanted = item_in(text)
    return next(i for i, item in enumerate(history) if wanted.items() <= item.items())


def moved(text: str, before: str) -> Callable[[History], History]:
    def move(history: History) -> History:
        item = history.pop(position(history, text))
        history.insert(position(history, before), item)
        return timed(history)

    return move


# Each line is one rule of the interleaved install, broken.
@pytest.mark.parametrize(
    ("text", "before"),
    [
        ("S.0,0 created", "S.0,0 Standard.create"),
        ("S.0,0 Standard.start", "S.0,0 starting"),
        ("S.0,0 creating", "hS.0 started"),
        ("T.0,1 creating", "hT.0 started"),
        ("S.0,0 Configure.pre_configure_source S.0,0>T.*", "T.0,0 created"),
        ("S.0,0 Configure.pre_configure_source S.0,0>T.*", "S.0,0 configuring"),
        ("S.0,0 Standard.configure", "S.0,0 Configure.pre_configure_source S.0,0>T.*"),
        ("S.0,0 Configure.post_configure_source S.0,0>T.*", "S.0,0 Standard.configure"),
        ("S.0,0 configured", "S.0,0 Configure.post_configure_source S.0,0>T.*"),
        ("T.0,1 Configure.pre_configure_target S.*>T.0,1", "S.0,0 created"),
        ("T.0,1 Standard.configure", "T.0,1 Configure.pre_configure_target S.*>T.0,1"),
        ("T.0,1 configured", "T.0,1 Configure.post_configure_target S.*>T.0,1"),
        ("S.0,0 starting", "T.0,0 started"),
        ("S.0,0 Configure.add_target S.0,0>T.0,1", "S.0,0 started"),
        ("T.0,1 Configure.add_source S.0,0>T.0,1", "S.0,0 started"),
        ("T.0,0 Configure.add_source S.0,0>T.0,0", "T.0,0 started"),
    ],
)
def test_each_rule_of_install_is_watched(text: str, before: str) -> None:
    assert any(
        "was committed before" in found
        for found in check(moved(text, before)(history_in(INTERLEAVED_INSTALL)), PAIR, "install")
    )


@pytest.mark.parametrize(
    ("text", "before"),
    [
        ("S.0,0 Configure.remove_target S.0,0>T.0,1", "S.0,0 stopping"),
        ("S.0,0 Standard.stop", "S.0,0 Configure.remove_target S.0,0>T.0,0"),
        ("T.0,0 stopping", "S.0,0 stopped"),
        ("T.0,1 Configure.remove_source S.0,0>T.0,1", "T.0,1 stopping"),
        ("T.0,1 Standard.stop", "T.0,1 Configure.remove_source S.0,0>T.0,1"),
        ("S.0,0 deleting", "S.0,0 stopped"),
        ("hT.0 stopping", "T.0,1 deleted"),
        ("hS.0 stopping", "S.0,0 deleted"),
    ],
)
def test_each_rule_of_uninstall_is_watched(text: str, before: str) -> None:
    history = moved(text, before)(history_in(INTERLEAVED_UNINSTALL))
    assert any("was committed before" in found for found in check(history, PAIR, "uninstall"))


def test_a_failed_operation_is_a_violation() -> None:
    history = history_in(INTERLEAVED_INSTALL)
    history[1]["exit_code"] = 1
    assert check(history, PAIR, "install") == ["exit code 1: hS[0] Standard.create"]


def test_numbers_that_do_not_rise_are_a_violation() -> None:
    history = history_in(INTERLEAVED_INSTALL)
    history[3]["seq"] = history[2]["seq"]
    assert any("is followed by seq" in found for found in check(history, PAIR, "install"))


def test_an_operation_that_began_before_its_condition_was_committed_is_a_violation() -> None:
    history = history_in(INTERLEAVED_INSTALL)
    start = history[position(history, "S.0,0 Standard.start")]
    start["started"] = history[position(history, "S.0,0 starting")]["time"] - 1
    assert "S[0,0] Standard.start began before S[0,0] starting was committed" in check(history, PAIR, "install")


def test_two_operations_on_one_host_at_the_same_time_are_a_violation() -> None:
    history = history_in(INTERLEAVED_INSTALL)
    first = history[position(history, "T.0,1 Standard.create")]
    second = history[position(history, "T.0,0 Standard.create")]
    second["started"] = first["ended"] - 1
    assert check(history, PAIR, "install") == [
        "on hT[0] at the same time: T[0,1] Standard.create and T[0,0] Standard.create"
    ]
    long = history_in(INTERLEAVED_INSTALL)
    long[position(long, "hT.0 Standard.create")]["started"] = -1e6
    assert check(long, PAIR, "install") != []


def test_a_wrong_end_or_type_of_a_relationship_is_a_violation() -> None:
    for field, value in (
        ("type", "other.Link"),
        ("requirement", "other"),
        ("source", end_in("S.*")),
        ("target", end_in("T.0,5")),
    ):
        history = history_in(INTERLEAVED_INSTALL)
        history[position(history, "S.0,0 Configure.add_target S.0,0>T.0,1")]["relationship"][field] = value
        assert len(check(history, PAIR, "install")) == 2, field


def test_times_may_be_written_as_iso_8601() -> None:
    history = history_in(INTERLEAVED_INSTALL)
    for item in history:
        for name in {"time", "started", "ended"} & set(item):
            item[name] = f"2026-03-01T12:{int(item[name]) // 60:02}:{int(item[name]) % 60:02}.000000Z"
    assert check(history, PAIR, "install") == []


GOOD = {workflow: some_history(appli(), workflow, strict=False) for workflow in ("install", "uninstall")}
EDGES = {
    workflow: sorted(expect(appli(), workflow).edges, key=lambda edge: (str(edge[0]), str(edge[1])))
    for workflow in GOOD
}


@settings(max_examples=150, deadline=None)
@given(
    st.data(),
    st.sampled_from(["install", "uninstall"]),
    st.sampled_from(["swap", "drop", "duplicate", "move", "overlap"]),
)
def test_every_mutation_of_a_good_history_is_caught(data: st.DataObject, workflow: str, mutation: str) -> None:
    history = deepcopy(GOOD[workflow])
    place = data.draw(st.integers(0, len(history) - 1))
    if mutation == "drop":
        del history[place]
    elif mutation == "duplicate":
        history.append(deepcopy(history[place]))
    elif mutation == "overlap":
        operations = [
            item for item in history if "operation" in item and item["node"] in {"A", "srvA"} and item["index"][0] == 1
        ]
        at = data.draw(st.integers(1, len(operations) - 1))
        operations[at]["started"] = operations[at - 1]["ended"] - 1
    else:
        before, after = data.draw(st.sampled_from(EDGES[workflow]))
        events = [item_key(item) for item in history]
        first, then = events.index(item_key(item_of(before))), events.index(item_key(item_of(after)))
        if mutation == "swap":
            history[first], history[then] = history[then], history[first]
        else:
            history.insert(first, history.pop(then))
    assert check(timed(history) if mutation != "overlap" else history, appli(), workflow) != []


def item_key(item: dict[str, Any]) -> tuple[Any, ...]:
    names = ("node", "index", "state", "interface", "operation", "relationship")
    return tuple(item.get(name) for name in names)
