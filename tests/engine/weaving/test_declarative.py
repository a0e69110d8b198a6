"""Workflows are woven from types; what cannot be woven says why."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.executions.networks import install_network
from engine.instances.scaling import scale_of
from engine.rete.production import Production
from engine.space.backends.memory import MemorySpace
from engine.weaving import canonical, weave, workflows
from engine.weaving.compile import compile_network
from engine.weaving.draft import MOST_FEEDS
from engine.weaving.errors import NameClash, UnknownWorkflow, UnplaceableWeave, WeavingCycle
from engine.weaving.woven import WovenWorkflow
from tests.support.topologies import NODE_TYPES, RELATIONSHIP_TYPES, Node, appli, topology
from tosca.model import CONNECTS_TO, NODE_ROOT, Activity, RelationshipType, ServiceTemplate, Weave, Weaving


def rows(woven: WovenWorkflow, node: str) -> set[tuple[str, int, str | None, str]]:
    return {(row.side, row.gap, row.join, row.name.rpartition(".")[2]) for row in woven.rows[node]}


def test_the_sequence_of_a_node_is_that_of_its_nearest_type() -> None:
    woven = weave(topology([Node("A")]), "install")
    assert [str(element).rpartition(".")[2] for element in woven.sequences["A"]] == [
        "creating", "create", "created", "configuring", "configure", "configured", "starting", "start", "started",
    ]  # fmt: skip


def test_connections_are_woven_interleaved_as_the_standard_prints_them() -> None:
    template = topology([Node("S", connects=("T",), relationship_operations=("pre_configure_source",)), Node("T")])
    woven = weave(template, "install")

    assert rows(woven, "S") == {("source", 4, "created", "pre_configure_source"), ("source", 6, "started", "")}
    assert rows(woven, "T") == {("target", 4, "created", "pre_configure_target")}


def test_strict_weaving_starts_the_target_before_the_source_is_created() -> None:
    woven = weave(topology([Node("S", connects=("T",)), Node("T")]), "install", "strict")

    assert rows(woven, "S") == {("source", 0, "started", "")}


def test_other_relationships_are_strict_in_both_modes() -> None:
    for mode in ("interleaved", "strict"):
        woven = weave(topology([Node("S", depends=("T",)), Node("T")]), "uninstall", mode)
        assert rows(woven, "T") == {("target", 0, "deleted", "")}


def test_a_connection_that_would_close_a_cycle_is_woven_strict_and_a_warning_names_it() -> None:
    woven = weave(topology([Node("S", connects=("T",), depends=("T",)), Node("T")]), "install")

    (warning,) = woven.warnings
    assert "S.connection.0 (S -> T)" in warning
    assert "strict" in warning


def test_a_cycle_that_remains_is_printed_whole() -> None:
    template = topology([Node("A", connects=("B",)), Node("B", connects=("C",)), Node("C", connects=("A",))])

    with pytest.raises(WeavingCycle) as caught:
        weave(template, "install")
    text = str(caught.value)
    assert "waits for itself" in text
    for relationship in ("A.connection.0", "B.connection.0", "C.connection.0"):
        assert relationship in text
    assert caught.value.cycle[0] in text.splitlines()[-1]


def test_a_node_that_depends_on_itself_is_a_cycle() -> None:
    with pytest.raises(WeavingCycle):
        weave(topology([Node("A", depends=("A",))]), "install")


def test_deploy_and_undeploy_are_other_names() -> None:
    assert canonical("deploy") == "install"
    assert canonical("undeploy") == "uninstall"
    assert weave(topology([Node("A")]), "deploy").workflow == "install"
    assert workflows(topology([Node("A")])) == ("install", "uninstall")


def test_a_workflow_that_no_type_declares_is_unknown() -> None:
    with pytest.raises(UnknownWorkflow, match="'backup'; this model has install, uninstall"):
        weave(topology([Node("A")]), "backup")


def test_where_no_type_declares_any_workflow_it_is_said() -> None:
    template = topology([Node("A")])
    bare = replace(
        template, node_types={name: replace(found, workflows={}) for name, found in template.node_types.items()}
    )
    with pytest.raises(UnknownWorkflow, match="'install'; no node type of this model declares any"):
        weave(bare, "install")


def changed(template: ServiceTemplate, weaving: Weaving) -> ServiceTemplate:
    lineage = RELATIONSHIP_TYPES[CONNECTS_TO].lineage
    own = RelationshipType(CONNECTS_TO, lineage, workflows={"install": weaving})
    return replace(template, relationship_types={**RELATIONSHIP_TYPES, CONNECTS_TO: own})


def test_a_type_that_carries_its_own_weaving_changes_the_order() -> None:
    template = changed(
        topology([Node("S", connects=("T",)), Node("T")]), Weaving(source=(Weave("before", "configuring", "started"),))
    )
    assert rows(weave(template, "install"), "S") == {("source", 3, "started", "")}


@pytest.mark.parametrize(
    "weave_", [Weave("before", "flying", "started"), Weave("after", "configuring", "flying")], ids=["point", "join"]
)
def test_a_row_that_names_a_state_no_node_reaches_is_an_error(weave_: Weave) -> None:
    template = changed(topology([Node("S", connects=("T",)), Node("T")]), Weaving(source=(weave_,)))

    with pytest.raises(UnplaceableWeave, match=r"S\.connection\.0.*'flying'.*never reaches"):
        weave(template, "install")


def test_a_node_type_may_have_a_sequence_of_its_own() -> None:
    own = replace(NODE_TYPES[NODE_ROOT], workflows={"install": (Activity("set_state", "started"),)})
    template = replace(topology([Node("A")]), node_types={NODE_ROOT: own})

    assert [str(element) for element in weave(template, "install").sequences["A"]] == ["started"]


def test_the_woven_workflow_can_be_read() -> None:
    described = weave(appli(), "install").describe()

    assert {"every": "B", "reached": "created"} in [line.get("wait") for line in described["nodes"]["A"]]
    assert {"set_state": "started"} in described["nodes"]["srvA"]


# -- productions


def compiled(template: ServiceTemplate, workflow: str = "install") -> dict[str, Production]:
    made = compile_network(weave(template, workflow), scale_of(template, {}))
    return {production.name: production for production in made.productions}


def test_the_reference_example_has_169_operations_to_install_and_98_to_uninstall() -> None:
    for workflow, count in (("install", 169), ("uninstall", 98)):
        assert compile_network(weave(appli(), workflow), scale_of(appli(), {})).operations == count


def test_what_many_wait_for_of_many_is_one_condition_that_they_share() -> None:
    template = topology([Node("S", instances=1000, depends=("T",)), Node("T", instances=1000)])
    productions = compiled(template)

    assert productions["T:install:every:started"].count == 1
    inputs = [step.condition.inputs for step in productions["S"].steps if step.condition]
    assert inputs == [1]


def test_a_node_on_which_thousands_depend_hands_its_facts_on_through_relays() -> None:
    template = topology([Node("hub"), *(Node(f"n{i}", depends=("hub",)) for i in range(2000))])
    productions = compiled(template)

    most = max(len(feeds) for production in productions.values() for feeds in production.feeds.values())
    assert most <= MOST_FEEDS
    assert sum(":relay:" in name for name in productions) == 8


def test_a_template_named_like_something_woven_is_refused() -> None:
    template = topology([Node(".end")])

    with pytest.raises(NameClash, match=r"'\.end'; rename"):
        install_network(MemorySpace(), weave(template, "install"), scale_of(template, {}))


def test_a_network_is_named_by_its_content_and_stored_once() -> None:
    space = MemorySpace()
    woven, scale = weave(appli(), "install"), scale_of(appli(), {})
    first = install_network(space, woven, scale)
    index = space.index("rule/")

    assert install_network(space, woven, scale) == first
    assert space.index("rule/") == index
    assert install_network(space, weave(appli(), "uninstall"), scale) != first
