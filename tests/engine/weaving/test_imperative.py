"""Workflows of a topology are put in place with all that they contain; what cannot be run says why."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from engine.executions.networks import install_network
from engine.instances.scaling import scale_of
from engine.rete.production import FAILURE, Production
from engine.space.backends.memory import MemorySpace
from engine.weaving import ImperativeWorkflow, WovenWorkflow, compile_workflow, workflow_of, workflows
from engine.weaving.conditions import constraint_from_json, constraint_to_json
from engine.weaving.draft import MOST_FEEDS
from engine.weaving.errors import (
    ForeignWorkflow,
    NameClash,
    TooManySteps,
    TwoWorkflows,
    UnknownWorkflow,
    UnrunnableStep,
    WeavingCycle,
)
from engine.weaving.values import from_json
from tests.support.flows import flows
from tosca.model import Function, ServiceTemplate

PAIRS = """\
  node_templates:
    a:
      type: SoftwareComponent
      capabilities: { scalable: { properties: { default_instances: 2 } } }
      requirements: [ { dependency: { node: b, relationship: R } } ]
    b:
      type: SoftwareComponent
      capabilities: { scalable: { properties: { default_instances: 3 } } }
  relationship_templates:
    R:
      type: ConnectsTo
      interfaces: { Configure: { add_target: act.sh, pre_configure_source: act.sh, pre_configure_target: act.sh } }
