"""Interfaces and artifacts → what runs: operations with their scripts found and their inputs read.

Place in the flow: a part of `tosca.phases.rendering`, for node templates and relationships alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import TypeAlias

from tosca.definitions import ANY, InterfaceInfo, OperationInfo, Schema
from tosca.entities.artifact import ArtifactDefinition
from tosca.entities.operation import ImplementationDefinition
from tosca.model import Artifact, Implementation, Interface, Operation, Value
from tosca.nodes import Node, Scalar
from tosca.phases.files import Files
from tosca.phases.namespaces import Namespace
from tosca.phases.places import section
from tosca.problems import Problems
from tosca.values.reading import Values
from tosca.values.scalars import comparable

_FILE = "tosca.artifacts.File"
_IMAGE = "tosca.artifacts.Deployment.Image"
# The inputs of an interface that were read already: each name with its node and value.
_Read: TypeAlias = dict[str, tuple[Node, Value]]


class Operations:
    """Renders interfaces, implementations and artifacts."""

    def __init__(self, namespace: Namespace, values: Values, files: Files, problems: Problems) -> None:
        self._namespace = namespace
        self._values = values
        self._files = files
        self._problems = problems
        self._types_by_extension = _extensions(namespace)

    def interfaces(
        self, infos: Mapping[str, InterfaceInfo], artifacts: Mapping[str, ArtifactDefinition]
    ) -> dict[str, Interface]:
        return {name: self.interface(name, info, artifacts) for name, info in infos.items()}

    def interface(self, name: str, info: InterfaceInfo, artifacts: Mapping[str, ArtifactDefinition]) -> Interface:
        read: _Read = {}
        operations = {
            key: Operation(
                key,
                self._implementation(operation.implementation, artifacts),
                self._inputs(operation, info, read),
                operation.outputs,
            )
            for key, operation in info.operations.items()
        }
        return Interface(name, info.type, operations)

    def _inputs(self, operation: OperationInfo, info: InterfaceInfo, known: _Read) -> dict[str, Value]:
        """Read the inputs of an operation; those that it shares with other operations are read once."""
        values: dict[str, Value] = {}
        for name, node in operation.inputs.items():
            found = known.get(name)
            if found is None or found[0] is not node:
                schema = _schema(name, operation, info) if operation.schemas or info.schemas else ANY
                found = known[name] = (node, self._values.read(node, schema))
            values[name] = found[1]
        return values

    def _implementation(
        self, stated: ImplementationDefinition | None, artifacts: Mapping[str, ArtifactDefinition]
    ) -> Implementation | None:
        if stated is None or stated.primary is None:
            return None
        primary = artifacts.get(stated.primary.file, stated.primary)
        path = self._script(primary)
        if path is None:
            return None
        dependencies = self._dependencies(stated, artifacts) if stated.dependencies else ()
        timeout = self._timeout(stated.timeout) if stated.timeout is not None else None
        kind = self._type(primary)
        info = self._namespace.info("artifact", kind) if kind else None
        bases = info.lineage[1:] if info else ()
        return Implementation(path, dependencies, kind, bases, timeout, stated.operation_host)

    def _dependencies(
        self, stated: ImplementationDefinition, artifacts: Mapping[str, ArtifactDefinition]
    ) -> tuple[str, ...]:
        found = (self._script(artifacts.get(item.file, item)) for item in stated.dependencies)
        return tuple(item for item in found if item is not None)

    def _script(self, artifact: ArtifactDefinition) -> str | None:
        path = self._files.find(artifact.file, artifact.origin, artifact.node)
        if path is None and ("://" in artifact.file or artifact.repository or self._is_image(artifact)):
            return artifact.file
        if path is None:
            return self._files.missing(artifact.file, artifact.origin, artifact.node)
        return path

    def _timeout(self, node: Node) -> float | None:
        text = node.text.strip() if type(node) is Scalar else ""
        try:
            seconds = float(comparable("scalar-unit.time", text) if text[-1:].isalpha() else text)
            if not 0 <= seconds < inf:
                raise ValueError
            return seconds
        except ValueError:
            message = f"found timeout {text!r}, expected a number of seconds or a time such as '30 s'"
            self._problems.report("wrong-value", message, node)
            return None

    def artifacts(self, definitions: Mapping[str, ArtifactDefinition]) -> dict[str, Artifact]:
        return {name: self._artifact(name, definition) for name, definition in definitions.items()}

    def _artifact(self, name: str, definition: ArtifactDefinition) -> Artifact:
        self._files.check_repository(definition.repository, definition.node)
        path = self._files.find(definition.file, definition.origin, definition.node)
        if path is None and self._must_exist(definition):
            self._files.missing(definition.file, definition.origin, definition.node)
        kind = self._type(definition)
        self._check_properties(definition, kind)
        return Artifact(name, kind or _FILE, path or definition.file, definition.deploy_path)

    def _check_properties(self, definition: ArtifactDefinition, kind: str | None) -> None:
        """Check the properties of an artifact; samples give them to normative types, which declare none."""
        info = self._namespace.info("artifact", kind) if kind else None
        if info is not None and not info.properties and info.file.startswith("profile "):
            for name in definition.properties:
                message = f"found property {name!r}, expected none: {info.name} declares none"
                self._problems.report("undeclared-property", message, section(definition.node, "properties"), name)
        elif info is not None:
            owner = section(definition.node, "properties")
            self._values.properties(owner, definition.properties, info.properties, info.name)

    def _must_exist(self, definition: ArtifactDefinition) -> bool:
        """Image names and addresses are no files of the archive."""
        name = definition.file
        no_file = not name or ":" in name or "." not in name.rpartition("/")[2]
        return not (no_file or definition.repository or self._is_image(definition))

    def _is_image(self, definition: ArtifactDefinition) -> bool:
        stated = definition.type
        full = self._namespace.resolve("artifact", stated) if stated else None
        info = self._namespace.info("artifact", full) if full else None
        return info is not None and _IMAGE in info.lineage

    def _type(self, definition: ArtifactDefinition) -> str | None:
        if definition.type is not None:
            return self._namespace.find("artifact", definition.type, self._problems, definition.node, "type")
        return self._types_by_extension.get(definition.file.rpartition(".")[2].lower())


def _schema(name: str, operation: OperationInfo, info: InterfaceInfo) -> Schema:
    """The type of an input: an operation's own declaration wins over that of its interface (§ 3.5.14)."""
    return operation.schemas.get(name) or info.schemas.get(name, ANY)


def _extensions(namespace: Namespace) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, info in namespace.infos["artifact"].items():
        for extension in info.definition.file_ext:
            found.setdefault(extension.lstrip(".").lower(), name)
    return found
