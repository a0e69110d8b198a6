"""Workflows of a topology from start to end: what is delegated, what fails, what there is nothing of."""

from __future__ import annotations

from typing import Any

import pytest

from engine.executions.progress import counts, history, states
from engine.executions.records import ExecutionRecord, InstanceRecord
from engine.executions.start import start_execution
from engine.instances.scaling import scale_of
from engine.space.backends.memory import MemorySpace, Store
from tests.engine.executions.world import deploy
from tests.support.carrying import carry_out
from tests.support.flows import NODES, flows
from tosca.model import ServiceTemplate

STOP = "activities: [ { call_operation: Standard.stop } ]"


class Site:
    """An instance, and the workflows that run on it one after another."""

    def __init__(self, workflows: str, **options: Any) -> None:
        self.template: ServiceTemplate = flows(workflows, **options)
        store = Store()
        deploy(store, self.template)
        self.space = MemorySpace(store)

    def run(self, workflow: str, fails: str = "") -> ExecutionRecord:
        record = start_execution(self.space, "m", "i", workflow)
        carry_out(self.space, fails=fails)
        found = ExecutionRecord.read(self.space, record.id)
        assert found is not None
        assert found[0].status != "running"
        assert not self.space.keys("op/")
        assert not self.space.keys("prop/")
        return found[0]

    def done(self, record: ExecutionRecord) -> list[str]:
        """``step node[index] operation`` of each operation, in order."""
        return [
            f"{event['step']} {event['node']}{event['index']} {event['operation']}"
            for event in history(self.space, record)
            if "operation" in event
        ]

    def states(self) -> dict[str, str]:
        found = InstanceRecord.read(self.space, "m", "i")
        assert found is not None
        named = states(self.space, found[0], scale_of(self.template, {})).items()
        return {f"{node}{flat}": state for (node, flat), state in named}


def steps(body: str, **options: Any) -> Site:
    return Site(f"    w:\n      steps:\n{body}", **options)


@pytest.mark.parametrize(
    "body", ["    w: { steps: { } }\n", "    w: { steps: { a: { on_success: b }, b: } }\n", "    w:\n"]
)
def test_a_workflow_in_which_nothing_is_to_be_done_ends_at_once(body: str) -> None:
    site = Site(body)
    for _ in range(2):
        assert site.run("w").status == "succeeded"


def test_steps_on_nodes_of_which_there_are_none_are_through_at_once() -> None:
    body = f"        a: {{ target: app, filter: [ {{ state: started }} ], {STOP}, on_success: b }}\n"
    body += "        b: { target: app, activities: [ { delegate: install } ], on_success: c }\n"
    body += f"        c: {{ target: db, {STOP} }}\n"
    nodes = NODES.replace("min_instances: 1", "min_instances: 0")
    site = steps(body, servers=0, nodes=nodes)
    record = site.run("w")
    assert record.status == "succeeded"
    assert site.done(record) == ["c db[0] stop"]


def test_a_workflow_runs_as_often_as_one_likes() -> None:
    site = steps(
        f"        a: {{ target: all, {STOP}, on_success: b }}\n        b: {{ target: db, {STOP} }}\n", servers=2
    )
    runs = [site.done(site.run("w")) for _ in range(3)]
    assert len(runs[0]) == 4
    assert runs[0][-1] == "b db[0] stop"
    assert sorted(runs[0]) == sorted(runs[1]) == sorted(runs[2])


def test_what_is_delegated_goes_on_from_where_the_nodes_are() -> None:
    site = steps("        a: { target: all, activities: [ { delegate: install } ] }\n")
    found = site.done(site.run("w"))
    assert sorted(found) == [
        "a app[0, 0] configure",
        "a app[0, 0] create",
        "a app[0, 0] start",
        "a db[0] create",
        "a db[0] start",
    ]
    assert found.index("a db[0] start") < found.index("a app[0, 0] start")
    assert site.states() == {"srv0": "initial", "app0": "started", "db0": "started"}
    again = site.run("w")
    assert site.done(again) == []
    assert counts(site.space, again) == {"total": 0, "done": 0, "running": 0, "failed": 0}
    woven = site.run("install")  # which finds them started, and has the server left to do
    assert woven.status == "succeeded"
    assert set(site.states().values()) == {"started"}


