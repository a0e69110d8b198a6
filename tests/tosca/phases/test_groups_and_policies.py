"""Groups and policies: what they take from their types, and what their members and targets must be."""

from __future__ import annotations

import pytest

from tests.tosca.archives import parsed, topology
from tosca.model import ServiceTemplate

TYPES = """\
group_types:
  Pair: { derived_from: Root, properties: { zone: { type: string, default: a } }, members: [ Compute ] }
policy_types:
  Spread:
    derived_from: Placement
    properties: { factor: { type: integer } }
    targets: [ Compute, Pair ]
    triggers: { lost: { event: gone, action: deploy } }
"""
NODES = "  node_templates: { a: { type: Compute }, b: { type: Compute }, n: { type: Root } }\n"
GROUPS = "  groups: { g: { type: Pair, members: [ a, b ], metadata: { x: y } } }\n"


def template(body: str) -> ServiceTemplate:
    found = parsed(topology(NODES + body, TYPES))
    assert found.service_template is not None, [str(problem) for problem in found.problems]
    return found.service_template


def codes(body: str) -> list[str]:
    return [problem.code for problem in parsed(topology(NODES + body, TYPES)).problems.errors]


def test_a_group_has_its_members_and_what_its_type_gives_it() -> None:
    group = template(GROUPS).groups["g"]

    assert (group.type, group.members, group.metadata) == ("Pair", ("a", "b"), {"x": "y"})
    assert group.properties == {"zone": "a"}
    assert "create" in group.interfaces["Standard"].operations


@pytest.mark.parametrize("targets", ["[ a ]", "[ g ]", "[ a, g, b ]"])
def test_a_policy_targets_nodes_and_groups(targets: str) -> None:
    policies = f"  policies: [ {{ p: {{ type: Spread, properties: {{ factor: 2 }}, targets: {targets} }} }} ]\n"
    policy = template(GROUPS + policies).policies["p"]

    assert policy.properties == {"factor": 2}
    assert policy.lineage == ("Spread", "tosca.policies.Placement", "tosca.policies.Root")
    assert [(trigger.name, trigger.event, trigger.action) for trigger in policy.triggers] == [
        ("lost", "gone", "deploy")
    ]


def test_policies_may_be_a_map_as_well_as_a_list() -> None:
    assert set(template("  policies: { p: { type: Scaling }, q: { type: Update } }\n").policies) == {"p", "q"}


@pytest.mark.parametrize(
    "trigger",
    [
        "{ event_type: { type: x }, condition: { constraint: load, period: 60 }, action: { scale: 1 } }",
        "{ event: x, target_filter: { node: a }, condition: [ { state: [ { equal: started } ] } ], action: [] }",
        "{ event: x, schedule: { start_time: 2020-01-01, end_time: 2020-01-02 }, action: w }",
    ],
)
def test_triggers_are_read_in_the_forms_of_all_versions(trigger: str) -> None:
    workflows = "  workflows: { w: { steps: { s: { target: a, activities: [ { set_state: x } ] } } } }\n"
    policies = f"  policies: [ {{ p: {{ type: Scaling, triggers: {{ t: {trigger} }} }} }} ]\n"

    assert len(template(policies + workflows).policies["p"].triggers) == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("  groups: { g: { type: Pair, members: [ n ] } }\n", "member-does-not-fit"),
        ("  groups: { g: { type: Par } }\n", "unknown-type"),
        ("  groups: { g: { members: [] } }\n", "missing-keyname"),
        ("  groups: { g: { type: Pair, properties: { zone: [] } } }\n", "wrong-value"),
        ("  groups: { g: { type: Pair, properties: { zon: a } } }\n", "unknown-property"),
        ("  policies: [ { p: { type: Spread, targets: [ n ], properties: { factor: 1 } } } ]\n", "member-does-not-fit"),
        ("  policies: [ { p: { type: Spread, targets: [ x ], properties: { factor: 1 } } } ]\n", "unknown-member"),
        ("  policies: [ { p: { type: Spread } } ]\n", "missing-property"),
        ("  policies: [ { p: { type: Scaling, triggers: { t: { event: a } } } } ]\n", "missing-keyname"),
        ("  policies: [ { p: { type: Scaling, triggers: { t: { action: deploy } } } } ]\n", "missing-keyname"),
        (
            "  policies: [ { p: { type: Scaling, triggers: { t: { event: a, action: x } } } } ]\n",
            "workflow-not-found",
        ),
    ],
)
def test_what_does_not_fit_is_an_error(body: str, code: str) -> None:
    assert codes(body) == [code]


@pytest.mark.parametrize(
    ("types", "code"),
    [
        ("group_types: { g: { derived_from: Root, properties: { p: { description: x } } } }\n", "missing-keyname"),
        ("group_types: { g: { derived_from: Root, members: [ Computer ] } }\n", "unknown-type"),
        ("policy_types: { p: { derived_from: Root, properties: { p: { type: nothing } } } }\n", "unknown-type"),
        ("policy_types: { p: { derived_from: Root, targets: [ Nobody ] } }\n", "unknown-type"),
    ],
)
def test_types_of_groups_and_policies_are_checked(types: str, code: str) -> None:
    problems = parsed(f"tosca_definitions_version: tosca_simple_yaml_1_1\n{types}").problems

    assert [problem.code for problem in problems] == [code]
