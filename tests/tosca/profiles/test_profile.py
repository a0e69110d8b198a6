"""The normative types: how many each version has, with which members, and with which declarative workflows."""

from __future__ import annotations

import pytest

from tests.tosca.archives import parsed
from tosca.model import Weave, Weaving
from tosca.nodes import Scalar
from tosca.profiles.loader import LAYERS, profile

NORMATIVE = {"data": 7, "artifact": 8, "capability": 15, "interface": 3, "relationship": 8, "node": 14, "group": 1}
SECTION_9 = {"artifact": 3, "capability": 1, "node": 6}
FIELD = {"artifact": 4, "node": 1, "policy": 4}
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

    assert found == {kind: NORMATIVE.get(kind, 5) + SECTION_9.get(kind, 0) + FIELD.get(kind, 0) for kind in found}


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


@pytest.mark.parametrize("version", LAYERS)
def test_every_alias_leads_to_a_type(version: tuple[int, int]) -> None:
    found = profile(version)

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


# The node, capability, data and artifact types that a version has, those of section 9 left out.
COUNTS = {(1, 0): (14, 14, 7, 8), (1, 1): (14, 15, 7, 8), (1, 2): (16, 15, 9, 8), (1, 3): (16, 15, 9, 9)}


@pytest.mark.parametrize("version", COUNTS)
def test_each_version_has_its_own_number_of_types(version: tuple[int, int]) -> None:
    infos = profile(version).infos

    found = tuple(
        len(infos[kind]) - SECTION_9.get(kind, 0) - FIELD.get(kind, 0)
        for kind in ("node", "capability", "data", "artifact")
    )
    assert found == COUNTS[version]


@pytest.mark.parametrize("version", LAYERS)
@pytest.mark.parametrize("name", ["BlockStorage", "Storage.BlockStorage", "tosca.nodes.ObjectStorage"])
def test_storage_nodes_answer_to_their_former_and_their_later_names_in_every_version(
    version: tuple[int, int], name: str
) -> None:
    found = profile(version).resolve("node", name)

    assert found is not None
    assert ("Storage." in found.removeprefix("tosca.nodes.")) == (version != (1, 0))


@pytest.mark.parametrize(("version", "parent"), [((1, 0), "Root"), ((1, 1), "Compute"), ((1, 2), "Root")])
def test_containers_derive_from_what_their_version_says(version: tuple[int, int], parent: str) -> None:
    info = profile(version).infos["capability"]["tosca.capabilities.Container"]

    assert info.lineage[1] == f"tosca.capabilities.{parent}"
    assert len(info.properties) == {(1, 0): 4, (1, 1): 5, (1, 2): 0}[version]


@pytest.mark.parametrize("version", LAYERS)
def test_a_compute_hosts_software_and_tells_its_size_in_every_version(version: tuple[int, int]) -> None:
    text = f"tosca_definitions_version: tosca_simple_yaml_{version[0]}_{version[1]}\ntopology_template:\n"
    text += "  node_templates:\n    s: { type: Compute, capabilities: { host: { properties: { num_cpus: 2 } } } }\n"
    text += "    a: { type: WebServer, requirements: [ { host: s } ] }\n"
    text += "    b: { type: WebApplication, requirements: [ { host: a }, { dependency: s } ] }\n"
    found = parsed(text)

    assert [str(problem) for problem in found.problems] == []


@pytest.mark.parametrize(("version", "known"), [("1_1", False), ("1_2", True), ("1_3", True)])
def test_a_type_of_a_later_version_is_unknown(version: str, known: bool) -> None:
    text = f"tosca_definitions_version: tosca_simple_yaml_{version}\nnode_types:\n  a:\n    derived_from: Root\n"
    text += "    properties: { p: { type: tosca.datatypes.xml } }\n"

    assert [problem.code for problem in parsed(text).problems] == ([] if known else ["unknown-type"])