def test_a_failure_in_what_is_delegated_lets_the_steps_run_that_are_there_for_it() -> None:
    body = "        a: { target: all, activities: [ { delegate: install } ], on_success: b, on_failure: c }\n"
    body += f"        b: {{ target: app, {STOP} }}\n        c: {{ target: db, {STOP} }}\n"
    site = steps(body)
    record = site.run("w", fails="/w:a:0:db/0/8")  # the start of db, for which app waits before its own
    assert record.status == "succeeded"
    assert site.done(record)[-1] == "c db[0] stop"
    assert "a db[0] start" in site.done(record)
    assert not any("app[0, 0] start" in line or line.startswith("b ") for line in site.done(record))
    assert site.states()["db0"] == "error"


def test_an_uninstall_of_ones_own_goes_on_past_failures_and_fails_in_the_end() -> None:
    body = (
        "    uninstall:\n      steps:\n"
        "        a: { target: app, activities: [ { call_operation: Standard.stop },"
        " { call_operation: Standard.delete } ], on_success: b }\n"
        "        b: { target: all, activities: [ { set_state: deleted } ] }\n"
    )
    site = Site(body)
    site.run("install")
    record = site.run("uninstall", fails="uninstall:a:0:app/0/1")
    assert record.status == "failed"
    assert site.done(record) == ["a app[0, 0] stop", "a app[0, 0] delete"]
    assert site.states() == {"srv0": "started", "app0": "deleted", "db0": "deleted"}


def test_preconditions_of_a_workflow_inside_are_looked_at_once_for_all_its_steps() -> None:
    """The first step takes away what they ask for; the second runs all the same."""
    inner = (
        "    v:\n      preconditions: [ { target: app, condition: [ { state: started } ] } ]\n      steps:\n"
        "        a: { target: app, activities: [ { set_state: stopping }, { call_operation: Standard.stop },"
        " { set_state: stopped } ], on_success: b }\n"
        "        b: { target: all, activities: [ { call_operation: Standard.start } ] }\n"
    )
    outer = f"s: {{ activities: [ {{ inline: v }} ], on_success: t }}, t: {{ target: db, {STOP} }}"
    site = Site(f"{inner}    w: {{ steps: {{ {outer} }} }}\n", servers=2)
    assert site.done(site.run("w")) == ["s.b db[0] start", "t db[0] stop"]  # nothing is started yet
    site.run("install")
    found = site.done(site.run("w"))
    assert found[:2] == ["s.a app[0, 0] stop", "s.a app[1, 0] stop"]
    assert sorted(found[2:5]) == ["s.b app[0, 0] start", "s.b app[1, 0] start", "s.b db[0] start"]
    assert found[5:] == ["t db[0] stop"]


def test_a_failure_inside_a_workflow_inside_is_dealt_with_around_it() -> None:
    inner = f"    v: {{ steps: {{ a: {{ target: app, {STOP}, on_success: b }}, b: {{ target: app, {STOP} }} }} }}\n"
    outer = "s: { activities: [ { inline: v }, { inline: v } ], on_success: t, on_failure: u }"
    outer += f", t: {{ target: db, {STOP} }}, u: {{ target: db, {STOP} }}"
    site = Site(f"{inner}    w: {{ steps: {{ {outer} }} }}\n", servers=2)
    record = site.run("w", fails="w:s.1.a:0:app/1")
    assert record.status == "succeeded"
    assert site.done(record) == ["s.1.a app[0, 0] stop", "s.1.a app[1, 0] stop", "u db[0] stop"]


def test_install_after_a_workflow_that_stops_starts_again_what_it_has_stopped() -> None:
    body = (
        "        a: { target: app, activities: [ { set_state: stopping }, { call_operation: Standard.stop },"
        " { set_state: stopped }, { set_state: mothballed } ] }\n"
    )
    site = steps(body)
    site.run("install")
    site.run("w")
    assert site.states()["app0"] == "mothballed"
    record = site.run("install")
    events = history(site.space, record)
    assert [event["operation"] for event in events if "operation" in event] == ["start"]
    assert set(site.states().values()) == {"started"}
