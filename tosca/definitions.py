"""Types with everything that they inherit, ready to render templates with.

Place in the flow: `tosca.phases.inheritance` makes them of type definitions; `tosca.phases.rendering` uses them.
Values and implementations still are YAML nodes here: only the templates that use them give them a place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from tosca.entities.artifact import ArtifactDefinition
from tosca.entities.operation import ImplementationDefinition
from tosca.entities.types import TypeDefinition
from tosca.nodes import Node
from tosca.values.constraints import Constraint

Kind: TypeAlias = Literal["data", "artifact", "capability", "interface", "relationship", "node", "group", "policy"]


@dataclass(frozen=True, slots=True)
class Schema:
    """The type of a value: a primitive or the full name of a data type."""

    type: str
    constraints: tuple[Constraint, ...] = ()
    entry: Schema | None = None
    key: Schema | None = None  # of a map; 1.3


ANY = Schema("any")


@dataclass(frozen=True, slots=True)
class Property:
    """A property, attribute or input with its resolved type."""

    schema: Schema
    required: bool = True
    default: Node | None = None
    secret: bool = False  # by its metadata


@dataclass(frozen=True, slots=True)
class CapabilityInfo:
    """A capability of a node type; its properties are those of its type, refined."""

    type: str
    lineage: tuple[str, ...]
    properties: Mapping[str, Property] = field(default_factory=dict)
    attributes: Mapping[str, Property] = field(default_factory=dict)
    upper: int | None = None  # None: unbounded
    sources: tuple[str, ...] = ()  # node types that relationships may come from; none: any


@dataclass(frozen=True, slots=True)
class OperationInfo:
    """An operation; inputs are values, those of its interface merged in, ``schemas`` the types that its own declare."""

    implementation: ImplementationDefinition | None = None
    inputs: Mapping[str, Node] = field(default_factory=dict)
    schemas: Mapping[str, Schema] = field(default_factory=dict)
    outputs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # the attribute that takes each

    def with_inputs(self, inputs: Mapping[str, Node]) -> OperationInfo:
        """The same with these inputs, which take the place of its own."""
        return OperationInfo(self.implementation, {**self.inputs, **inputs}, self.schemas, self.outputs)


@dataclass(frozen=True, slots=True)
class InterfaceInfo:
    """An interface; ``inputs`` go to every operation, ``schemas`` are the types that inputs declare."""

    type: str
    inputs: Mapping[str, Node] = field(default_factory=dict)
    operations: Mapping[str, OperationInfo] = field(default_factory=dict)
    schemas: Mapping[str, Schema] = field(default_factory=dict)
    open: bool = False  # takes operations that nobody declared


@dataclass(frozen=True, slots=True)
class RequirementInfo:
    """A requirement; names of types are full ones."""

    capability: str | None = None
    target: str | None = None
    relationship: str | None = None
    interfaces: Mapping[str, InterfaceInfo] = field(default_factory=dict)
    lower: int = 1
    upper: int | None = 1  # None: unbounded


@dataclass(frozen=True, slots=True)
class TypeInfo:
    """A type of any kind with all that its ancestors give it."""

    kind: Kind
    name: str
    lineage: tuple[str, ...]
    definition: TypeDefinition
    file: str = ""
    properties: Mapping[str, Property] = field(default_factory=dict)
    attributes: Mapping[str, Property] = field(default_factory=dict)
    capabilities: Mapping[str, CapabilityInfo] = field(default_factory=dict)
    requirements: Mapping[str, RequirementInfo] = field(default_factory=dict)
    interfaces: Mapping[str, InterfaceInfo] = field(default_factory=dict)
    artifacts: Mapping[str, ArtifactDefinition] = field(default_factory=dict)
    valid_types: tuple[str, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    primitive: str | None = None  # of a data type
    entry: Schema | None = None  # of a data type that is a list or map
    key: Schema | None = None  # of a data type that is a map
