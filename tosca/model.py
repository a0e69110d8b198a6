"""What the parser returns: a service template, resolved, validated and immutable.

Place in the flow: CSAR → `tosca.parser` → **service template** → `engine.weaving` and `engine.instances`.

Everything here is plain data.  Names are resolved (a node template carries the full name of its type and of all the
type's ancestors), inheritance is applied (a template carries every property, capability, interface and artifact that
its type gives it), paths lead from the root of the archive.  Section numbers are those of TOSCA Simple Profile in
YAML 1.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias, Union

if TYPE_CHECKING:  # modules that know this one
    from tosca.imperative_model import Workflow
    from tosca.values.constraints import Constraint

HOSTED_ON = "tosca.relationships.HostedOn"
CONNECTS_TO = "tosca.relationships.ConnectsTo"
RELATIONSHIP_ROOT = "tosca.relationships.Root"
NODE_ROOT = "tosca.nodes.Root"

SecretPath: TypeAlias = tuple[str, ...]
"""Where in a value, or in a template, something secret stands: keys, and `ENTRY` for every entry of a list or map."""
ENTRY = "*"

Value: TypeAlias = Union[str, int, float, bool, "Function", list["Value"], dict[str, "Value"], None]
"""A property or input value: JSON data in which intrinsic functions may stand anywhere."""


@dataclass(frozen=True, slots=True)
class Function:
    """A call of an intrinsic function (4), kept as it was written; its arguments may contain further calls."""

    name: str
    arguments: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Parameter:
    """An input or output of the topology (3.5.12); ``value`` is set for outputs, ``default`` for inputs."""

    name: str
    type: str
    required: bool = True
    default: Value = None
    value: Value = None
    description: str = ""
    constraints: tuple[Constraint, ...] = ()
    primitive: str = ""  # what the type is made of, "any" for one with properties; empty where no type is stated
    secret: tuple[SecretPath, ...] = ()  # in its value; the empty path where all of it is


@dataclass(frozen=True, slots=True)
class Implementation:
    """The artifact that implements an operation (3.5.13); paths lead from the root of the archive."""

    primary: str
    dependencies: tuple[str, ...] = ()
    artifact_type: str | None = None
    artifact_bases: tuple[str, ...] = ()  # the types that it derives from, the nearest first
    timeout: float | None = None  # seconds; 1.2
    operation_host: str | None = None  # 1.2


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation of an interface; without an implementation it is a no-op."""

    name: str
    implementation: Implementation | None = None
    inputs: Mapping[str, Value] = field(default_factory=dict)
    # The attribute that takes each output (1.3): SELF, SOURCE or TARGET, then the attribute or first its capability.
    outputs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Interface:
    """An interface of a node or relationship template (3.5.14), those of its types merged in."""

    name: str  # symbolic name: "Standard", "Configure"
    type: str  # full type name
    operations: Mapping[str, Operation] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Capability:
    """A capability of a node template (3.7.1)."""

    name: str
    type: str
    lineage: tuple[str, ...] = ()
    properties: Mapping[str, Value] = field(default_factory=dict)
    attributes: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Artifact:
    """An artifact of a node template (3.5.6); ``file`` leads from the root of the archive."""

    name: str
    type: str
    file: str
    deploy_path: str | None = None


@dataclass(frozen=True, slots=True)
class Relationship:
    """The relationship that one requirement assignment of a node template makes (3.7.2, 3.7.4).

    ``name`` is unique in the topology: source template, requirement name and, from the second assignment of the same
    requirement on, a number: ``A.host``, ``A.connection``, ``A.connection.1``.
    """

    name: str
    requirement: str
    source: str
    target: str
    type: str
    lineage: tuple[str, ...]  # the type itself first, then its ancestors
    capability: str | None = None
    template: str | None = None  # the relationship template it was taken from
    properties: Mapping[str, Value] = field(default_factory=dict)
    attributes: Mapping[str, Value] = field(default_factory=dict)
    interfaces: Mapping[str, Interface] = field(default_factory=dict)
    secrets: tuple[SecretPath, ...] = ()  # beginning with "properties" or "attributes"

    @property
    def hosted_on(self) -> bool:
        return HOSTED_ON in self.lineage


