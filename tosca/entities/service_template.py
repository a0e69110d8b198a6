"""Service templates, topology templates and imports.  TOSCA 1.1 § 3.9, § 3.8, § 3.5.7.

Place in the flow: `tosca.phases.read` reads each file of the archive that the entry leads to as a service template.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tosca.entities.base import (
    DESCRIPTION,
    Field,
    Fields,
    Reading,
    entries,
    ignored,
    items,
    map_of,
    metadata,
    named_list_of,
    only_map,
    raw,
    text,
    wrong_shape,
)
from tosca.entities.group import GroupDefinition, read_group
from tosca.entities.imperative import WorkflowDefinition, read_workflow
from tosca.entities.policy import PolicyDefinition, read_policy
from tosca.entities.property_definition import PropertyDefinition, read_input, read_output
from tosca.entities.substitution import SubstitutionDefinition, read_substitution
from tosca.nodes import Map, Node, Scalar, is_null

TYPE_KEYNAMES = {
    "artifact_types": "artifact",
    "data_types": "data",
    "capability_types": "capability",
    "interface_types": "interface",
    "relationship_types": "relationship",
    "node_types": "node",
    "group_types": "group",
    "policy_types": "policy",
}
TOP_LEVEL_METADATA = ("template_name", "template_author", "template_version", "tosca_default_namespace")


@dataclass(frozen=True, slots=True)
class Import:
    """An import; its file is relative to the file that states it."""

    node: Node
    file: str = ""
    repository: str | None = None
    namespace_prefix: str | None = None


IMPORT = Fields(
    "import",
    Field("file", text, required=True),
    Field("repository", text),
    Field("namespace_uri", text, kept=False),
    Field("namespace_prefix", text),
)


def read_imports(node: Node, reading: Reading) -> tuple[Import, ...]:
    """Read a list of imports; a map of named ones is read too."""
    if type(node) is Map:
        return tuple(_import(value, reading) for value in node.entries.values())
    return tuple(_import(item, reading) for item in items(node, reading))


def _import(node: Node, reading: Reading) -> Import:
    if type(node) is Scalar:
        if is_null(node):
            reading.problems.report("missing-keyname", "found an import without 'file', expected it", node)
        return Import(node, node.text)
    if type(node) is Map and len(node.entries) == 1 and "file" not in node.entries:  # the named form
        return _import(next(iter(node.entries.values())), reading)
    found = IMPORT.build(Import, node, reading)
    if found.namespace_prefix == "tosca":
        message = "found namespace_prefix 'tosca', which the standard reserves, expected another name"
        reading.problems.report("reserved-name", message, node, "namespace_prefix")
    return found


# § 3.5.5; only files of the archive are read, so that a repository is checked and no more
REPOSITORY = Fields("repository", DESCRIPTION, Field("url", text, required=True), Field("credential", raw))


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository; in short notation its address stands alone."""

    node: Node
    url: str = ""
    credential: Node | None = None


def read_repository(node: Node, reading: Reading) -> Repository:
    return Repository(node, node.text) if type(node) is Scalar else REPOSITORY.build(Repository, node, reading)


@dataclass(frozen=True, slots=True)
class TopologyDefinition:
    """A topology template as written."""

    node: Node
    description: str = ""
    inputs: dict[str, PropertyDefinition] = field(default_factory=dict)
    outputs: dict[str, PropertyDefinition] = field(default_factory=dict)
    node_templates: dict[str, Node] = field(default_factory=dict)
    relationship_templates: dict[str, Node] = field(default_factory=dict)
    groups: dict[str, GroupDefinition] = field(default_factory=dict)
    policies: tuple[tuple[str, PolicyDefinition], ...] = ()
    workflows: dict[str, WorkflowDefinition] = field(default_factory=dict)
    substitution: SubstitutionDefinition | None = None


@dataclass(frozen=True, slots=True)
class ServiceTemplateDefinition:
    """One file as written."""

    node: Node
    version: str = ""
    description: str = ""
    metadata: dict[str, str] = field(default_factory=dict)
    imports: tuple[Import, ...] = ()
    topology: TopologyDefinition | None = None
    repositories: dict[str, Repository] = field(default_factory=dict)
    namespace: str = ""


UNINTERPRETED = ("groups", "policies", "substitution_mappings")

TOPOLOGY = Fields(
    "topology template",
    Field("description", text),
    Field("inputs", map_of(read_input)),
    Field("outputs", map_of(read_output)),
    Field("node_templates", only_map),
    Field("relationship_templates", only_map),
    Field("groups", map_of(read_group)),
    Field("policies", named_list_of(read_policy)),
    Field("substitution_mappings", read_substitution, attribute="substitution"),
    Field("workflows", map_of(read_workflow), since=(1, 1)),
)


def read_topology(node: Node, reading: Reading) -> TopologyDefinition:
    return TOPOLOGY.build(TopologyDefinition, node, reading)


def _metadata(node: Node, reading: Reading) -> dict[str, str]:
    """Read a map of strings; authors nest their own data, but the names of the standard are strings (§ 3.9.3)."""
    for keyname, value in entries(node, reading).items():
        if keyname in TOP_LEVEL_METADATA and type(value) is not Scalar:
            wrong_shape(value, f"a string as {keyname!r}", reading)
    return metadata(node, reading)


SERVICE_TEMPLATE = Fields(
    "service template",
    Field("tosca_definitions_version", text, attribute="version"),
    Field("metadata", _metadata),
    Field("description", text),
    Field("dsl_definitions", ignored),
    Field("repositories", map_of(read_repository)),
    Field("imports", read_imports),
    Field("topology_template", read_topology, attribute="topology"),
    Field("namespace", text, since=(1, 2)),
    *(Field(name, ignored) for name in (*TYPE_KEYNAMES, *TOP_LEVEL_METADATA)),
)


def read_service_template(node: Node, reading: Reading) -> ServiceTemplateDefinition:
    return SERVICE_TEMPLATE.build(ServiceTemplateDefinition, node, reading)