"""


def compiled(template: ServiceTemplate, name: str = "w") -> dict[str, Production]:
    found = compile_workflow(workflow_of(template, name), scale_of(template, {}))
    return {production.name: production for production in found.productions}


def steps(body: str, **options: Any) -> ServiceTemplate:
    """A workflow ``w`` of these steps."""
    return flows(f"    w:\n      steps:\n{body}", **options)


def on_app(*activities: str, more: str = "") -> str:
    return f"        s: {{ target: app, activities: [ {', '.join(activities)} ]{more} }}\n"


def operations(production: Production) -> list[str]:
    return [step.operation["name"] for step in production.steps if step.operation is not None]


def refused(template: ServiceTemplate) -> str:
    with pytest.raises(UnrunnableStep) as error:
        workflow_of(template, "w")
    return str(error.value)


# -- which workflow it is


@pytest.mark.parametrize("name", ["install", "deploy"])
def test_a_workflow_of_the_topology_replaces_the_woven_one_under_both_its_names(name: str) -> None:
    template = flows(f"    {name}: {{ steps: {{ }} }}\n")
    assert workflows(template) == ("install", "uninstall")
    for asked in ("install", "deploy"):
        found = workflow_of(template, asked)
        assert isinstance(found, ImperativeWorkflow)
        assert found.workflow == "install"
    assert isinstance(workflow_of(template, "uninstall"), WovenWorkflow)


def test_both_names_of_one_workflow_are_refused() -> None:
    template = flows("    install: { steps: { } }\n    deploy: { steps: { } }\n")
    with pytest.raises(TwoWorkflows, match="found workflows 'install' and 'deploy' in the topology"):
        workflow_of(template, "install")


def test_an_unknown_workflow_is_answered_with_those_that_there_are() -> None:
    template = flows("    backup: { steps: { } }\n")
    assert workflows(template) == ("install", "uninstall", "backup")
    with pytest.raises(UnknownWorkflow, match="unknown workflow 'restore'; this model has install, uninstall, backup"):
        workflow_of(template, "restore")


# -- what steps become


def test_activities_of_a_step_are_one_line_of_each_instance() -> None:
    found = compiled(steps(on_app("{ set_state: stopping }", "{ call_operation: Standard.stop }"), servers=3))
    line = found["w:s:0:app"]
    assert (line.count, line.state_of) == (3, ("app", 0, 1))
    assert [(step.state, step.operation and step.operation["name"]) for step in line.steps] == [
        (None, None),
        ("stopping", None),
        (None, "stop"),
    ]


@pytest.mark.parametrize("spelling", ["Standard", "tosca:Standard", "tosca.interfaces.node.lifecycle.Standard"])
def test_an_interface_may_be_named_in_every_spelling(spelling: str) -> None:
    found = compiled(steps(on_app(f'{{ call_operation: "{spelling}.stop" }}')))
    assert operations(found["w:s:0:app"]) == ["stop"]
    assert found["w:s:0:app"].steps[1].operation["interface"] == "Standard"  # type: ignore[index]  # it has one


def test_an_operation_without_an_implementation_is_a_no_op() -> None:
    body = "        s: { target: db, activities: [ { call_operation: Standard.configure } ], on_success: t }\n"
    found = compiled(steps(body + "        t: { target: db, activities: [ { call_operation: Standard.stop } ] }\n"))
    assert "w:s:0:db" not in found
    assert len(found["w:s"].steps) == 1


def test_a_step_on_a_group_is_for_each_member_that_has_the_operation() -> None:
    body = "        s: { target: all, activities: [ { call_operation: Standard.delete } ] }\n"
    assert [name for name in compiled(steps(body)) if name.startswith("w:s:")] == ["w:s:0:app"]


@pytest.mark.parametrize(("host", "node"), [("db", "db"), ("app", "app")])
def test_operation_host_says_which_members_of_a_group(host: str, node: str) -> None:
    body = (
        f"        s: {{ target: all, operation_host: {host}, activities: [ {{ call_operation: Standard.stop }} ] }}\n"
    )
    assert [name for name in compiled(steps(body)) if name.startswith("w:s:")] == [f"w:s:0:{node}"]


def test_an_operation_that_only_the_group_has_runs_on_its_members() -> None:
    nodes = (
        "  node_templates:\n    a: { type: SoftwareComponent }\n    b: { type: Compute }\n"
        "  groups:\n    all: { type: tosca.groups.Root, members: [ a, b ],"
        " interfaces: { Standard: { start: act.sh, create: act.sh } } }\n"
    )
    body = "        s: { target: all, operation_host: Compute, activities: [ { call_operation: Standard.start } ] }\n"
    template = steps(body, nodes=nodes, version="tosca_simple_yaml_1_1")
    found = compiled(template)
    assert [name for name in found if name.startswith("w:s:")] == []  # the node's own comes first: a no-op


@pytest.mark.parametrize(
    ("operation", "host", "count"),
    [("add_target", "SOURCE", 6), ("pre_configure_source", "SOURCE", 2), ("pre_configure_target", "TARGET", 3)],
)
def test_a_step_on_a_relationship_runs_on_the_side_that_operation_host_says(
    operation: str, host: str, count: int
) -> None:
    body = (
        f"        s: {{ target: a, target_relationship: dependency, operation_host: {host},"
        f" activities: [ {{ call_operation: Configure.{operation} }} ] }}\n"
    )
    found = compiled(steps(body, nodes=PAIRS))["w:s:0:a.dependency"]
    assert found.count == count
    assert found.subject["node"] == ("a" if host == "SOURCE" else "b")
    assert found.subject["relationship"]["side"] == host.lower()


def test_a_delegated_sequence_is_that_of_the_node_alone() -> None:
    found = compiled(steps(on_app("{ delegate: install }")))
    line = found["w:s:0:app"]
    assert operations(line) == ["create", "configure", "start"]
    assert line.resumes
    assert [name for name in found if name.startswith("w:s:")] == ["w:s:0:app"]


def test_delegated_to_a_group_its_members_wait_for_each_other() -> None:
    body = "        s: { target: all, activities: [ { delegate: install } ] }\n"
    found = compiled(steps(body))
    assert {name for name in found if name.startswith("w:s:")} == {"w:s:0:app", "w:s:0:db"}
    assert any(feed.target == "w:s:0:app" for feeds in found["w:s:0:db"].feeds.values() for feed in feeds)


def test_the_woven_workflow_can_stand_inside_one_of_the_topology() -> None:
    found = compiled(flows("    w: { steps: { s: { activities: [ { inline: uninstall } ] } } }\n"))
    assert {"w:s:0:app", "w:s:0:db", "w:s:0:srv"} <= found.keys()
    assert all(found[f"w:s:0:{name}"].tolerant for name in ("app", "db", "srv"))


def test_a_workflow_inside_keeps_its_own_branches_and_names_its_steps_by_the_way_to_them() -> None:
    inner = "a: { target: app, activities: [ { call_operation: Standard.stop } ] }, b: { target: db }"
    outer = "s: { activities: [ { inline: v }, { inline: v } ] }"
    found = compiled(flows(f"    v: {{ steps: {{ {inner} }} }}\n    w: {{ steps: {{ {outer} }} }}\n"))
    assert {"w:s", "w:s.1.a", "w:s.1.b", "w:s.2.a", "w:s.2.b", "w:s.1.a:0:app", "w:s.2.a:0:app"} <= found.keys()


def test_operations_on_hosts_that_several_steps_use_take_turns() -> None:
    one = on_app("{ call_operation: Standard.stop }")
    assert compiled(steps(one))["w:s:0:app"].subject["host"] is None
    two = f"{one}        t: {{ target: srv, activities: [ {{ delegate: install }} ] }}\n"
    two += "        u: { target: app, activities: [ { call_operation: Standard.start } ] }\n"
    assert compiled(steps(two))["w:s:0:app"].subject["host"]["node"] == "srv"


def test_failures_of_an_uninstall_are_passed_over_but_where_a_step_is_there_for_them() -> None:
    body = (
        "    uninstall:\n      steps:\n"
        "        s: { target: app, activities: [ { call_operation: Standard.stop } ], on_failure: t }\n"
        "        t: { target: db, activities: [ { call_operation: Standard.stop } ] }\n"
    )
    found = compiled(flows(body), "uninstall")
    assert (found["uninstall:s:0:app"].tolerant, found["uninstall:t:0:db"].tolerant) == (False, True)
    assert found["uninstall:s:0:app"].subject["handled"] is True
    assert "handled" not in found["uninstall:t:0:db"].subject


def test_a_step_that_very_many_wait_for_hands_its_facts_on_by_relays() -> None:
    many = [f"t{i}" for i in range(600)]
    body = on_app("{ call_operation: Standard.stop }", more=f", on_success: [ {', '.join(many)} ], on_failure: [ x ]")
    body += "        x: { target: db }\n"
    body += "".join(f"        {name}: {{ target: app, activities: [ {{ set_state: {name} }} ] }}\n" for name in many)
    found = compiled(steps(body))
    assert max(len(feeds) for production in found.values() for feeds in production.feeds.values()) <= MOST_FEEDS
    assert len([name for name in found if ":relay:" in name]) >= 3


def test_the_same_workflow_always_gives_the_same_network() -> None:
    template = steps(on_app("{ call_operation: Standard.stop }", more=", filter: [ { state: started } ]"))
    space = MemorySpace()
    ids = {install_network(space, workflow_of(template, "w"), scale_of(template, {})) for _ in range(2)}
    assert len(ids) == 1


def test_workflows_that_differ_in_their_preconditions_alone_are_different_networks() -> None:
    def network(state: str) -> str:
        precondition = f"{{ target: app, condition: [ {{ state: {state} }} ] }}"
        template = flows(f"    w: {{ preconditions: [ {precondition} ], steps: {{ }} }}\n")
        return install_network(MemorySpace(), workflow_of(template, "w"), scale_of(template, {}))

    assert network("started") != network("stopped")


def test_a_state_from_which_no_workflow_goes_on_is_fleeting() -> None:
    line = compiled(steps(on_app("{ set_state: backing_up }", "{ set_state: started }")))["w:s:0:app"]
    assert [step.fleeting for step in line.steps] == [False, True, False]


# -- inputs


def inputs_of(template: ServiceTemplate, production: str) -> dict[str, Any]:
    found = compiled(template)[production]
    (operation,) = [step.operation for step in found.steps if step.operation is not None]
    return {name: from_json(value) for name, value in operation["inputs"].items()}


def test_get_input_means_the_workflows_input_first() -> None:
    call = "{ call_operation: { operation: Standard.stop, inputs: { a: { get_input: tag }, b: { get_input: size } } } }"
    template = flows(
        "    w:\n      inputs: { tag: { type: string } }\n      steps:\n" + on_app(call),
    )
    assert inputs_of(template, "w:s:0:app") == {
        "a": Function("workflow_input", ("tag",)),
        "b": Function("get_input", ("size",)),
    }


INNER = (
    "    v:\n      inputs: { tag: { type: string, required: %s }, n: { type: integer, default: 3 } }\n      steps:\n"
    "        a: { target: app, activities: [ { call_operation: { operation: Standard.stop,"
    " inputs: { a: { get_input: tag }, b: { get_input: n } } } } ] }\n"
)


def within(given: str, required: str = "true") -> ServiceTemplate:
    step = f"{{ activities: [ {{ inline: {{ workflow: v, inputs: {given} }} }} ] }}"
    return flows(f"{INNER % required}    w: {{ inputs: {{ own: {{ type: string }} }}, steps: {{ s: {step} }} }}\n")


def test_inputs_that_are_given_to_a_workflow_inside_reach_its_operations() -> None:
    assert inputs_of(within("{ tag: { concat: [ x, { get_input: own } ] } }"), "w:s.a:0:app") == {
        "a": Function("concat", ("x", Function("workflow_input", ("own",)))),
        "b": 3,
    }


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("{ }", "step 's' of workflow 'w' cannot be run: input 'tag' (string) is required and is not given"),
        ("{ tga: x }", "found input 'tga', the workflow declares n, tag"),
        ("{ tag: x, n: many }", "found 'many' as input 'n', expected a integer"),
    ],
)
def test_inputs_of_a_workflow_inside_are_checked_at_upload(given: str, message: str) -> None:
    assert message in refused(within(given))


def test_an_input_that_is_not_given_is_that_of_the_same_name_outside() -> None:
    body = "{ inputs: { tag: { type: string } }, steps: { s: { activities: [ { inline: v } ] } } }"
    body = f"{INNER % 'true'}    w: {body}\n"
    assert inputs_of(flows(body), "w:s.a:0:app")["a"] == Function("workflow_input", ("tag",))


# -- what cannot be run


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            (
                "        s: { target: app, target_relationship: host, operation_host: SOURCE,"
                " activities: [ { set_state: x } ] }\n"
            ),
            "found set_state 'x' on a relationship, which has no state; expected call_operation",
        ),
        (
            (
                "        s: { target: app, target_relationship: host, operation_host: SOURCE,"
                " activities: [ { delegate: install } ] }\n"
            ),
            "found delegate 'install' on a relationship, expected it on a node or a group",
        ),
        (
            "        s: { target: app, operation_host: db, activities: [ { call_operation: Standard.stop } ] }\n",
            "found operation_host 'db' of a step on a node, expected none",
        ),
        (
            "        s: { target: all, operation_host: Compute, activities: [ { call_operation: Standard.stop } ] }\n",
            "found operation_host 'Compute', expected a member of the group, or a type that one has",
        ),
        (
            "        s: { target: db, target_relationship: host, activities: [ ] }\n",
            "found requirement 'host' of 'db', which leads to no node here",
        ),
        (
            "        s: { target: app, activities: [ { delegate: w } ] }\n",
            "found delegate 'w', the types of app declare",
        ),
    ],
)
def test_a_step_that_nobody_could_carry_out_is_refused(body: str, message: str) -> None:
    text = refused(steps(body))
    assert text.startswith("step 's' of workflow 'w' cannot be run: ")
    assert message in text


def test_steps_that_wait_for_each_other_by_way_of_a_failure_are_refused() -> None:
    body = "        s: { target: app, on_failure: t }\n        t: { target: app, on_success: s }\n"
    with pytest.raises(WeavingCycle, match="workflow 'w' waits for itself"):
        workflow_of(steps(body), "w")


def test_workflows_that_multiply_beyond_all_measure_are_refused() -> None:
    levels = "".join(
        f"    v{i}: {{ steps: {{ a: {{ activities: [ {{ inline: v{i + 1} }}, {{ inline: v{i + 1} }} ] }},"
        f" b: {{ activities: [ {{ inline: v{i + 1} }}, {{ inline: v{i + 1} }} ] }} }} }}\n"
        for i in range(9)
    )
    body = f"{levels}    v9: {{ steps: {{ }} }}\n    w: {{ steps: {{ s: {{ activities: [ {{ inline: v0 }} ] }} }} }}\n"
    with pytest.raises(TooManySteps, match="more than 10000 steps"):
        workflow_of(flows(body), "w")


def test_workflows_that_lie_too_deep_inside_each_other_are_refused() -> None:
    levels = "".join(
        f"    v{i}: {{ steps: {{ a: {{ activities: [ {{ inline: v{i + 1} }} ] }} }} }}\n" for i in range(15)
    )
    body = f"{levels}    v15: {{ steps: {{ }} }}\n    w: {{ steps: {{ s: {{ activities: [ {{ inline: v0 }} ] }} }} }}\n"
    assert "found more than 12 workflows inside each other, expected fewer" in refused(flows(body))


def test_a_node_that_is_named_like_a_step_is_refused() -> None:
    nodes = '  node_templates:\n    "w:s": { type: Compute }\n'
    with pytest.raises(NameClash, match="two productions named 'w:s'"):
        workflow_of(steps("        s: { target: 'w:s' }\n", nodes=nodes), "w")


def test_a_workflow_in_another_language_is_refused() -> None:
    with pytest.raises(ForeignWorkflow, match=r"found 'w\.bpmn' as the implementation of workflow 'w', expected steps"):
        workflow_of(flows("    w: { implementation: { primary: w.bpmn } }\n"), "w")


def test_a_workflow_that_a_type_declares_can_be_delegated() -> None:
    types = (
        "node_types:\n  N:\n    derived_from: tosca.nodes.SoftwareComponent\n    workflows:\n      refresh:\n"
        "        steps:\n          refresh_sequence:\n"
        "            activities: [ { set_state: fresh }, { call_operation: Standard.start } ]\n"
    )
    nodes = "  node_templates: { n: { type: N, interfaces: { Standard: { operations: { start: act.sh } } } } }\n"
    template = steps("        s: { target: n, activities: [ { delegate: refresh } ] }\n", nodes=nodes, types=types)
    assert operations(compiled(template)["w:s:0:n"]) == ["start"]
    assert workflows(template) == ("install", "uninstall", "refresh", "w")


# -- as a person reads it


def test_it_is_described_step_by_step() -> None:
    template = steps(
        on_app("{ set_state: x }", "{ call_operation: Standard.stop }", more=", on_failure: t") + "        t: {}\n"
    )
    described = workflow_of(template, "w").describe()
    assert described["steps"]["s"] == {
        "filter": [],
        "activities": [
            {"node": "app", "set_state": "x"},
            {"node": "app", "call_operation": "Standard.stop", "implementation": "stop.sh"},
        ],
        "on_success": [],
        "on_failure": ["t"],
    }


# -- conditions as they are stored

CLAUSES = {
    "string": ["{ equal: started }", "{ valid_values: [ a, '1' ] }", "{ pattern: 'a+' }", "{ min_length: 2 }"],
    "integer": ["{ in_range: [ 1, 4 ] }", "{ greater_than: 3 }", "{ in_range: [ 1, UNBOUNDED ] }"],
    "scalar-unit.size": ["{ less_or_equal: 4 GB }", "{ valid_values: [ 1 MB, 2 kB ] }"],
    "version": ["{ greater_or_equal: 1.10 }"],
    "timestamp": ["{ less_than: 2024-01-01T00:00:00Z }"],
    "list": ["{ length: 2 }"],
    "float": ["{ equal: 1.5 }"],
    "boolean": ["{ equal: true }"],
    "map": ["{ equal: { a: [ 1, 'x', true ], b: null } }"],
}


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in CLAUSES.items() for text in texts])
def test_constraints_are_read_back_as_they_were(kind: str, text: str) -> None:
    entry = ", entry_schema: { type: string }" if kind in ("list", "map") else ""
    nodes = "  node_templates: { n: { type: N } }\n"
    types = f"node_types:\n  N: {{ derived_from: tosca.nodes.Root, attributes: {{ x: {{ type: {kind}{entry} }} }} }}\n"
    template = steps(f"        s: {{ target: n, filter: [ {{ x: [ {text} ] }} ] }}\n", nodes=nodes, types=types)
    (condition,) = template.workflows["w"].steps["s"].filter
    for constraint in condition.constraints:
        assert constraint_from_json(constraint_to_json(constraint)) == constraint


def test_every_fact_of_every_step_leads_somewhere() -> None:
    """No feed names a production, a step or an input that is not there."""
    more = ", filter: [ { state: a } ], on_success: t, on_failure: t"
    body = on_app("{ call_operation: Standard.stop }", "{ inline: v }", "{ delegate: install }", more=more)
    body += "        t: { target: all, activities: [ { set_state: x } ] }\n"
    inner = "{ a: { target: all, activities: [ { call_operation: Standard.stop } ] } }"
    inner = f"{{ preconditions: [ {{ target: app, condition: [ {{ state: a }} ] }} ], steps: {inner} }}"
    template = flows(f"    v: {inner}\n    w:\n      steps:\n{body}", servers=40)
    found = compiled(template)
    inputs: dict[tuple[str, int, int], list[int]] = {}
    for production, (step, feeds) in itertools.chain.from_iterable(
        zip(itertools.repeat(found[name]), found[name].feeds.items(), strict=False) for name in found
    ):
        assert step == FAILURE or 0 <= step < max(len(production.steps), 2)
        for feed, flat in itertools.product(feeds, range(production.count)):
            for target in feed.targets(flat):
                inputs.setdefault((feed.target, target, feed.step), []).append(feed.input(flat))
    for (name, flat, step), numbers in inputs.items():
        if step >= 0:
            condition = found[name].steps[step].condition
            assert condition is not None
            assert sorted(numbers) == list(range(condition.inputs)), (name, flat, step)
