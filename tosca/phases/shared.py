"""What depends on a type alone, made once and shared by all its templates.

Place in the flow: a part of `tosca.phases.rendering`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tosca.definitions import CapabilityInfo, Property, TypeInfo
from tosca.model import Capability, Interface, SecretPath, Value
from tosca.phases.operations import Operations
from tosca.phases.secrets import Secrets
from tosca.values.reading import Values


@dataclass(frozen=True, slots=True)
class OfType:
    """What all templates of a type share until they say otherwise."""

    info: TypeInfo
    properties: Mapping[str, Value]
    attributes: Mapping[str, Value]
    required: tuple[str, ...]
    capabilities: Mapping[str, Capability]
    interfaces: Mapping[str, Interface]
    secrets: tuple[SecretPath, ...] = ()


class Shared:
    """Makes the shared parts of each type when its first template asks."""

    def __init__(self, values: Values, operations: Operations, secrets: Secrets) -> None:
        self._values = values
        self._secrets = secrets
        self._operations = operations
        self._of_type: dict[str, OfType] = {}

    def of(self, info: TypeInfo) -> OfType:
        shared = self._of_type.get(info.name)
        if shared is None:
            shared = self._of_type[info.name] = self._share(info)
        return shared

    def _share(self, info: TypeInfo) -> OfType:
        return OfType(
            info=info,
            properties=self._defaults(info.properties),
            attributes=self._defaults(info.attributes),
            required=tuple(name for name, prop in info.properties.items() if prop.required and prop.default is None),
            capabilities={name: self._capability(name, declared) for name, declared in info.capabilities.items()},
            interfaces=self._operations.interfaces(info.interfaces, info.artifacts),
            secrets=self._secrets.of_type(info),
        )

    def _capability(self, name: str, info: CapabilityInfo) -> Capability:
        properties, attributes = self._defaults(info.properties), self._defaults(info.attributes)
        return Capability(name, info.type, info.lineage, properties, attributes)

    def _defaults(self, properties: Mapping[str, Property]) -> dict[str, Value]:
        read = self._values.read
        return {name: read(prop.default, prop.schema) for name, prop in properties.items() if prop.default is not None}
