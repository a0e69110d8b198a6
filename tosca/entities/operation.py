"""Operation definitions and assignments.  TOSCA 1.1 § 3.5.13.

Place in the flow: read with interfaces; `tosca.phases.rendering` resolves the implementation to files.
"""

from __future__ import annotations

from dataclasses import dataclass

from tosca.entities.artifact import ArtifactDefinition, read_artifact
from tosca.entities.base import DESCRIPTION, Field, Fields, Reading, entries, ignored, items, raw, text, wrong_shape
from tosca.nodes import List, Map, Node, Scalar

ENTITIES = ("SELF", "SOURCE", "TARGET")  # whose attributes outputs can be
HOSTS = ("SELF", "HOST", "SOURCE", "TARGET", "ORCHESTRATOR")


@dataclass(frozen=True, slots=True)
class ImplementationDefinition:
    """Primary artifact and dependencies, each a name, a path, or (1.3) an artifact definition."""

    node: Node
    origin: str  # the file that states it
    primary: ArtifactDefinition | None = None
    dependencies: tuple[ArtifactDefinition, ...] = ()
    timeout: Node | None = None
    operation_host: str | None = None


@dataclass(frozen=True, slots=True)
class OperationDefinition:
    """An operation as written; in short notation it is its implementation."""

    node: Node
    implementation: ImplementationDefinition | None = None
    inputs: dict[str, Node] | None = None
    outputs: dict[str, Node] | None = None


def _dependencies(node: Node, reading: Reading) -> tuple[ArtifactDefinition, ...]:
    if type(node) is Scalar:
        return (read_artifact(node, reading),)
    return tuple(read_artifact(item, reading) for item in items(node, reading))


def _host(node: Node, reading: Reading) -> str:
    """Read where an operation runs (1.2 § 3.5.13)."""
    stated = text(node, reading)
    if stated and stated not in HOSTS:
        message = f"found operation_host {stated!r}, expected one of {', '.join(HOSTS)}"
        reading.problems.report("wrong-value", message, node)
    return stated


def _outputs(node: Node, reading: Reading) -> dict[str, Node]:
    """Read which attributes take the outputs (1.3 § 3.6.15)."""
    found = entries(node, reading)
    for value in found.values():
        path = value.items if type(value) is List else []
        first = path[0] if path else None
        if len(path) < 2 or type(first) is not Scalar or first.text not in ENTITIES:
            wrong_shape(value, "[ SELF, SOURCE or TARGET, (capability), attribute, ... ]", reading)
    return found


IMPLEMENTATION = Fields(
    "implementation",
    Field("primary", read_artifact),
    Field("dependencies", _dependencies),
    Field("timeout", raw, since=(1, 2)),
    Field("operation_host", _host, since=(1, 2)),
)


def read_implementation(node: Node, reading: Reading) -> ImplementationDefinition | None:
    if type(node) is Scalar:
        return ImplementationDefinition(node, reading.file, read_artifact(node, reading)) if node.text else None
    if type(node) is Map and "file" in node.entries:  # 1.3: an artifact definition in place
        return ImplementationDefinition(node, reading.file, read_artifact(node, reading))
    return ImplementationDefinition(node=node, origin=reading.file, **IMPLEMENTATION.read(node, reading))


OPERATION = Fields(
    "operation",
    DESCRIPTION,
    Field("implementation", read_implementation),
    Field("inputs", entries),
    Field("outputs", _outputs, since=(1, 3)),
)


# TOSCA 1.3 § 3.6.19; what a notification brings is not interpreted
NOTIFICATION = Fields(
    "notification",
    Field("description", text),
    Field("implementation", read_implementation),
    Field("inputs", ignored),
    Field("outputs", _outputs),
)


def read_notification(node: Node, reading: Reading) -> None:
    """Check the keynames of a notification; in short notation it is its implementation."""
    if type(node) is not Scalar:
        NOTIFICATION.read(node, reading)


def read_operation(node: Node, reading: Reading) -> OperationDefinition:
    if type(node) is Scalar:
        plain_nothing = node.plain and node.text in ("", "~", "null")
        return OperationDefinition(node, None if plain_nothing else read_implementation(node, reading))
    return OPERATION.build(OperationDefinition, node, reading)
