"""Policies as written → policies with what their types give them.  TOSCA 1.1 § 3.7.6, § 3.6.12, § 3.5.16.

Place in the flow: a part of `tosca.phases.rendering`, after node templates and groups, which are their targets.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from tosca.definitions import Schema, TypeInfo
from tosca.entities.policy import PolicyDefinition
from tosca.entities.trigger import TriggerDefinition
from tosca.model import Group, Policy, Trigger
from tosca.nodes import Scalar
from tosca.phases.places import section
from tosca.phases.tools import Nodes, Tools
from tosca.phases.workflows import NORMATIVE
from tosca.values.constraints import structure

_INTERVAL = Schema("tosca.datatypes.TimeInterval")


class Policies:
    """Renders the policies of a topology."""

    def __init__(self, tools: Tools, nodes: Nodes, groups: Mapping[str, Group], workflows: Collection[str]) -> None:
        self._tools = tools
        self._nodes = nodes
        self._groups = groups
        self._workflows = workflows

    def render(self, definitions: Iterable[tuple[str, PolicyDefinition]]) -> dict[str, Policy]:
        found: dict[str, Policy] = {}
        for name, definition in definitions:
            info = self._type(definition)
            if name in found:
                message = f"found policy {name!r} twice, expected each name once"
                self._tools.problems.report("duplicate-name", message, definition.node)
            elif info is not None:
                self._check_targets(definition, info)
                found[name] = self._policy(name, definition, info)
        return found

    def _type(self, definition: PolicyDefinition) -> TypeInfo | None:
        if not definition.type:
            return None
        namespace = self._tools.namespace
        full = namespace.find("policy", definition.type, self._tools.problems, definition.node, "type")
        return namespace.info("policy", full) if full else None

    def _check_targets(self, definition: PolicyDefinition, info: TypeInfo) -> None:
        owner = section(definition.node, "targets")
        for name in definition.targets:
            lineage = self._lineage(name)
            if lineage == () or (lineage is None and name in self._nodes.templates):
                continue  # its type is not known
            if lineage is None:
                known = [*self._nodes.templates, *self._groups]
                self._tools.unknown("unknown-member", "target", name, known, owner)
            elif info.valid_types and not set(info.valid_types) & set(lineage):
                message = f"found target {name!r} of type {lineage[0]}, expected a {' or a '.join(info.valid_types)}"
                self._tools.problems.report("member-does-not-fit", message, owner)

    def _lineage(self, name: str) -> tuple[str, ...] | None:
        if name in self._nodes.types:
            return self._nodes.types[name].lineage
        group = self._groups.get(name)
        return group.lineage if group is not None else None

    def _policy(self, name: str, definition: PolicyDefinition, info: TypeInfo) -> Policy:
        inherited = dict(info.definition.triggers)
        triggers = {**inherited, **dict(definition.triggers)}
        for trigger in dict(definition.triggers).values():
            self._check_trigger(trigger)
        return Policy(
            name=name,
            type=info.name,
            lineage=info.lineage,
            targets=definition.targets,
            properties=self._tools.properties(definition.node, definition.properties, info),
            triggers=tuple(rendered(key, trigger) for key, trigger in triggers.items()),
            description=definition.description,
            metadata=definition.metadata,
        )

    def _check_trigger(self, trigger: TriggerDefinition) -> None:
        where = trigger.target_filter
        known = {**self._nodes.templates, **self._groups}  # a group may be what a node was substituted by
        named = where.target if where is not None else None
        if where is not None and named and named not in known and not self._tools.namespace.resolve("node", named):
            self._tools.unknown("unknown-member", "node", named, self._nodes.templates, where.node)
        if trigger.schedule is not None:
            self._tools.values.read(trigger.schedule, _INTERVAL)
        action = trigger.action
        for activity in trigger.activities:
            if activity.kind == "inline" and activity.value not in (*self._workflows, *NORMATIVE):
                self._tools.unknown("workflow-not-found", "workflow", activity.value, self._workflows, activity.node)
        if isinstance(action, Scalar) and action.text not in (*self._workflows, *NORMATIVE):
            self._tools.unknown("workflow-not-found", "workflow", action.text, self._workflows, action)


def rendered(name: str, trigger: TriggerDefinition) -> Trigger:
    """Return a trigger with its condition and action as plain data."""
    where = trigger.target_filter
    return Trigger(
        name=name,
        event=trigger.event,
        target=where.target if where is not None else None,
        condition=structure(trigger.condition) if trigger.condition is not None else None,
        action=structure(trigger.action) if trigger.action is not None else None,
    )
