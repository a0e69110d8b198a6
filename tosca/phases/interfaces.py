"""Interfaces as written → interfaces with what they inherit.  TOSCA 1.1 § 3.5.14, § 3.6.5.

Place in the flow: `tosca.phases.inheritance` merges those of types, `tosca.phases.operations` those of templates.
Inputs of an interface go to each of its operations; an operation's own win (§ 3.5.14).
"""

from __future__ import annotations

from collections.abc import Mapping

from tosca.definitions import InterfaceInfo, OperationInfo, Schema
from tosca.entities.interface import InterfaceDefinition
from tosca.entities.operation import OperationDefinition
from tosca.entities.property_definition import DESCRIBING, is_definition
from tosca.nodes import Map, Node, Scalar
from tosca.phases.namespaces import Namespace
from tosca.phases.outputs import mapped
from tosca.phases.properties import Schemas
from tosca.problems import Problems

ROOT = "tosca.interfaces.Root"
# The standard tells of it and forgets to declare it (5.8.5).
_TOLD = frozenset(("remove_source",))
_NOTHING = InterfaceInfo(ROOT, open=True)
_NO_OPERATION = OperationInfo()


class Interfaces:
    """Merges interfaces into inherited ones."""

    def __init__(self, namespace: Namespace, schemas: Schemas, problems: Problems) -> None:
        self._namespace = namespace
        self._schemas = schemas
        self._problems = problems

    def merge(
        self, inherited: Mapping[str, InterfaceInfo], definitions: Mapping[str, InterfaceDefinition], in_type: bool
    ) -> dict[str, InterfaceInfo]:
        """Return all interfaces, the inherited ones first."""
        merged = dict(inherited)
        for stated, definition in definitions.items():
            name = self._name(stated, inherited)
            merged[name] = self._merge_one(name, merged.get(name), definition, in_type)
        return merged

    def _name(self, stated: str, inherited: Mapping[str, InterfaceInfo]) -> str:
        """An interface may also be called by its type."""
        if stated in inherited:
            return stated
        full = self._namespace.resolve("interface", stated)
        return next((name for name, info in inherited.items() if full is not None and info.type == full), stated)

    def _merge_one(
        self, name: str, base: InterfaceInfo | None, definition: InterfaceDefinition, in_type: bool
    ) -> InterfaceInfo:
        if definition.type is not None or base is None:
            base = self._typed(name, base, definition, in_type)
        values, schemas = self._inputs(definition.inputs, in_type)
        inputs = {**base.inputs, **values}
        operations = self._operations(base, definition, values, in_type)
        return InterfaceInfo(base.type, inputs, operations, {**base.schemas, **schemas}, base.open)

    def _typed(
        self, name: str, base: InterfaceInfo | None, definition: InterfaceDefinition, in_type: bool
    ) -> InterfaceInfo:
        """Return what the interface's stated type, or its name taken for a type, declares."""
        full = None
        if definition.type is not None:
            full = self._namespace.find("interface", definition.type, self._problems, definition.node, "type")
        else:
            full = self._namespace.resolve("interface", name)
        info = self._namespace.info("interface", full) if full else None
        if info is None:
            if not in_type and definition.type is None:
                message = (
                    f"found interface {name!r}, which the type does not declare; its operations can only be called"
                )
                self._problems.report("undeclared-interface", f"{message} by a workflow", definition.node)
            elif definition.type is None and not self._problems.names_are_doubted:
                message = f"found interface {name!r} without 'type', expected it"
                self._problems.report("missing-keyname", message, definition.node)
            return base or _NOTHING
        declared = info.interfaces[info.name]
        return _over(base, declared) if base is not None else declared

    def _inputs(self, inputs: Mapping[str, Node], in_type: bool) -> tuple[dict[str, Node], dict[str, Schema]]:
        """Split inputs into values and declared types; in a type an input may be a definition or a value."""
        if not in_type:
            return dict(inputs), {}
        values: dict[str, Node] = {}
        schemas: dict[str, Schema] = {}
        for name, node in inputs.items():
            if not is_definition(node, telling=DESCRIBING) or not isinstance(node, Map):
                values[name] = node
                continue
            if "type" not in node.entries and "value" not in node.entries and "default" not in node.entries:
                message = f"found input {name!r} without 'type', expected it"
                self._problems.report("missing-keyname", message, node)
            value = node.entries.get("value") or node.entries.get("default")
            if value is not None:
                values[name] = value
            stated = node.entries.get("type")
            if isinstance(stated, Scalar):
                schemas[name] = Schema(self._schemas.type_name(stated.text, node))
        return values, schemas

    def _operations(
        self, base: InterfaceInfo, definition: InterfaceDefinition, inputs: Mapping[str, Node], in_type: bool
    ) -> dict[str, OperationInfo]:
        self._check_names(base, definition, in_type)
        operations = dict(base.operations)
        if inputs:
            operations = {name: operation.with_inputs(inputs) for name, operation in operations.items()}
        everywhere = {**base.inputs, **inputs}
        for name, stated in definition.operations.items():
            inherited = operations.get(name)
            operations[name] = self._operation(inherited, stated, everywhere, in_type)
        return operations

    def _operation(
        self, inherited: OperationInfo | None, stated: OperationDefinition, everywhere: dict[str, Node], in_type: bool
    ) -> OperationInfo:
        implementation = stated.implementation or (inherited.implementation if inherited else None)
        inputs = inherited.inputs if inherited else everywhere
        schemas = inherited.schemas if inherited else {}
        if stated.inputs:
            values, declared = self._inputs(stated.inputs, in_type)
            inputs, schemas = {**inputs, **values}, {**schemas, **declared}
        outputs = inherited.outputs if inherited else {}
        if stated.outputs:
            outputs = {**outputs, **mapped(stated)}
        return OperationInfo(implementation, inputs, schemas, outputs)

    def _check_names(self, base: InterfaceInfo, definition: InterfaceDefinition, in_type: bool) -> None:
        if in_type or base.open:
            return
        for name in definition.operations:
            if name not in base.operations and name not in _TOLD:
                message = f"found operation {name!r}, expected one of {', '.join(base.operations)}"
                message += self._problems.near(name, base.operations)
                self._problems.report("undeclared-operation", message, definition.node, name)


def _over(base: InterfaceInfo, declared: InterfaceInfo) -> InterfaceInfo:
    operations = {**declared.operations, **base.operations}
    return InterfaceInfo(
        declared.type,
        {**declared.inputs, **base.inputs},
        operations,
        {**declared.schemas, **base.schemas},
        declared.open,
    )
