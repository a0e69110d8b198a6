"""The tools with which the parts of a topology are rendered.

Place in the flow: `tosca.phases.rendering` makes them once; every part that it renders takes what it needs.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from tosca.definitions import TypeInfo
from tosca.model import NodeTemplate, Value
from tosca.nodes import Node
from tosca.phases.interfaces import Interfaces
from tosca.phases.namespaces import Namespace
from tosca.phases.operations import Operations
from tosca.phases.places import section
from tosca.phases.properties import Schemas
from tosca.phases.secrets import Secrets
from tosca.problems import Problems, one_of
from tosca.values.reading import Values


@dataclass(frozen=True, slots=True)
class Tools:
    """What renders values, interfaces and operations, and where problems are told."""

    namespace: Namespace
    schemas: Schemas
    values: Values
    interfaces: Interfaces
    operations: Operations
    secrets: Secrets
    problems: Problems

    def properties(self, node: Node, nodes: Mapping[str, Node], info: TypeInfo) -> dict[str, Value]:
        """Read the properties of a policy; samples of the standard give some to normative types (§ 12.5)."""
        owner = section(node, "properties")
        if nodes and not info.properties and info.file.startswith("profile "):
            for name in nodes:
                message = f"found property {name!r}, expected none: {info.name} declares none"
                self.problems.report("undeclared-property", message, owner, name)
            return {name: self.values.read(value) for name, value in nodes.items()}
        return self.values.properties(owner, nodes, info.properties, info.name)

    def unknown(self, code: str, what: str, name: str, known: Collection[str], node: Node) -> None:
        """Report a name that leads nowhere."""
        expected = one_of(known) if known else "none: there are none"
        self.problems.report(code, f"found {what} {name!r}, expected {expected}{self.problems.near(name, known)}", node)


@dataclass(frozen=True, slots=True)
class Nodes:
    """The node templates of a topology: rendered, and the types that they have."""

    templates: Mapping[str, NodeTemplate]
    types: Mapping[str, TypeInfo]
