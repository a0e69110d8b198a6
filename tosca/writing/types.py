"""Types with all that they inherit → their definitions as plain data.

Place in the flow: a part of `tosca.writing.document`.  Only types of the document's own files are written; those of
the standard come with its version.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from tosca.definitions import CapabilityInfo, InterfaceInfo, Kind, Property, RequirementInfo, Schema, TypeInfo
from tosca.entities.artifact import ArtifactDefinition
from tosca.entities.operation import ImplementationDefinition
from tosca.model import Activity, Weave, Weaving
from tosca.nodes import Node
from tosca.phases.policies import rendered
from tosca.writing.plain import data, with_operations, without_nothing
from tosca.writing.topology import trigger
from tosca.writing.values import SECRET, clauses

SECTIONS: dict[Kind, str] = {
    "data": "data_types",
    "artifact": "artifact_types",
    "capability": "capability_types",
    "interface": "interface_types",
    "relationship": "relationship_types",
    "node": "node_types",
    "group": "group_types",
    "policy": "policy_types",
}
_RESTRICTIONS: dict[Kind, str] = {
    "capability": "valid_source_types",
    "relationship": "valid_target_types",
    "group": "members",
    "policy": "targets",
}
Locate: TypeAlias = Callable[[ArtifactDefinition], str]


class Types:
    """Writes types; ``locate`` tells where the file of an artifact lies."""

    def __init__(self, locate: Locate) -> None:
        self._locate = locate

    def sections(self, infos: Mapping[Kind, Mapping[str, TypeInfo]]) -> dict[str, Any]:
        found = {
            section: {name: self._type(info) for name, info in infos[kind].items() if not _normative(info)}
            for kind, section in SECTIONS.items()
        }
        return {section: types for section, types in found.items() if types}

    def _type(self, info: TypeInfo) -> dict[str, Any]:
        parent = info.lineage[1] if len(info.lineage) > 1 else info.primitive
        fields = without_nothing(derived_from=parent, description=info.definition.description)
        if info.kind == "interface":
            return fields | self._interface_type(info.interfaces[info.name])
        fields |= without_nothing(
            properties=_properties(info.properties),
            attributes=_properties(info.attributes) if info.kind in ("node", "relationship", "capability") else None,
            interfaces=self._interfaces(info.interfaces),
            file_ext=list(info.definition.file_ext),
            triggers=[{name: trigger(rendered(name, found))} for name, found in info.definition.triggers],
        )
        if info.valid_types and info.kind in _RESTRICTIONS:
            fields[_RESTRICTIONS[info.kind]] = list(info.valid_types)
        if info.kind == "data":
            fields |= _data(info)
        return fields | (self._node(info) if info.kind == "node" else _relationship(info))

    def _node(self, info: TypeInfo) -> dict[str, Any]:
        return without_nothing(
            capabilities={name: _capability(found) for name, found in info.capabilities.items()},
            requirements=[{name: self._requirement(found)} for name, found in info.requirements.items()],
            artifacts={name: self.artifact(found) for name, found in info.artifacts.items()},
            workflows={name: _sequence(found) for name, found in info.definition.sequences.items()},
        )

    def _requirement(self, info: RequirementInfo) -> dict[str, Any]:
        relationship = without_nothing(type=info.relationship, interfaces=self._interfaces(info.interfaces))
        fields = without_nothing(capability=info.capability, node=info.target, relationship=relationship)
        return fields | {"occurrences": [info.lower, "UNBOUNDED" if info.upper is None else info.upper]}

    def _interfaces(self, infos: Mapping[str, InterfaceInfo]) -> dict[str, Any]:
        return {name: {**without_nothing(type=info.type), **self._parts(info)} for name, info in infos.items()}

    def _interface_type(self, info: InterfaceInfo) -> dict[str, Any]:
        inputs = {name: _input(info, name) for name in {**info.schemas, **info.inputs}}
        return without_nothing(inputs=inputs) | {
            key: part for key, part in self._parts(info).items() if key != "inputs"
        }

    def _parts(self, info: InterfaceInfo) -> dict[str, Any]:
        inputs = {name: _input(info, name) for name in {**info.schemas, **info.inputs}}
        operations = {
            name: without_nothing(
                implementation=self._implementation(operation.implementation),
                inputs={key: data(node) for key, node in operation.inputs.items()},
                outputs={key: list(path) for key, path in operation.outputs.items()},
            )
            for name, operation in info.operations.items()
        }
        return with_operations(without_nothing(inputs=inputs), operations)

    def _implementation(self, stated: ImplementationDefinition | None) -> dict[str, Any]:
        if stated is None or stated.primary is None:
            return {}
        return without_nothing(
            primary=self.artifact(stated.primary),
            dependencies=[self.artifact(item) for item in stated.dependencies],
            timeout=data(stated.timeout) if stated.timeout is not None else None,
            operation_host=stated.operation_host,
        )

    def artifact(self, stated: ArtifactDefinition) -> dict[str, Any]:
        return without_nothing(
            file=self._locate(stated),
            type=stated.type,
            repository=stated.repository,
            deploy_path=stated.deploy_path,
        )


def _normative(info: TypeInfo) -> bool:
    return info.file.startswith("profile ")


def _properties(properties: Mapping[str, Property]) -> dict[str, Any]:
    return {name: _property(found) for name, found in properties.items()}


def _property(found: Property) -> dict[str, Any]:
    default = {} if found.default is None else {"default": data(found.default)}
    secret = {"metadata": SECRET} if found.secret else {}
    return _schema(found.schema) | {"required": found.required} | default | secret


def _schema(schema: Schema) -> dict[str, Any]:
    return {"type": schema.type} | without_nothing(
        constraints=clauses(schema.constraints),
        entry_schema=_schema(schema.entry) if schema.entry is not None else None,
        key_schema=_schema(schema.key) if schema.key is not None else None,
    )


def _input(info: InterfaceInfo, name: str) -> dict[str, Any]:
    node: Node | None = info.inputs.get(name)
    schema = info.schemas.get(name)
    return without_nothing(type=schema.type if schema is not None else None) | (
        {} if node is None else {"default": data(node)}
    )


def _data(info: TypeInfo) -> dict[str, Any]:
    return without_nothing(
        constraints=clauses(info.constraints),
        entry_schema=_schema(info.entry) if info.entry is not None else None,
        key_schema=_schema(info.key) if info.key is not None else None,
    )


def _capability(info: CapabilityInfo) -> dict[str, Any]:
    return without_nothing(
        type=info.type, properties=_properties(info.properties), attributes=_properties(info.attributes)
    ) | {"occurrences": [0, "UNBOUNDED" if info.upper is None else info.upper]}


def _sequence(activities: tuple[Activity, ...]) -> dict[str, Any]:
    return {"steps": {"all": {"activities": [{activity.kind: activity.value} for activity in activities]}}}


def _relationship(info: TypeInfo) -> dict[str, Any]:
    return without_nothing(workflows={name: _weaving(found) for name, found in info.definition.weavings.items()})


def _weaving(found: Weaving) -> dict[str, Any]:
    return {
        "source_weaving": [_weave(weave, "wait_target") for weave in found.source],
        "target_weaving": [_weave(weave, "wait_source") for weave in found.target],
    }


def _weave(weave: Weave, join: str) -> dict[str, Any]:
    return without_nothing(**{weave.point: weave.state, join: weave.join, "activity": weave.activity})
