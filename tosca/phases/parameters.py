"""Inputs and outputs as written → parameters with values of their types.  TOSCA 1.1 § 3.5.12.

Place in the flow: a part of `tosca.phases.rendering`, for the topology and its workflows.
"""

from __future__ import annotations

from collections.abc import Mapping

from tosca.definitions import Property
from tosca.entities.property_definition import PropertyDefinition
from tosca.model import Parameter
from tosca.phases.properties import Schemas
from tosca.phases.secrets import Secrets
from tosca.values.reading import Values


class Parameters:
    """Reads parameters."""

    def __init__(self, schemas: Schemas, values: Values, secrets: Secrets) -> None:
        self._schemas = schemas
        self._values = values
        self._secrets = secrets

    def inputs(self, definitions: Mapping[str, PropertyDefinition]) -> dict[str, Parameter]:
        return {name: self._parameter(name, definition) for name, definition in definitions.items()}

    def outputs(self, definitions: Mapping[str, PropertyDefinition]) -> dict[str, Parameter]:
        return {name: self._parameter(name, definition) for name, definition in definitions.items()}

    def _parameter(self, name: str, definition: PropertyDefinition) -> Parameter:
        schema = self._schemas.of_definition(definition)
        default = self._values.read(definition.default, schema) if definition.default is not None else None
        value = self._values.read(definition.value, schema) if definition.value is not None else None
        return Parameter(
            name=name,
            type=schema.type if definition.type else "string",
            required=definition.required is not False,
            default=default,
            value=value,
            description=definition.description,
            constraints=schema.constraints,
            primitive=self._schemas.primitive(schema.type) if definition.type else "",
            secret=self._secrets.of_property(Property(schema, secret=definition.secret)),
        )
