"""Outputs of an instance: the values that the service template promises, as far as they are known.

Place in the flow: template and inputs → **values** → `manager.view`.  TOSCA 1.1 sections 3.5.12 and 4.  An output that
asks for something that nobody knows yet is null.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from manager.inputs import completed
from tosca.errors import FunctionError
from tosca.model import NodeTemplate, ServiceTemplate
from tosca.values.functions import evaluate

MOST_NESTED = 50  # calls that lead to calls


class _Unknown(Exception):
    """Something that nobody knows yet."""


def evaluated(template: ServiceTemplate, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The value of each output; null where it is not known."""
    known = _Known(template, completed(template, inputs))
    return {name: known.value(output.value) for name, output in template.outputs.items()}


class _Known:
    """Answers intrinsic functions from the template and the inputs."""

    def __init__(self, template: ServiceTemplate, inputs: Mapping[str, Any]) -> None:
        self._template = template
        self._inputs = inputs
        self._depth = 0

    def value(self, value: Any) -> Any:
        try:
            return evaluate(value, self)
        except (_Unknown, FunctionError):
            return None

    def get_input(self, args: tuple[Any, ...]) -> Any:
        return _inside(self._inputs, args)

    def get_property(self, args: tuple[Any, ...]) -> Any:
        node = self._node(args)
        if len(args) > 2 and args[1] in node.capabilities:
            return self._evaluated(_inside(node.capabilities[args[1]].properties, args[2:]))
        if len(args) > 2 and args[1] not in node.properties:
            return self.get_property((self._target(node, args[1]), *args[2:]))
        return self._evaluated(_inside(node.properties, args[1:]))

    def get_attribute(self, args: tuple[Any, ...]) -> Any:
        """A property is an attribute too (3.5.10.1.1)."""
        node = self._node(args)
        if args[1] in node.attributes:
            return self._evaluated(_inside(node.attributes, args[1:]))
        return node.name if args[1:] == ("tosca_name",) else self.get_property(args)

    def get_operation_output(self, args: tuple[Any, ...]) -> Any:
        raise _Unknown(args)

    def get_nodes_of_type(self, args: tuple[Any, ...]) -> Any:
        return [name for name, node in self._template.node_templates.items() if args[0] in node.lineage]

    def get_artifact(self, args: tuple[Any, ...]) -> Any:
        raise _Unknown(args)

    def _evaluated(self, value: Any) -> Any:
        self._depth += 1
        try:
            if self._depth > MOST_NESTED:
                raise _Unknown(value)
            return evaluate(value, self)
        finally:
            self._depth -= 1

    def _node(self, args: tuple[Any, ...]) -> NodeTemplate:
        found = self._template.node_templates.get(args[0]) if len(args) > 1 and isinstance(args[0], str) else None
        if found is None:
            raise _Unknown(args)
        return found

    def _target(self, node: NodeTemplate, requirement: str) -> str:
        for relationship in node.relationships:
            if relationship.requirement == requirement:
                return relationship.target
        raise _Unknown(requirement)


def _inside(value: Any, steps: tuple[Any, ...]) -> Any:
    for step in steps:
        try:
            value = value[int(step)] if isinstance(value, list) else value[step]
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise _Unknown(step) from error
    return value
