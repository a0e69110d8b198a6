"""The defaults that types declare fit what they declare.  TOSCA 1.1 § 3.5.8.3.

Place in the flow: after `tosca.phases.inheritance`, for the types of the document's own files, whether a template uses
them or not.  Functions in defaults name inputs and templates of whoever uses the type: they are checked there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from tosca.definitions import InterfaceInfo, OperationInfo, Property, Schema, TypeInfo
from tosca.entities.property_definition import PropertyDefinition
from tosca.model import NODE_ROOT
from tosca.nodes import Node
from tosca.phases.filters import Filters
from tosca.phases.namespaces import KINDS, Namespace
from tosca.phases.properties import Schemas
from tosca.phases.read import Unit
from tosca.problems import Problems
from tosca.values.names import Scope
from tosca.values.reading import Values

CREDENTIAL = Schema("tosca.datatypes.Credential")


def check_defaults(namespace: Namespace, units: Iterable[Unit], problems: Problems) -> None:
    """Report defaults that do not fit their type or violate a constraint, and credentials that are none."""
    values = Values(namespace.infos["data"], Scope(anything=True), problems)
    filters = Filters(Schemas(namespace, problems), values, problems)
    for unit in units:
        for repository in unit.definition.repositories.values():
            if repository.credential is not None:
                values.read(repository.credential, CREDENTIAL)
    for kind in KINDS:
        for info in namespace.infos[kind].values():
            if not info.file.startswith("profile "):
                for definition, prop in _own(info):
                    if prop.default is not None:
                        with problems.told_at(definition.node):  # the default may be a normative type's
                            values.read(prop.default, prop.schema)
                for node, schema in _inputs(info):
                    values.read(node, schema)
                for name, requirement in info.definition.requirements:
                    found = info.requirements.get(name)
                    asked = namespace.info("node", found.target) if found is not None and found.target else None
                    if requirement.node_filter is not None and asked is not None and asked.name != NODE_ROOT:
                        filters.check(requirement.node_filter, asked)


def _own(info: TypeInfo) -> Iterator[tuple[PropertyDefinition, Property]]:
    """The properties that a type itself defines or refines."""
    definition = info.definition
    yield from _of(definition.properties, info.properties)
    yield from _of(definition.attributes, info.attributes)
    for name, capability in definition.capabilities.items():
        if name in info.capabilities:
            yield from _of(capability.properties, info.capabilities[name].properties)


def _inputs(info: TypeInfo) -> Iterator[tuple[Node, Schema]]:
    """The inputs of interfaces that have both a type and a default."""
    for name in info.definition.interfaces:
        interface = info.interfaces.get(name)
        if interface is None:
            continue
        owners: list[InterfaceInfo | OperationInfo] = [interface, *interface.operations.values()]
        for owner in owners:
            yield from ((owner.inputs[key], schema) for key, schema in owner.schemas.items() if key in owner.inputs)


def _of(
    definitions: Mapping[str, PropertyDefinition], known: Mapping[str, Property]
) -> Iterator[tuple[PropertyDefinition, Property]]:
    return ((definition, known[name]) for name, definition in definitions.items() if name in known)
