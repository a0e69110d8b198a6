"""Goes through all values of a topology and puts others in their place.

Place in the flow: a part of `tosca.phases.replacement`.  What changes nothing stays the very same object, so that
templates go on sharing what they have in common.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from tosca.imperative_model import Step, Workflow
from tosca.model import Capability, Function, Group, Interface, NodeTemplate, Operation, Policy, Relationship, Value
from tosca.phases.references import Subject

_NESTED = frozenset((Function, list, dict))  # what calls can stand in
# What a call becomes, given whose value it stands in; the arguments may be calls that are still to be changed.
Change: TypeAlias = Callable[[Function, Subject], Value]
NOBODY = Subject()


@dataclass(frozen=True, slots=True)
class Rewriting:
    """Changes the calls in values."""

    change: Change

    def value(self, found: Value, subject: Subject) -> Value:
        if type(found) not in _NESTED:
            return found
        if isinstance(found, Function):
            return self.change(found, subject)
        if isinstance(found, dict):
            return self.values(found, subject)
        items = [self.value(item, subject) for item in found] if isinstance(found, list) else []
        return (
            items if isinstance(found, list) and any(a is not b for a, b in zip(items, found, strict=True)) else found
        )

    def values(self, found: Mapping[str, Value], subject: Subject) -> dict[str, Value]:
        changed = {key: self.value(item, subject) for key, item in found.items() if type(item) in _NESTED}
        if all(item is found[key] for key, item in changed.items()):
            return found if isinstance(found, dict) else dict(found)
        return {**found, **changed}

    def node(self, found: NodeTemplate, subject: Subject) -> NodeTemplate:
        """Change the values of a node template, those of its relationships left out."""
        return replace(
            found,
            properties=self.values(found.properties, subject),
            attributes=self.values(found.attributes, subject),
            capabilities={name: self._capability(own, subject) for name, own in found.capabilities.items()},
            interfaces=self.interfaces(found.interfaces, subject),
        )

    def relationship(self, found: Relationship, subject: Subject) -> Relationship:
        return replace(
            found,
            properties=self.values(found.properties, subject),
            attributes=self.values(found.attributes, subject),
            interfaces=self.interfaces(found.interfaces, subject),
        )

    def interfaces(self, found: Mapping[str, Interface], subject: Subject) -> Mapping[str, Interface]:
        changed = {name: self._interface(interface, subject) for name, interface in found.items()}
        return found if all(interface is found[name] for name, interface in changed.items()) else changed

    def group(self, found: Group) -> Group:
        properties, interfaces = self.values(found.properties, NOBODY), self.interfaces(found.interfaces, NOBODY)
        return replace(found, properties=properties, interfaces=interfaces)

    def policy(self, found: Policy) -> Policy:
        return replace(found, properties=self.values(found.properties, NOBODY))

    def workflow(self, found: Workflow) -> Workflow:
        return replace(found, steps={name: self._step(step) for name, step in found.steps.items()})

    def _capability(self, found: Capability, subject: Subject) -> Capability:
        properties, attributes = self.values(found.properties, subject), self.values(found.attributes, subject)
        same = properties is found.properties and attributes is found.attributes
        return found if same else replace(found, properties=properties, attributes=attributes)

    def _interface(self, found: Interface, subject: Subject) -> Interface:
        operations = {name: self._operation(operation, subject) for name, operation in found.operations.items()}
        same = all(operation is found.operations[name] for name, operation in operations.items())
        return found if same else replace(found, operations=operations)

    def _operation(self, found: Operation, subject: Subject) -> Operation:
        inputs = self.values(found.inputs, subject)
        return found if inputs is found.inputs else replace(found, inputs=inputs)

    def _step(self, found: Step) -> Step:
        activities = tuple(replace(one, inputs=self.values(one.inputs, NOBODY)) for one in found.activities)
        return replace(found, activities=activities)
