"""A template in the place of a node: all that it has, under names that begin with the node's.

Place in the flow: a part of `tosca.phases.replacement`.  What stands inside `db` as `server` is called `db/server`:
nodes, relationship templates, groups, policies and workflows alike.  Inputs become the values of the node's properties.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from tosca.definitions import TypeInfo
from tosca.imperative_model import Precondition, Step, StepActivity, Workflow
from tosca.model import Capability, Function, Group, NodeTemplate, Policy, Relationship, Trigger, Value
from tosca.phases.calls import Calls
from tosca.phases.candidates import Candidate
from tosca.phases.capabilities import SCALABLE, scaled
from tosca.phases.references import Subject
from tosca.phases.rewriting import NOBODY, Rewriting

SEPARATOR = "/"
_OF_ENTITY = frozenset(("get_property", "get_attribute", "get_operation_output", "get_artifact"))
_INLINED = ("inline", "delegate")


class Placement:
    """The parts of a template in the place of a node."""

    def __init__(
        self,
        name: str,
        candidate: Candidate,
        inputs: Mapping[str, Value],
        overriding: Mapping[tuple[str, ...], Value],
        calls: Calls,
    ) -> None:
        """Inputs, and the values of nodes inside that the node gives, mean what they mean where the node stands."""
        self.name = name
        self.candidate = candidate
        self._inputs = inputs
        self._overriding = overriding
        self._calls = calls
        rendered = candidate.rendered
        named = (rendered.node_templates, rendered.topology.relationship_templates, rendered.groups, rendered.policies)
        self._names = {inside for names in named for inside in names}
        self.nodes = self._nodes()

    def inside(self, name: str) -> str:
        """The name that something inside has outside."""
        return f"{self.name}{SEPARATOR}{name}"

    def type_of(self, name: str) -> TypeInfo | None:
        """The type of a node inside, by the name that it has outside."""
        return self.candidate.rendered.types.get(name.removeprefix(self.inside("")))

    def capability(self, name: str | None) -> tuple[str, str] | None:
        """The node inside, and its capability, that a capability of the node has become."""
        found = self.candidate.substitution.capabilities.get(name or "")
        return (self.inside(found[0]), found[1]) if found is not None else None

    def requirement(self, name: str) -> tuple[str, str] | None:
        """The same of a requirement."""
        found = self.candidate.substitution.requirements.get(name)
        return (self.inside(found[0]), found[1]) if found is not None else None

    def _nodes(self) -> dict[str, NodeTemplate]:
        rewriting = Rewriting(self._changed)
        templates = self.candidate.rendered.node_templates
        return {self.inside(name): self._node(node, rewriting) for name, node in templates.items()}

    @property
    def groups(self) -> dict[str, Group]:
        found = {}
        for name, group in self.candidate.rendered.groups.items():
            members = tuple(self.inside(member) for member in group.members)
            changed = Rewriting(self._changed).group(group)
            found[self.inside(name)] = replace(changed, name=self.inside(name), members=members)
        return found

    @property
    def policies(self) -> dict[str, Policy]:
        found = {}
        for name, policy in self.candidate.rendered.policies.items():
            found[self.inside(name)] = replace(
                Rewriting(self._changed).policy(policy),
                name=self.inside(name),
                targets=tuple(self.inside(target) for target in policy.targets),
                triggers=tuple(self._trigger(trigger) for trigger in policy.triggers),
            )
        return found

    @property
    def workflows(self) -> dict[str, Workflow]:
        return {self.inside(name): self._workflow(found) for name, found in self.candidate.rendered.workflows.items()}

    def output(self, name: str) -> Value:
        """The value of an output."""
        return Rewriting(self._changed).value(self.candidate.rendered.outputs[name].value, NOBODY)

    def _node(self, node: NodeTemplate, rewriting: Rewriting) -> NodeTemplate:
        changed = self._scaled(node, rewriting.node(node, NOBODY))
        ways = tuple(self._relationship(way, rewriting) for way in node.relationships)
        placed = replace(changed, name=self.inside(node.name), relationships=ways)
        for path, value in self._overriding.items():
            if path[0] == node.name:
                placed = _with_value(placed, path[1:], value)
        return placed

    def _scaled(self, before: NodeTemplate, node: NodeTemplate) -> NodeTemplate:
        """Numbers of instances that came by inputs are known now, and have to agree with those that were written."""
        rendered, found = self.candidate.rendered, dict(node.capabilities)
        for name, assignment in rendered.definitions[node.name].capabilities.items():
            own = found.get(name)
            if own is not None and SCALABLE in own.lineage and own is not before.capabilities[name]:
                found[name] = scaled(own, assignment, rendered.tools.problems)
        return replace(node, capabilities=found)

    def _relationship(self, way: Relationship, rewriting: Rewriting) -> Relationship:
        return replace(
            rewriting.relationship(way, NOBODY),
            name=self.inside(way.name),
            source=self.inside(way.source),
            target=self.inside(way.target),
            template=self.inside(way.template) if way.template is not None else None,
        )

    def _trigger(self, trigger: Trigger) -> Trigger:
        known = trigger.target in self.candidate.rendered.node_templates
        target = self.inside(str(trigger.target)) if known else trigger.target
        return replace(trigger, target=target, action=self._action(trigger.action))

    def _action(self, action: Value) -> Value:
        """What a trigger does: a workflow by its name, or activities that may name some."""
        if isinstance(action, list):
            return [self._action(item) for item in action]
        if isinstance(action, dict):
            return {key: self._workflow_of(item) if key in _INLINED else item for key, item in action.items()}
        return self._workflow_of(action)

    def _workflow_of(self, found: Value) -> Value:
        if isinstance(found, dict):
            return {key: self._workflow_of(item) if key == "workflow" else item for key, item in found.items()}
        return self.inside(found) if isinstance(found, str) and found in self.candidate.rendered.workflows else found

    def _workflow(self, workflow: Workflow) -> Workflow:
        changed = Rewriting(partial(self._change, own=frozenset(workflow.inputs))).workflow(workflow)
        preconditions = tuple(self._precondition(found) for found in workflow.preconditions)
        steps = {name: self._step(step) for name, step in changed.steps.items()}
        return replace(changed, name=self.inside(workflow.name), preconditions=preconditions, steps=steps)

    def _precondition(self, found: Precondition) -> Precondition:
        return replace(found, target=self.inside(found.target))

    def _step(self, step: Step) -> Step:
        activities = tuple(self._activity(activity) for activity in step.activities)
        templates = self.candidate.rendered.node_templates
        host = self.inside(step.operation_host) if step.operation_host in templates else step.operation_host
        target = self.inside(step.target) if step.target else ""
        return replace(step, target=target, operation_host=host, activities=activities)

    def _activity(self, activity: StepActivity) -> StepActivity:
        named = activity.kind in _INLINED and activity.value in self.candidate.rendered.workflows
        return replace(activity, value=self.inside(activity.value)) if named else activity

    def _changed(self, call: Function, subject: Subject) -> Value:
        return self._change(call, subject)

    def _change(self, call: Function, subject: Subject, own: frozenset[str] = frozenset()) -> Value:
        """What a call inside means outside: inputs are replaced, and names of templates made longer."""
        rewriting = Rewriting(partial(self._change, own=own))
        if call.name == "get_input" and call.arguments[0] not in own:
            path = [rewriting.value(argument, subject) for argument in call.arguments[1:]]
            return self._calls.instead(call, self._calls.followed(call, self._inputs.get(str(call.arguments[0])), path))
        arguments = [rewriting.value(argument, subject) for argument in call.arguments]
        if call.name in _OF_ENTITY and arguments[0] in self._names:
            arguments[0] = self.inside(str(arguments[0]))
        same = all(one is other for one, other in zip(arguments, call.arguments, strict=True))
        return call if same else self._calls.instead(call, Function(call.name, tuple(arguments)))


def _with_value(node: NodeTemplate, path: tuple[str, ...], value: Value) -> NodeTemplate:
    """Give a node's property, or one of a capability, another value."""
    if len(path) == 1:
        return replace(node, properties={**node.properties, path[0]: value})
    found: Capability | None = node.capabilities.get(path[0])
    if found is None or len(path) > 2:
        return node
    changed = replace(found, properties={**found.properties, path[1]: value})
    return replace(node, capabilities={**node.capabilities, path[0]: changed})
