"""What is known of an instance beyond its states: the outputs of its topology and the attributes of its nodes.

Place in the flow: template, inputs and what operations have said → **values** → `manager.view`.  TOSCA 1.1 sections
3.5.10, 3.5.12 and 4.  What asks for something that nobody knows yet is null.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.errors import EngineError
from engine.executions.attributes import OF_EVERY_NODE, Attributes, inside
from engine.executions.errors import NoValue
from engine.executions.outputs import Outputs
from engine.instances.references import Place
from engine.instances.scaling import Scale
from engine.space.errors import SpaceError
from tosca.errors import FunctionError
from tosca.model import Function, NodeTemplate, Parameter, ServiceTemplate, Value
from tosca.values.given import converted

NOBODY = NodeTemplate("", "", ())  # in whose place outputs of the topology stand: no name means an instance of its own


@dataclass(frozen=True, slots=True)
class Deployed:
    """An instance, as far as its values are concerned: ``inputs`` are complete, ``outputs`` what operations said."""

    template: ServiceTemplate
    scale: Scale
    inputs: Mapping[str, Any]
    outputs: Outputs
    state: Callable[[str, int], str]


class Values:
    """Evaluates outputs and attributes of one instance."""

    def __init__(self, deployed: Deployed) -> None:
        self._deployed = deployed
        self._attributes = Attributes(deployed.outputs, deployed.state, _Known(deployed))
        self._declared: dict[str, dict[str, Value]] = {}

    def outputs(self) -> dict[str, Any]:
        """The value of each output of the topology, as one of the type that it declares; null where it is not known."""
        found = self._deployed.template.outputs
        return {
            name: _typed(output, self._value(self._resolved(NOBODY, output.value), None))
            for name, output in found.items()
        }

    def attributes(self, node: str, flat: int) -> dict[str, Any]:
        """The attributes of a node instance that have a value: declared ones, and those that operations have said."""
        if node not in self._declared:
            template = self._deployed.template.node_templates[node]
            self._declared[node] = {name: self._reference(template, name) for name in template.attributes}
        declared = {name: self._value(value, flat) for name, value in self._declared[node].items()}
        found = {name: value for name, value in declared.items() if value is not None}
        for said in self._deployed.outputs.of_node(node, flat, of_all=True):
            found |= said.values
        return {name: value for name, value in found.items() if name not in OF_EVERY_NODE}

    def properties(self, node: str, flat: int) -> dict[str, Any]:
        """The properties of a node instance; null where what they ask for is not known yet."""
        template = self._deployed.template.node_templates[node]
        return {name: self._value(self._resolved(template, value), flat) for name, value in template.properties.items()}

    def _reference(self, node: NodeTemplate, name: str) -> Value:
        return self._resolved(node, Function("get_attribute", ("SELF", name)))

    def _resolved(self, node: NodeTemplate, value: Value) -> Value:
        try:
            nodes = self._deployed.template.node_templates
            return Place(nodes, node, scale=self._deployed.scale, told=frozenset(nodes)).evaluated(value)
        except EngineError:  # a property that leads nowhere
            return None

    def _value(self, value: Value, flat: int | None) -> Any:
        try:
            return self._attributes.value(value, {} if flat is None else {"self": flat})
        except SpaceError:
            raise
        except (EngineError, FunctionError):
            return None


def _typed(output: Parameter, value: Any) -> Any:
    """A value as one of the declared type; of several instances there are several of these."""
    kind = output.primitive
    if isinstance(value, list) and kind not in ("list", "range", "any"):
        return [converted(kind, item) for item in value] if kind else value
    return converted(kind, value) if kind else value


class _Known:
    """Answers the functions that ask neither for properties nor for what instances have."""

    def __init__(self, deployed: Deployed) -> None:
        self._deployed = deployed

    def get_input(self, args: tuple[Any, ...]) -> Any:
        return inside(dict(self._deployed.inputs), list(args), "get_input")

    def get_nodes_of_type(self, args: tuple[Any, ...]) -> Any:
        return [name for name, node in self._deployed.template.node_templates.items() if args[0] in node.lineage]

    def get_property(self, args: tuple[Any, ...]) -> Any:
        raise NoValue("get_property", str(args))

    def get_attribute(self, args: tuple[Any, ...]) -> Any:
        raise NoValue("get_attribute", str(args))

    def get_operation_output(self, args: tuple[Any, ...]) -> Any:
        raise NoValue("get_operation_output", str(args))

    def get_artifact(self, args: tuple[Any, ...]) -> Any:
        raise NoValue("get_artifact", str(args))
