"""Imperative workflows as written → workflows whose steps lead somewhere.  TOSCA 1.1 § 3.7.7, § 7.3.

Place in the flow: a part of `tosca.phases.rendering`.  Targets, relationships, operations, workflows and steps that are
named must exist; steps that wait for each other in a circle, and workflows that contain themselves, are errors.
"""

from __future__ import annotations

from collections.abc import Mapping

from tosca.definitions import Property, TypeInfo
from tosca.entities.imperative import ActivityDefinition, StepDefinition, WorkflowDefinition
from tosca.imperative_model import Precondition, Step, StepActivity, Workflow
from tosca.model import Group, Interface
from tosca.nodes import Node
from tosca.phases.conditions import Conditions
from tosca.phases.loops import loops
from tosca.phases.parameters import Parameters
from tosca.phases.places import section
from tosca.phases.tools import Nodes, Tools

NORMATIVE = ("deploy", "undeploy", "install", "uninstall")
_SIDES = ("SOURCE", "TARGET")


class Workflows:
    """Renders the imperative workflows of a topology."""

    def __init__(self, tools: Tools, nodes: Nodes, groups: Mapping[str, Group], parameters: Parameters) -> None:
        self._tools = tools
        self._problems = tools.problems
        self._nodes = nodes
        self._groups = groups
        self._parameters = parameters

    def render(self, definitions: Mapping[str, WorkflowDefinition]) -> dict[str, Workflow]:
        found = {name: self._workflow(name, definition, definitions) for name, definition in definitions.items()}
        for loop in loops({name: _inlined(workflow) for name, workflow in found.items()}):
            message = f"found workflows that contain each other, {' → '.join(loop)}, expected an end"
            self._problems.report("workflow-loop", message, definitions[loop[0]].node)
        return found

    def _workflow(
        self, name: str, definition: WorkflowDefinition, workflows: Mapping[str, WorkflowDefinition]
    ) -> Workflow:
        inputs = self._parameters.inputs(definition.inputs)
        with self._tools.values.also(definition.inputs):
            steps = {key: self._step(key, step, definition, workflows) for key, step in definition.steps.items()}
        after = {key: [name for name in step.on_success if name in steps] for key, step in steps.items()}
        for loop in loops(after):
            message = f"found steps that wait for each other, {' → '.join(loop)}, expected an end"
            self._problems.report("workflow-loop", message, definition.steps[loop[0]].node)
        preconditions = tuple(
            Precondition(
                stated.target,
                stated.target_relationship,
                self._conditions(stated.target, stated.target_relationship, stated.node).read(stated.condition),
            )
            for stated in definition.preconditions
        )
        return Workflow(name, definition.description, inputs, preconditions, steps, definition.external)

    def _step(
        self, name: str, step: StepDefinition, of: WorkflowDefinition, workflows: Mapping[str, WorkflowDefinition]
    ) -> Step:
        conditions = self._conditions(step.target, step.target_relationship, step.node)
        self._check_shape(step)
        for keyname, names in (("on_success", step.on_success), ("on_failure", step.on_failure)):
            for other in names:
                if other not in of.steps:
                    self._tools.unknown("unknown-step", "step", other, of.steps, section(step.node, keyname))
        return Step(
            name,
            step.target,
            step.target_relationship,
            step.operation_host,
            conditions.read(step.filter),
            tuple(self._activity(activity, step, workflows) for activity in step.activities),
            step.on_success,
            step.on_failure,
        )

    def _check_shape(self, step: StepDefinition) -> None:
        acts = [activity.kind for activity in step.activities if activity.kind != "inline"]
        if acts and not step.target:
            message = f"found a step with {acts[0]} and no 'target', expected the name of a node template or group"
            self._problems.report("bad-step", message, step.node)
        on_relationship = step.target_relationship and "call_operation" in acts
        if on_relationship and step.operation_host not in _SIDES:
            message = (
                f"found operation_host {step.operation_host!r} of a relationship's step, expected SOURCE or TARGET"
            )
            self._problems.report("bad-step", message, step.node)

    def _conditions(self, target: str, relationship: str, node: Node) -> Conditions:
        """Check that the target exists; return what reads conditions on its attributes."""
        if not target:
            return Conditions(self._tools, None)
        if target in self._groups:
            return Conditions(self._tools, None)
        info = self._nodes.types.get(target)
        if info is None:
            if target not in self._nodes.templates:
                known = [*self._nodes.templates, *self._groups]
                self._tools.unknown("unknown-member", "target", target, known, section(node, "target"))
            return Conditions(self._tools, None)
        if relationship:
            self._check_relationship(info, target, relationship, section(node, "target_relationship"))
            return Conditions(self._tools, None)
        return Conditions(self._tools, _reflected(info))

    def _check_relationship(self, info: TypeInfo, target: str, name: str, node: Node) -> None:
        known = [*info.requirements, *(found.requirement for found in self._nodes.templates[target].relationships)]
        if name not in known:
            self._tools.unknown("unknown-requirement", "requirement", name, known, node)

    def _activity(
        self, activity: ActivityDefinition, step: StepDefinition, workflows: Mapping[str, WorkflowDefinition]
    ) -> StepActivity:
        kind, value = activity.kind, activity.value
        if kind == "call_operation":
            self._check_operation(value, step, activity.node)
        elif kind in ("inline", "delegate"):
            known = [*workflows, *NORMATIVE, *(self._declarative() if kind == "delegate" else ())]
            if value not in known:
                self._tools.unknown("workflow-not-found", "workflow", value, known, activity.node)
        inputs = {name: self._tools.values.read(node) for name, node in activity.inputs.items()}
        return StepActivity(kind, value, inputs)

    def _declarative(self) -> list[str]:
        """The workflows that node types declare (§ 7.4.2), the normative ones left out."""
        declared = {name for info in self._tools.namespace.infos["node"].values() for name in info.definition.sequences}
        return sorted(declared.difference(NORMATIVE))

    def _check_operation(self, value: str, step: StepDefinition, node: Node) -> None:
        interfaces = self._interfaces(step)
        if interfaces is None:
            return
        stated, _, operation = value.rpartition(".")
        full = self._tools.namespace.resolve("interface", stated)
        called = [found for found in interfaces if stated in (found.name, found.type) or found.type == full]
        if not any(operation in found.operations for found in called):
            names = [f"{found.name}.{key}" for found in interfaces for key in found.operations]
            self._tools.unknown("unknown-operation", "operation", value, names, node)

    def _interfaces(self, step: StepDefinition) -> list[Interface] | None:
        """Return the interfaces that a step can call, None where they cannot be known."""
        templates = self._nodes.templates
        group, template = self._groups.get(step.target), templates.get(step.target)
        if group is not None:
            members = [templates[name] for name in group.members if name in templates]
            return _all(group.interfaces, *(member.interfaces for member in members))
        if template is None or step.target not in self._nodes.types:
            return None
        if not step.target_relationship:
            return _all(template.interfaces)
        found = [relation for relation in template.relationships if relation.requirement == step.target_relationship]
        return _all(*(relation.interfaces for relation in found)) if found else None


def _inlined(workflow: Workflow) -> list[str]:
    activities = (activity for step in workflow.steps.values() for activity in step.activities)
    return [activity.value for activity in activities if activity.kind == "inline"]


def _all(*owners: Mapping[str, Interface]) -> list[Interface]:
    return [interface for owner in owners for interface in owner.values()]


def _reflected(info: TypeInfo) -> dict[str, Property]:
    """Attributes, and properties, which are reflected as attributes (§ 3.5.10)."""
    return {**info.properties, **info.attributes}
