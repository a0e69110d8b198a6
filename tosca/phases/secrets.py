"""Which properties, attributes and parameters are secret, by what declares them.

Place in the flow: a part of `tosca.phases.rendering`.  Secret is what a definition's metadata say to be (``secret:
true``), and of a `tosca.datatypes.Credential`, or a type that derives from it, the token and the keys.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tosca.definitions import Property, Schema, TypeInfo
from tosca.model import ENTRY, SecretPath

CREDENTIAL = "tosca.datatypes.Credential"
OF_CREDENTIALS = ("token", "keys")
DEEPEST = 10  # data types may contain themselves


class Secrets:
    """Finds secret places; each data type is looked at once."""

    def __init__(self, data_types: Mapping[str, TypeInfo]) -> None:
        self._data_types = data_types
        self._found: dict[str, tuple[SecretPath, ...]] = {}
        self._types: dict[tuple[str, str], tuple[SecretPath, ...]] = {}

    def of_type(self, info: TypeInfo) -> tuple[SecretPath, ...]:
        """The secret places of all templates of a type: of its properties, attributes and capabilities."""
        key = (info.kind, info.name)
        if key not in self._types:
            self._types[key] = tuple(self._of_type(info))
        return self._types[key]

    def _of_type(self, info: TypeInfo) -> Iterator[SecretPath]:
        own = (("properties", info.properties), ("attributes", info.attributes))
        yield from ((section, *path) for section, declared in own for path in self._among(declared))
        for name, capability in info.capabilities.items():
            parts = (("properties", capability.properties), ("attributes", capability.attributes))
            for section, declared in parts:
                yield from (("capabilities", name, section, *path) for path in self._among(declared))

    def of_property(self, declared: Property) -> tuple[SecretPath, ...]:
        """The secret places in a value; the empty path where all of it is."""
        return ((),) if declared.secret else self.of_schema(declared.schema)

    def of_schema(self, schema: Schema, depth: int = 0) -> tuple[SecretPath, ...]:
        """The same by the type alone."""
        if depth > DEEPEST:
            return ()
        info = self._data_types.get(schema.type)
        entry = schema.entry or (info.entry if info is not None else None)
        entries = () if entry is None else tuple((ENTRY, *path) for path in self.of_schema(entry, depth + 1))
        return entries if info is None else (*entries, *self._of_data(info, depth))

    def _of_data(self, info: TypeInfo, depth: int) -> tuple[SecretPath, ...]:
        if info.name not in self._found:
            self._found[info.name] = ()  # what it contains of itself
            credential = [(name,) for name in OF_CREDENTIALS] if CREDENTIAL in info.lineage else []
            nested = self._among(info.properties, depth + 1)
            self._found[info.name] = tuple(dict.fromkeys([*credential, *nested]))
        return self._found[info.name]

    def _among(self, declared: Mapping[str, Property], depth: int = 0) -> Iterator[SecretPath]:
        for name, found in declared.items():
            if found.secret:
                yield (name,)
            else:
                yield from ((name, *path) for path in self.of_schema(found.schema, depth))
