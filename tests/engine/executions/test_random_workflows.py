"""Random imperative workflows run by workers that die at random do what a rehearsal of their text says."""

from __future__ import annotations

import itertools
import json
import random
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.executions.progress import counts, history, operations
from engine.executions.records import ExecutionRecord
from engine.rete.condition import Quantifier, Verdict, verdict
from engine.space.backends.memory import Store
from engine.weaving.draft import Draft
from tests.engine.executions.rehearsal import Act, Op, Plan, Rehearsal, Stage
from tests.engine.executions.test_random import run
from tests.engine.executions.world import Budget, Violation, World, deploy, determined
from tests.support.flows import flows
from tosca.model import ServiceTemplate

NODES = {"app": ("app",), "db": ("db",), "all": ("app", "db")}
NAMES = ("w", "v", "u")  # each may contain those after it


@st.composite
def plans(draw: st.DrawFn) -> dict[str, Plan]:
    """Up to three workflows, each of up to five steps that lead forward."""
    found = {}
    for number, name in enumerate(NAMES):
        keys = [f"{name}{i}" for i in range(draw(st.integers(1, 5 if number == 0 else 3)))]
        steps = {}
        for i, key in enumerate(keys):
            target = draw(st.sampled_from(list(NODES)))
            acts = draw(st.lists(_acts(NAMES[number + 1 :]), min_size=0, max_size=3, unique_by=lambda act: act.value))
            later = st.lists(st.sampled_from(keys[i + 1 :]), unique=True, max_size=2) if keys[i + 1 :] else st.just([])
            only = ("app", draw(st.integers(0, 1))) if draw(st.integers(0, 5)) == 0 else None
            if target == "db" or only is None:
                only = None
            steps[key] = Stage(NODES[target], acts, only, draw(later), draw(later) if draw(st.booleans()) else [])
        only = ("app", draw(st.integers(0, 1))) if number and draw(st.booleans()) else None
        found[name] = Plan(steps, only)
    return found


def _acts(inner: tuple[str, ...]) -> st.SearchStrategy[Act]:
    kinds = [st.sampled_from(["create", "start", "stop"]).map(lambda name: Act("call", name))] * 3
    kinds.append(st.sampled_from(["stopping", "odd"]).map(lambda name: Act("set", name)))
    if inner:
        kinds.append(st.sampled_from(inner).map(lambda name: Act("inline", name)))
    return st.one_of(kinds)


def template(found: Mapping[str, Plan], servers: int) -> ServiceTemplate:
    """The plans as a user writes them."""
    return flows(
        "".join(f"    {name}: {json.dumps(_workflow(plan))}\n" for name, plan in found.items()), servers=servers
    )


def _workflow(plan: Plan) -> dict[str, Any]:
    written: dict[str, Any] = {"steps": {key: _step(step) for key, step in plan.steps.items()}}
    if plan.only is not None:
        written["preconditions"] = [{"target": plan.only[0], "condition": _only(plan.only)}]
    return written


def _step(step: Stage) -> dict[str, Any]:
    target = next(name for name, nodes in NODES.items() if nodes == step.nodes)
    words = {"call": ("call_operation", "Standard."), "set": ("set_state", ""), "inline": ("inline", "")}
    acts = [{words[act.kind][0]: words[act.kind][1] + act.value} for act in step.acts]
    written: dict[str, Any] = {"target": target, "activities": acts}
    if step.only is not None:
        # a filter is about every target: others than the node must not be left out
        others = [{"tosca_name": [{"equal": node}]} for node in step.nodes if node != step.only[0]]
        written["filter"] = [{"or": [*others, *_only(step.only)]}]
    return written | {"on_success": list(step.on_success), "on_failure": list(step.on_failure)}


def _only(only: tuple[str, int]) -> list[dict[str, Any]]:
    return [{"tosca_id": [{"equal": f"{only[0]}[{only[1]},0]"}]}]


def performed(world: World) -> dict[Op, dict[str, Any]]:
    found = {}
    for event in history(world.space, world.record):
        if "operation" in event:
            number = event["index"][0]
            found[event["step"], event["node"], number, event["operation"]] = event
    return found


def compare(world: World, record: ExecutionRecord, rehearsal: Rehearsal, succeeds: bool) -> list[str]:
    """What is otherwise than in the rehearsal."""
    found = performed(world)
    wrong = [f"{op} ran" for op in found if op not in rehearsal.before]
    wrong += [f"{op} did not run" for op in rehearsal.ran if op not in found]
    for op, event in found.items():
        for earlier in rehearsal.before.get(op, set()):
            if earlier in found and found[earlier]["ended"] > event["started"]:
                wrong.append(f"{op} began before {earlier} had ended")
    wrong += overlaps(found)
    if (record.status == "succeeded") != succeeds:
        wrong.append(f"it {record.status}")
    times = Counter(op for op in rehearsal.ran)
    wrong += [f"{op} is there {count} times" for op, count in times.items() if count > 1]
    return wrong


def overlaps(found: Mapping[Op, dict[str, Any]]) -> list[str]:
    """Operations of one host that ran at the same time: each instance here has a host of its own."""
    wrong = []
    by_host: dict[tuple[str, int], list[tuple[str, str, Op]]] = {}
    for op, event in found.items():
        by_host.setdefault((op[1], op[2]), []).append((event["started"], event["ended"], op))
    for times in by_host.values():
        for (_, ended, first), (started, _, second) in itertools.pairwise(sorted(times)):
            if started < ended:
                wrong.append(f"{first} and {second} ran at the same time")
    return wrong


