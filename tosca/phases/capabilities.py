"""Capability assignments → capabilities of a node template.  TOSCA 1.1 § 3.7.1, § 5.5.13.

Place in the flow: a part of `tosca.phases.rendering`.  A `scalable` that the type does not declare is what the field's
oldest files write; it is taken for the normative type.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tosca.definitions import CapabilityInfo, TypeInfo
from tosca.entities.capability import CapabilityAssignment
from tosca.entities.node_template import NodeTemplateDefinition
from tosca.model import Capability, Value
from tosca.phases.namespaces import Namespace
from tosca.phases.places import attribute_value, section
from tosca.phases.shared import OfType
from tosca.problems import Problems
from tosca.values.reading import Values

SCALABLE = "tosca.capabilities.Scalable"


class Capabilities:
    """Renders the capabilities of node templates."""

    def __init__(self, namespace: Namespace, values: Values, problems: Problems) -> None:
        self._namespace = namespace
        self._values = values
        self._problems = problems

    def undeclared(self, definitions: Mapping[str, NodeTemplateDefinition]) -> dict[str, Mapping[str, tuple[str, ...]]]:
        """Return the lineages of capabilities that templates have beyond their types."""
        info = self._namespace.info("capability", SCALABLE)
        lineage = info.lineage if info else (SCALABLE,)
        return {
            name: {"scalable": lineage}
            for name, definition in definitions.items()
            if "scalable" in definition.capabilities
        }

    def of(self, definition: NodeTemplateDefinition, shared: OfType) -> Mapping[str, Capability]:
        if not definition.capabilities:
            return shared.capabilities
        capabilities = dict(shared.capabilities)
        for name, assignment in definition.capabilities.items():
            declared = shared.info.capabilities.get(name) or self._undeclared(name, assignment, definition, shared.info)
            if declared is not None:
                capabilities[name] = self._capability(name, declared, assignment)
        return capabilities

    def _undeclared(
        self, name: str, assignment: CapabilityAssignment, definition: NodeTemplateDefinition, info: TypeInfo
    ) -> CapabilityInfo | None:
        scalable = self._namespace.info("capability", SCALABLE)
        if name == "scalable" and scalable is not None:
            message = f"found capability {name!r}, which {info.name} does not declare; taken for a {SCALABLE}"
            self._problems.report("undeclared-capability", message, assignment.node)
            return CapabilityInfo(SCALABLE, scalable.lineage, scalable.properties, scalable.attributes)
        owner = section(definition.node, "capabilities")
        self._values.unknown("unknown-capability", owner, name, info.capabilities, info.name)
        return None

    def _capability(self, name: str, info: CapabilityInfo, assignment: CapabilityAssignment) -> Capability:
        owner = section(assignment.node, "properties")
        properties = self._values.properties(owner, assignment.properties, info.properties, info.type)
        attributes = self._attributes(info, assignment)
        capability = Capability(name, info.type, info.lineage, properties, attributes)
        if SCALABLE in info.lineage:
            return scaled(capability, assignment, self._problems)
        return capability

    def _attributes(self, info: CapabilityInfo, assignment: CapabilityAssignment) -> dict[str, Value]:
        known, found = {**info.properties, **info.attributes}, {}
        for key, node in assignment.attributes.items():
            if key in known:
                found[key] = self._values.read(attribute_value(node), known[key].schema)
            else:
                owner = section(assignment.node, "attributes")
                self._values.unknown("unknown-attribute", owner, key, info.attributes, info.type)
        return found


def scaled(capability: Capability, assignment: CapabilityAssignment, problems: Problems) -> Capability:
    """Check that the counts agree; a bound that nobody wrote gives way to the default number of instances."""
    counts = dict(capability.properties)
    default = counts.get("default_instances")
    low, high = counts.get("min_instances"), counts.get("max_instances")
    if not (isinstance(low, int) and isinstance(high, int)):
        return capability
    if isinstance(default, int):
        low = low if "min_instances" in assignment.properties else min(low, default)
        high = high if "max_instances" in assignment.properties else max(high, default)
    number = default if isinstance(default, int) else low
    if low < 0 or not low <= number <= high:
        message = f"found default_instances {default} with min_instances {low} and max_instances {high}"
        owner = section(assignment.node, "properties")
        problems.report("scalable-range", f"{message}, expected 0 <= min <= default <= max", owner)
    counts |= {"min_instances": low, "max_instances": high}
    return replace(capability, properties=counts)
