"""How often operations are tried is read from metadata."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from engine.instances.scaling import scale_of
from engine.weaving import compile_workflow, workflow_of
from engine.weaving.trials import PoliciesDisagree, TrialsError, trials
from tests.support.flows import NODES, flows
from tosca.model import ServiceTemplate


@pytest.mark.parametrize(
    ("metadata", "found"),
    [
        ({}, {}),
        ({"ditrit.retries": "0"}, {}),
        ({"ditrit.retries": "3"}, {"retries": 3, "pause": 1.0}),
        ({"ditrit.retries": "3", "ditrit.retry_pause": "500 ms"}, {"retries": 3, "pause": 0.5}),
        ({"ditrit.retries": "3", "ditrit.retries.create": "5"}, {"retries": 5, "pause": 1.0}),
        ({"ditrit.retries": "3", "ditrit.retries.create": "0"}, {}),
        ({"ditrit.retries.start": "3"}, {}),
        ({"ditrit.restart": "never"}, {"once": True}),
        ({"ditrit.restart": "always", "other": "x"}, {}),
    ],
)
def test_what_metadata_say(metadata: Mapping[str, str], found: Mapping[str, object]) -> None:
    assert trials(("node_templates", "a"), metadata, "create") == found


@pytest.mark.parametrize(
    ("metadata", "said"),
    [
        ({"ditrit.retries": "many"}, "found ditrit.retries 'many', expected a whole number, 0 to 100"),
        ({"ditrit.retries": "9" * 5000}, "found ditrit.retries '99999"),
        ({"ditrit.retries": "-1"}, "found ditrit.retries '-1'"),
        ({"ditrit.retries.create": "101"}, "found ditrit.retries.create '101'"),
        (
            {"ditrit.retries": "1", "ditrit.retry_pause": "soon"},
            "found ditrit.retry_pause 'soon', expected a time such",
        ),
        ({"ditrit.retries": "1", "ditrit.retry_pause": "2 h"}, "found ditrit.retry_pause '2 h'"),
        ({"ditrit.restart": "no"}, "found ditrit.restart 'no', expected one of always, never"),
    ],
)
def test_what_says_nothing_is_an_error_that_names_the_node(metadata: Mapping[str, str], said: str) -> None:
    with pytest.raises(TrialsError) as refused:
        trials(("node_templates", "shop"), metadata, "create")
    assert str(refused.value).startswith(f"the metadata of node 'shop': {said}")


def governed_by(policies: str) -> ServiceTemplate:
    """The nodes of `flows`, of which ``db`` says something of its own, with these policies."""
    own = NODES.replace("      capabilities: { feature: {} }", '      metadata: { ditrit.retries: "1" }')
    return flows("      w: { steps: {} }\n", f"{own}  policies:\n{policies}")


def told(template: ServiceTemplate, name: str) -> dict[str, object]:
    """What the operations that a workflow begins with know of it, by node and operation."""
    workflow = workflow_of(template, name)
    productions = compile_workflow(workflow, scale_of(template, {})).productions
    return {
        f"{production.subject['node']}.{step.operation['name']}": step.operation.get("retries")
        for production in productions
        for step in production.steps
        if step.operation is not None
    }


def test_a_policy_says_it_for_its_targets_and_the_members_of_groups_and_a_node_has_the_last_word() -> None:
    template = governed_by(
        '    - patient: { type: tosca.policies.Root, targets: [ all ], metadata: { ditrit.retries: "3", other: x } }\n'
    )
    retries = told(template, "install")
    assert {node: retries[f"{node}.create"] for node in ("app", "db")} == {"app": 3, "db": 1}


def test_two_policies_that_say_different_things_of_a_node_are_refused() -> None:
    policy = '    - {}: {{ type: tosca.policies.Root, targets: [ app ], metadata: {{ ditrit.retries: "{}" }} }}\n'
    agreed = governed_by(policy.format("one", 3) + policy.format("other", 3))
    assert told(agreed, "install")["app.create"] == 3
    with pytest.raises(PoliciesDisagree) as refused:
        told(governed_by(policy.format("one", 3) + policy.format("other", 4)), "install")
    said = "found ditrit.retries '3' in policy 'one' and '4' in policy 'other', expected one value for each node"
    assert str(refused.value) == f"node 'app': {said}"


def test_what_a_policy_says_that_cannot_be_done_names_the_policy() -> None:
    policy = (
        '    - patient: { type: tosca.policies.Root, targets: [ all ], metadata: { ditrit.retry_pause: "soon" } }\n'
    )
    with pytest.raises(TrialsError) as refused:
        told(governed_by(policy), "install")
    assert str(refused.value).startswith("the metadata of policy 'patient': found ditrit.retry_pause 'soon', expected")
