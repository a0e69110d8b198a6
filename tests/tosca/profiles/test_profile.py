"""The normative types of 1.1: how many, with which members, and with which declarative workflows."""

from __future__ import annotations

import pytest

from tosca.model import Weave, Weaving
from tosca.nodes import Scalar
from tosca.profiles.loader import profile

NORMATIVE = {"data": 7, "artifact": 8, "capability": 15, "interface": 3, "relationship": 8, "node": 14, "group": 1}
SECTION_9 = {"artifact": 3, "capability": 1, "node": 6}
# Properties, attributes, capabilities and requirements of each node type, inherited ones included.
NODES = {
    "Root": (0, 3, 1, 1),
    "Compute": (0, 7, 6, 2),
    "SoftwareComponent": (2, 3, 1, 2),
    "WebServer": (2, 3, 4, 2),
    "WebApplication": (1, 3, 2, 2),
    "DBMS": (4, 3, 2, 2),
    "Database": (4, 3, 2, 2),
    "Storage.ObjectStorage": (3, 3, 2, 1),
    "Storage.BlockStorage": (3, 3, 2, 1),
    "Container.Runtime": (2, 3, 3, 2),
    "Container.Application": (0, 3, 1, 4),
    "LoadBalancer": (1, 3, 2, 2),
    "network.Network": (11, 4, 2, 1),
    "network.Port": (5, 4, 1, 3),
}
CAPABILITIES = {
    "Root": 0,
    "Node": 0,
    "Compute": 5,
    "Container": 5,
    "Network": 1,
    "Storage": 1,
    "Endpoint": 8,
    "Endpoint.Public": 10,
    "Endpoint.Admin": 8,
    "Endpoint.Database": 8,
    "Attachment": 0,
    "OperatingSystem": 4,
    "Scalable": 3,
    "network.Bindable": 0,
    "network.Linkable": 0,
}
PARENTS = {
    "AttachesTo": "Root",
    "ConnectsTo": "Root",
    "DependsOn": "Root",
    "HostedOn": "Root",
    "RoutesTo": "ConnectsTo",
    "network.BindsTo": "DependsOn",
    "network.LinksTo": "DependsOn",
}
CONFIGURE = "tosca.interfaces.relationship.Configure."


def test_there_are_as_many_types_of_each_kind_as_the_standard_has() -> None:
    found = {kind: len(infos) for kind, infos in profile().infos.items()}

    assert found == {kind: NORMATIVE.get(kind, 5) + SECTION_9.get(kind, 0) for kind in found}


@pytest.mark.parametrize("name", NODES)
def test_a_node_type_has_its_members(name: str) -> None:
    info = profile().infos["node"][f"tosca.nodes.{name}"]

    found = tuple(map(len, (info.properties, info.attributes, info.capabilities, info.requirements)))
    assert found == NODES[name]
    assert set(info.interfaces["Standard"].operations) == {"create", "configure", "start", "stop", "delete"}


@pytest.mark.parametrize("name", CAPABILITIES)
def test_a_capability_type_has_its_properties(name: str) -> None:
    assert len(profile().infos["capability"][f"tosca.capabilities.{name}"].properties) == CAPABILITIES[name]


@pytest.mark.parametrize("name", PARENTS)
def test_a_relationship_type_has_its_parent_and_the_interface(name: str) -> None:
    info = profile().infos["relationship"][f"tosca.relationships.{name}"]

    assert info.lineage[1] == f"tosca.relationships.{PARENTS[name]}"
    assert len(info.interfaces["Configure"].operations) == 8


def test_scalable_defaults_to_one_instance() -> None:
    properties = profile().infos["capability"]["tosca.capabilities.Scalable"].properties

    defaults = {name: prop.default.text for name, prop in properties.items() if isinstance(prop.default, Scalar)}
    assert defaults == {"min_instances": "1", "max_instances": "1"}
    assert not properties["default_instances"].required


def test_every_alias_leads_to_a_type() -> None:
    found = profile()

    for kind, aliases in found.aliases.items():
        assert set(aliases.values()) <= set(found.entries[kind])


def test_the_sequences_of_all_nodes_are_those_printed() -> None:
    sequences = profile().infos["node"]["tosca.nodes.Root"].definition.sequences

    assert [activity.value.rpartition(".")[2] for activity in sequences["install"]] == [
        *("creating", "create", "created", "configuring", "configure", "configured", "starting", "start", "started"),
    ]
    assert [activity.value.rpartition(".")[2] for activity in sequences["uninstall"]] == [
        *("stopping", "stop", "stopped", "deleting", "delete", "deleted"),
    ]
    assert [name for name, info in profile().infos["node"].items() if info.definition.sequences] == ["tosca.nodes.Root"]


def _weavings(name: str) -> dict[str, Weaving]:
    return dict(profile().infos["relationship"][f"tosca.relationships.{name}"].definition.weavings)


def test_relationships_are_strict_by_default() -> None:
    assert _weavings("Root") == {
        "install": Weaving(
            (
                Weave("before", "creating", "started"),
                Weave("after", "configuring", None, CONFIGURE + "pre_configure_source"),
                Weave("before", "configured", None, CONFIGURE + "post_configure_source"),
                Weave("after", "started", None, CONFIGURE + "add_target"),
            ),
            (
                Weave("after", "configuring", None, CONFIGURE + "pre_configure_target"),
                Weave("before", "configured", None, CONFIGURE + "post_configure_target"),
                Weave("after", "started", "started", CONFIGURE + "add_source"),
            ),
        ),
        "uninstall": Weaving(
            (Weave("after", "stopping", None, CONFIGURE + "remove_target"),),
            (
                Weave("before", "stopping", "deleted"),
                Weave("after", "stopping", None, CONFIGURE + "remove_source"),
            ),
        ),
    }


def test_connections_are_interleaved() -> None:
    assert _weavings("ConnectsTo") == {
        "install": Weaving(
            (
                Weave("after", "configuring", "created", CONFIGURE + "pre_configure_source"),
                Weave("before", "configured", None, CONFIGURE + "post_configure_source"),
                Weave("before", "starting", "started"),
                Weave("after", "started", None, CONFIGURE + "add_target"),
            ),
            (
                Weave("after", "configuring", "created", CONFIGURE + "pre_configure_target"),
                Weave("before", "configured", None, CONFIGURE + "post_configure_target"),
                Weave("after", "started", "started", CONFIGURE + "add_source"),
            ),
        ),
        "uninstall": Weaving(
            (Weave("after", "stopping", None, CONFIGURE + "remove_target"),),
            (
                Weave("before", "stopping", "stopped"),
                Weave("after", "stopping", None, CONFIGURE + "remove_source"),
            ),
        ),
    }
    assert [name for name in PARENTS if _weavings(name)] == ["ConnectsTo"]
