"""Declarative workflows on types, in the grammar of 7.4.2."""

from __future__ import annotations

import pytest

from tests.tosca.archives import parsed, topology
from tosca.model import Activity, RelationshipType, Weave


def relationship(row: str, side: str = "source_weaving", keyname: str = "workflow") -> RelationshipType:
    types = f"relationship_types:\n  my.Link:\n    derived_from: DependsOn\n    {keyname}:\n      install:\n"
    found = parsed(topology("  description: x\n", f"{types}        {side}: [ {row} ]\n"))
    assert found.service_template is not None, [str(problem) for problem in found.problems]
    return found.service_template.relationship_types["my.Link"]


@pytest.mark.parametrize("keyname", ["workflow", "workflows"])
@pytest.mark.parametrize("join", ["wait_target", "after_target"])
def test_both_spellings_of_a_source_weave_are_read(keyname: str, join: str) -> None:
    found = relationship(f"{{ before: starting, {join}: started }}", keyname=keyname)

    assert found.workflows["install"].source == (Weave("before", "starting", "started"),)
    assert found.workflows["install"].target == ()


@pytest.mark.parametrize("join", ["wait_source", "after_source"])
def test_both_spellings_of_a_target_weave_are_read(join: str) -> None:
    found = relationship(f"{{ after: started, {join}: started, activity: Configure.add_source }}", "target_weaving")

    assert found.workflows["install"].target == (Weave("after", "started", "started", "Configure.add_source"),)


@pytest.mark.parametrize(
    "row", ["{ wait_target: started }", "{ after: a, before: b }", "{ after: a, wait_source: b }", "{ aftr: created }"]
)
def test_a_weave_that_is_none_is_an_error(row: str) -> None:
    types = "relationship_types:\n  my.Link:\n    workflow:\n      install:\n"
    found = parsed(topology("  description: x\n", f"{types}        source_weaving: [ {row} ]\n"))

    assert "bad-workflow" in {problem.code for problem in found.problems.errors}


@pytest.mark.parametrize("keyname", ["workflow", "workflows"])
def test_a_node_type_declares_its_sequence_and_keeps_the_workflows_name(keyname: str) -> None:
    types = f"node_types:\n  my.Node:\n    derived_from: Root\n    {keyname}:\n      deploy:\n        steps:\n"
    types += "          one: { activities: [ { set_state: creating }, { call_operation: Standard.create } ] }\n"
    types += "          two: { activities: [ { set_state: created } ] }\n"
    found = parsed(topology("  description: x\n", types)).service_template

    assert found is not None
    assert found.node_types["my.Node"].workflows == {
        "deploy": (
            Activity("set_state", "creating"),
            Activity("call_operation", "Standard.create"),
            Activity("set_state", "created"),
        )
    }


@pytest.mark.parametrize("activity", ["{ delegate: x }", "{}", "create", "{ set_state: a, call_operation: b }"])
def test_an_activity_of_another_kind_is_an_error(activity: str) -> None:
    types = (
        f"node_types:\n  n:\n    workflows: {{ install: {{ steps: {{ one: {{ activities: [ {activity} ] }} }} }} }}\n"
    )

    assert [problem.code for problem in parsed(topology("  description: x\n", types)).problems] == ["bad-workflow"]