@dataclass(frozen=True, slots=True)
class NodeTemplate:
    """A node template (3.7.3) with everything that its type gives it."""

    name: str
    type: str
    lineage: tuple[str, ...]  # the type itself first, then its ancestors
    description: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    directives: tuple[str, ...] = ()
    properties: Mapping[str, Value] = field(default_factory=dict)
    attributes: Mapping[str, Value] = field(default_factory=dict)
    capabilities: Mapping[str, Capability] = field(default_factory=dict)
    relationships: tuple[Relationship, ...] = ()  # outgoing, in the order of the requirements
    interfaces: Mapping[str, Interface] = field(default_factory=dict)
    artifacts: Mapping[str, Artifact] = field(default_factory=dict)
    secrets: tuple[SecretPath, ...] = ()  # beginning with "properties", "attributes", or "capabilities" and a name


@dataclass(frozen=True, slots=True)
class Activity:
    """One activity of a node type's declarative workflow (3.5.17, 7.4.2)."""

    kind: Literal["set_state", "call_operation"]
    value: str  # the state, or "<interface>.<operation>" as it was written


@dataclass(frozen=True, slots=True)
class Weave:
    """One weaving row of a relationship type (7.4.2).

    It stands directly after, or directly before, the moment at which the woven node reaches ``state``; it waits until
    the other end has reached ``join`` (or passed it); it calls ``activity``, or merely holds the node without one.
    """

    point: Literal["after", "before"]
    state: str
    join: str | None = None
    activity: str | None = None  # "<interface>.<operation>" as it was written


@dataclass(frozen=True, slots=True)
class Weaving:
    """The rows of a relationship type for one workflow."""

    source: tuple[Weave, ...] = ()
    target: tuple[Weave, ...] = ()


@dataclass(frozen=True, slots=True)
class NodeType:
    """A node type as far as later stages need it; ``workflows`` holds only what the type itself declares (7.4.2)."""

    name: str
    lineage: tuple[str, ...]
    description: str = ""
    workflows: Mapping[str, tuple[Activity, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RelationshipType:
    """A relationship type as far as later stages need it; ``workflows`` holds only what the type itself declares."""

    name: str
    lineage: tuple[str, ...]
    description: str = ""
    workflows: Mapping[str, Weaving] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Group:
    """A group (3.7.5) with what its type gives it."""

    name: str
    type: str
    lineage: tuple[str, ...]
    members: tuple[str, ...] = ()
    properties: Mapping[str, Value] = field(default_factory=dict)
    interfaces: Mapping[str, Interface] = field(default_factory=dict)
    description: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger of a policy (3.5.16); conditions and actions are kept as they were written."""

    name: str
    event: str
    target: str | None = None
    condition: Value = None
    action: Value = None


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy (3.7.6); its targets are node templates and groups."""

    name: str
    type: str
    lineage: tuple[str, ...]
    targets: tuple[str, ...] = ()
    properties: Mapping[str, Value] = field(default_factory=dict)
    triggers: tuple[Trigger, ...] = ()
    description: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Substitution:
    """What the topology can stand for (2.10): a node type, and where its parts are found inside."""

    node_type: str
    properties: Mapping[str, Value] = field(default_factory=dict)  # get_input, get_property of a template, a constant
    attributes: Mapping[str, str] = field(default_factory=dict)  # the output of each attribute
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # of others, the template and its value's path
    capabilities: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # template and capability of each
    requirements: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    interfaces: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # the workflow of each operation


@dataclass(frozen=True, slots=True)
class Replaced:
    """A node that was substituted: what it was, and the template that stands in its place."""

    node: str
    type: str
    template: str  # its file, from the root of the archive


@dataclass(frozen=True, slots=True)
class ServiceTemplate:
    """A whole service template (3.9), ready for weaving."""

    definitions_version: str
    description: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    inputs: Mapping[str, Parameter] = field(default_factory=dict)
    outputs: Mapping[str, Parameter] = field(default_factory=dict)
    node_templates: Mapping[str, NodeTemplate] = field(default_factory=dict)
    node_types: Mapping[str, NodeType] = field(default_factory=dict)
    relationship_types: Mapping[str, RelationshipType] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)
    policies: Mapping[str, Policy] = field(default_factory=dict)
    workflows: Mapping[str, Workflow] = field(default_factory=dict)
    substitution: Substitution | None = None
    # How it came about, not a part of what it means: the same topology may be written without any substitution.
    replaced: tuple[Replaced, ...] = field(default=(), compare=False)