def rehearsed(
    found: Mapping[str, Plan], servers: int, seed: int, doomed: float, budget: Budget | None = None
) -> list[str]:
    """Run a workflow, and its rehearsal; return how they differ."""
    chance = random.Random(seed)
    fate: dict[Op, bool] = {}

    def fails(op: Op) -> bool:
        return fate.setdefault(op, random.Random(f"{seed}{op}").random() < doomed)

    parsed = template(found, servers)
    with determined(seed):
        store = Store(clock=lambda: 0.0)
        deploy(store, parsed)
        made = World(
            parsed,
            store=store,
            workflow="w",
            workers=2,
            slots=2,
            ticking=True,
            budget=budget,
            fails=_by_name(store, fails),
        )
        record = run(made, chance, everything=False)
        rehearsal = Rehearsal(found, {"app": servers, "db": 1}, fails)
        wrong = compare(made, record, rehearsal, rehearsal.perform("w"))
        done = counts(made.space, record)
        if done["done"] != len(performed(made)):
            wrong.append(f"{done} is counted")
        if record.status == "succeeded" and done["total"] != done["done"]:
            wrong.append(f"it succeeded with {done}")
        items = Counter(item["state"] for item in operations(made.space, record))
        if items["succeeded"] + items["failed"] != done["done"]:
            wrong.append(f"{items} is listed, {done} counted")
    return wrong


def _by_name(store: Store, fails: Callable[[Op], bool]) -> Callable[[str], bool]:
    """The fate of an operation by the name that the stepped world gives it."""
    rules = {}
    for key, entry in store.data.items():
        if key.startswith("rule/") and not key.endswith(".network"):
            production = json.loads(entry.value)
            rules[production["name"]] = production

    def by_name(name: str) -> bool:
        production, flat, step = name.rsplit("/", 2)
        operation = rules[production]["steps"][int(step)].get("operation")
        if operation is None:
            return False
        subject = rules[production]["subject"]
        return fails((subject["step"], subject["node"], int(flat), operation["name"]))

    return by_name


@settings(max_examples=60)
@given(plans(), st.integers(1, 3), st.integers(0, 2**32), st.sampled_from([0.0, 0.2, 0.5]))
def test_random_workflows_do_what_their_text_says_while_workers_die(
    found: dict[str, Plan], servers: int, seed: int, doomed: float
) -> None:
    budget = Budget(crashes=2, zombies=1, losses=2)
    assert rehearsed(found, servers, seed, doomed, budget) == []


WIDE = {
    "w": Plan(
        {
            "all": Stage(
                ("app", "db"),
                [Act("set", "stopping"), Act("call", "stop"), Act("set", "odd"), Act("call", "start")],
                on_success=["inner"],
                on_failure=["rescue"],
            ),
            "inner": Stage(("app",), [Act("inline", "v"), Act("call", "create")], only=("app", 3)),
            "rescue": Stage(("app",), [Act("set", "odd"), Act("call", "create")]),
        }
    ),
    "v": Plan(
        {"x": Stage(("app",), [Act("call", "stop")]), "y": Stage(("app",), [Act("call", "start")])}, only=("app", 3)
    ),
    "u": Plan({}),
}


@pytest.mark.parametrize("doomed", [0.0, 0.05])
def test_steps_on_very_many_instances_fit_into_transactions(doomed: float) -> None:
    assert rehearsed(WIDE, 99, 5, doomed, Budget(crashes=3, zombies=1, losses=3)) == []


# -- a broken engine is caught by these checks

RESCUE = {
    "w": Plan(
        {
            "try": Stage(("app",), [Act("call", "stop")], on_success=["next"], on_failure=["rescue"]),
            "next": Stage(("db",), [Act("call", "start")]),
            "rescue": Stage(("db",), [Act("call", "stop")]),
        }
    ),
    "v": Plan({}),
    "u": Plan({}),
}


def differences(doomed: float) -> list[str]:
    found = []
    for seed in range(8):
        try:
            found += rehearsed(RESCUE, 3, seed, doomed)
        except Violation as violation:
            found.append(str(violation))
    return found


def test_the_rehearsal_agrees_with_the_engine_as_it_is() -> None:
    assert differences(0.3) == []


def test_steps_that_do_not_wait_for_every_instance_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def takes(self: Draft, step: int, inputs: int) -> int:
        return original(self, step, 1 if inputs == 3 and step == 1 else inputs)

    original = Draft.takes
    monkeypatch.setattr(Draft, "takes", takes)
    assert any("began before" in text or "has not ended" in text for text in differences(0.0))


def test_a_rescue_that_begins_with_the_first_failure_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def hasty(quantifier: Quantifier, *memory: int) -> Verdict:
        return verdict(Quantifier.ANY if quantifier is Quantifier.SOME else quantifier, *memory)

    monkeypatch.setattr("engine.rete.network.verdict", hasty)
    assert any("began before" in text for text in differences(0.3))


def test_hosts_without_queues_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.executions.commit.host_of", lambda production, flat: None)
    beside = {
        "w": Plan({f"s{i}": Stage(("db",), [Act("call", "stop")]) for i in range(3)}),
        "v": Plan({}),
        "u": Plan({}),
    }
    assert any("at the same time" in text for text in rehearsed(beside, 1, 1, 0.0))
