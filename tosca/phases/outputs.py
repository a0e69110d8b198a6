"""The attributes that take the outputs of operations exist.  TOSCA 1.3 § 3.6.15.

Place in the flow: a part of `tosca.phases.inheritance` for types, of `tosca.phases.rendering` for templates.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tosca.definitions import TypeInfo
from tosca.entities.interface import InterfaceDefinition
from tosca.entities.operation import ENTITIES, OperationDefinition
from tosca.model import NODE_ROOT
from tosca.nodes import List, Scalar
from tosca.problems import Problems, one_of


def check_outputs(interfaces: Mapping[str, InterfaceDefinition], info: TypeInfo, problems: Problems) -> None:
    """Report mappings to what a node or relationship does not have; the plain root takes any attribute."""
    for node in _mappings(interfaces) if info.name != NODE_ROOT else ():
        known = [*info.attributes, *info.properties, *info.capabilities, *info.requirements]
        entity, name = (item.text if isinstance(item, Scalar) else "" for item in node.items[:2])
        if entity == "SELF" and name not in known:
            message = f"found an output for attribute {name!r}, expected {one_of(known)} ({info.name})"
            problems.report("unknown-attribute", message + problems.near(name, known), node)
        elif entity == "SELF" and len(node.items) > 2 and name not in info.capabilities:
            message = f"found an output for a part of attribute {name!r}, expected one for all of it; it is left out"
            problems.report("not-interpreted", message, node)


def mapped(operation: OperationDefinition) -> dict[str, tuple[str, ...]]:
    """Return the path to the attribute that takes each output; what is no path was told of when it was read."""
    found: dict[str, tuple[str, ...]] = {}
    for name, node in (operation.outputs or {}).items():
        path = tuple(item.text for item in node.items if isinstance(item, Scalar)) if isinstance(node, List) else ()
        if len(path) > 1 and path[0] in ENTITIES:
            found[name] = path
    return found


def _mappings(interfaces: Mapping[str, InterfaceDefinition]) -> Iterator[List]:
    for interface in interfaces.values():
        for operation in interface.operations.values():
            if operation.outputs:
                yield from (one for one in operation.outputs.values() if isinstance(one, List) and len(one.items) > 1)
