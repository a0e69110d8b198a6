"""Imperative workflows: steps, activities, conditions, and where they lead."""

from __future__ import annotations

import pytest

from tests.tosca.archives import parsed, topology
from tosca.imperative_model import Condition, Workflow

CALL = "{ call_operation: Configure.add_target }"
NODES = """\
  inputs: { size: { type: integer, default: 1 } }
  node_templates:
    srv: { type: Compute }
    app: { type: WebServer, requirements: [ { host: srv } ] }
  groups: { g: { type: tosca.groups.Root, members: [ app ] } }
"""


def document(workflows: str, version: str = "tosca_simple_yaml_1_1") -> str:
    return topology(f"{NODES}  workflows:\n{workflows}", version=version)


def workflow(body: str, version: str = "tosca_simple_yaml_1_1") -> Workflow:
    found = parsed(document(body, version))
    assert found.service_template is not None, [str(problem) for problem in found.problems]
    return found.service_template.workflows["w"]


def codes(body: str) -> list[str]:
    return [problem.code for problem in parsed(document(body)).problems.errors]


def test_steps_keep_their_activities_and_their_order() -> None:
    found = workflow(
        "    w:\n      inputs: { tag: { type: string } }\n      steps:\n"
        "        one: { target: app, activities: [ { set_state: a }, { call_operation: Standard.stop } ],"
        " on_success: [ two ], on_failure: [ three ] }\n"
        "        two: { target: g, activities: [ { call_operation: tosca:Standard.start } ] }\n"
        "        three: { target: app, activities: [ { delegate: undeploy } ], on_success: two }\n"
    )

    assert set(found.inputs) == {"tag"}
    assert [(a.kind, a.value) for a in found.steps["one"].activities] == [
        ("set_state", "a"),
        ("call_operation", "Standard.stop"),
    ]
    assert (found.steps["one"].on_success, found.steps["one"].on_failure) == (("two",), ("three",))
    assert found.steps["three"].on_success == ("two",)


def test_a_step_may_work_on_a_relationship() -> None:
    found = workflow(
        "    w: { steps: { s: { target: app, target_relationship: host, operation_host: SOURCE,"
        " activities: [ { call_operation: Configure.add_target } ] } } }\n"
    )

    assert (found.steps["s"].target_relationship, found.steps["s"].operation_host) == ("host", "SOURCE")


@pytest.mark.parametrize(
    "condition",
    [
        "[ { assert: [ { state: [ { equal: started } ] } ] } ]",
        "[ { state: [ { equal: started } ] } ]",
        "[ { state: { equal: started } } ]",
        "{ state: [ started ] }",
    ],
)
def test_conditions_are_read_in_all_notations(condition: str) -> None:
    found = workflow(f"    w: {{ preconditions: [ {{ target: app, condition: {condition} }} ], steps: {{ }} }}\n")

    (read,) = found.preconditions[0].condition
    assert (read.operator, read.attribute) == ("assert", "state")
    assert read.constraints[0].holds("started")


def test_conditions_nest() -> None:
    found = workflow(
        "    w: { steps: { s: { target: app, filter: [ { or: [ { state: [ a ] },"
        " { and: [ { state: [ b ] }, { not: [ { component_version: [ { equal: 1.0 } ] } ] } ] } ] } ] } } }\n",
        version="tosca_simple_yaml_1_3",
    )

    def shape(condition: Condition) -> object:
        return {condition.operator: [shape(clause) for clause in condition.clauses] or condition.attribute}

    assert shape(found.steps["s"].filter[0]) == {
        "or": [{"assert": "state"}, {"and": [{"assert": "state"}, {"not": [{"assert": "component_version"}]}]}]
    }


def test_version_1_3_gives_inputs_to_activities_and_workflows_see_theirs_first() -> None:
    found = workflow(
        "    v: { steps: { } }\n    w:\n      inputs: { tag: { type: string } }\n      steps:\n        s:\n"
        "          target: app\n          activities:\n"
        "            - call_operation: { operation: Standard.stop, inputs: { a: { get_input: tag } } }\n"
        "            - inline: { workflow: v, inputs: { b: { get_input: size } } }\n",
        version="tosca_simple_yaml_1_3",
    )

    assert [activity.value for activity in found.steps["s"].activities] == ["Standard.stop", "v"]
    assert set(found.steps["s"].activities[0].inputs) == {"a"}


def test_an_empty_step_and_a_workflow_without_steps_are_read() -> None:
    assert set(workflow("    w: { steps: { a: { on_success: [ b ] }, b: } }\n").steps) == {"a", "b"}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("    w: { steps: { s: { target: ap } } }\n", "unknown-member"),
        ("    w: { steps: { s: { target: app, activities: [ { stop: x } ] } } }\n", "bad-step"),
        ("    w: { steps: { s: { target: app, activities: [ { set_state: a, inline: b } ] } } }\n", "bad-step"),
        ("    w: { steps: { s: { target: app, activities: [ { delegate: nothing } ] } } }\n", "workflow-not-found"),
        ("    w: { steps: { s: { target: app, activities: [ { call_operation: stop } ] } } }\n", "unknown-operation"),
        ("    w: { steps: { s: { target: app, activities: [ { call_operation: [ a ] } ] } } }\n", "wrong-shape"),
        ("    w: { steps: { s: { target: app, on_failure: [ t ] } } }\n", "unknown-step"),
        ("    w: { steps: { s: { target: app, filter: [ { stat: [ a ] } ] } } }\n", "unknown-attribute"),
        ("    w: { steps: { s: { target: app, filter: [ { state: [ { equels: a } ] } ] } } }\n", "bad-constraint"),
        ("    w: { preconditions: [ { condition: [] } ], steps: { } }\n", "missing-keyname"),
        ("    w: { steps: { s: { activities: [ { inline: w } ] } } }\n", "workflow-loop"),
        ("    w: { stps: { } }\n", "unknown-keyname"),
        ("    w: { steps: { s: { target: app, activity: [] } } }\n", "unknown-keyname"),
        (
            "    w: { steps: { s: { target: app, target_relationship: host, activities: [ " + CALL + " ] } } }\n",
            "bad-step",
        ),
    ],
)
def test_what_leads_nowhere_is_an_error(body: str, code: str) -> None:
    assert codes(body) == [code]


def test_workflows_that_contain_each_other_are_told_once() -> None:
    body = "    w: { steps: { s: { activities: [ { inline: v } ] } } }\n"
    body += "    v: { steps: { s: { activities: [ { inline: w } ] } } }\n"

    assert codes(body) == ["workflow-loop"]


def test_a_long_chain_of_steps_is_no_matter_of_recursion() -> None:
    steps = "".join(f"        s{i}: {{ target: app, on_success: [ s{i + 1} ] }}\n" for i in range(3000))

    assert len(workflow(f"    w:\n      steps:\n{steps}        s3000: {{ target: app }}\n").steps) == 3001
