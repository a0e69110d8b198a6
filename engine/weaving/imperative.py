"""Imperative workflows of a topology with all that they contain put in place (TOSCA Simple Profile in YAML 1.1, 7.3).

Place in the flow: service template → **flow of steps** → `engine.weaving.stages` → productions.

What cannot be run is found here, at upload: an operation that no target has, a circle of steps, a delegated workflow
that no type declares.  What the standard leaves open is decided in ``docs/workflows.md``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, groupby
from types import MappingProxyType
from typing import TypeVar

from engine.weaving.bindings import Bindings, inner, operation_with, started
from engine.weaving.declarative import WORKFLOWS, canonical, weave, woven_workflows
from engine.weaving.errors import (
    ForeignWorkflow,
    NameClash,
    TooManySteps,
    TwoWorkflows,
    UnrunnableStep,
    WeavingCycle,
    WeavingError,
)
from engine.weaving.flow import Delegated, Flow, FlowStep, ImperativeWorkflow, Inlined, Line, Lines, Stage
from engine.weaving.machines import with_machine
from engine.weaving.woven import Element, Row, Side, WovenWorkflow
from tosca.imperative_model import Precondition, Step, StepActivity, Workflow
from tosca.model import Interface, NodeTemplate, Operation, Relationship, ServiceTemplate
from tosca.phases.loops import loops

_Woven = TypeVar("_Woven", Element, Row)
MOST_STEPS = 10_000
DEEPEST = 12
"""A filter and a precondition for each of so many workflows inside each other: one memory holds what all have found."""
STABLE = ("initial", "created", "configured", "started", "stopped", "deleted")
_SIDES: dict[str, Side] = {"SOURCE": "source", "TARGET": "target"}


def topology_workflow(template: ServiceTemplate, name: str) -> Workflow | None:
    """The topology's own workflow of that name; deploy and undeploy are other names of install and uninstall.

    Raises:
        TwoWorkflows: it has one under each of two such names.
    """
    found = [key for key in template.workflows if canonical(key) == canonical(name)]
    if len(found) > 1:
        raise TwoWorkflows(canonical(name), found)
    return template.workflows[found[0]] if found else None


def imperative(
    template: ServiceTemplate,
    workflow: Workflow,
    mode: str = "interleaved",
    providers: Mapping[str, str] = MappingProxyType({}),
) -> ImperativeWorkflow:
    """Put all that a workflow contains in place.

    Raises:
        UnrunnableStep, ForeignWorkflow: what nobody could carry out.
        WeavingCycle: steps wait for each other.
        TooManySteps, TwoWorkflows, NameClash: as they say.
        WeavingError: a declarative workflow that it contains cannot be woven.
    """
    return _Builder(template, canonical(workflow.name), mode, providers).build(workflow)


class _Builder:
    def __init__(self, template: ServiceTemplate, name: str, mode: str, providers: Mapping[str, str]) -> None:
        self._template = template
        self._providers = providers
        self._nodes = template.node_templates
        self._name = name
        self._mode = mode
        self._paths: list[str] = []
        self._warnings: list[str] = []

    def build(self, workflow: Workflow) -> ImperativeWorkflow:
        flow = self._flow(workflow, "", started(workflow.inputs), 0)
        taken = [f"{self._name}:{path}" for path in self._paths]
        clashes = [name for name in taken if name in self._nodes or taken.count(name) > 1] if self._clash(taken) else []
        if clashes:
            raise NameClash(self._name, [clashes[0], clashes[0]])
        return ImperativeWorkflow(
            self._name,
            self._nodes,
            flow,
            workflow.inputs,
            workflow.description,
            {name: self._known_states(node) for name, node in self._nodes.items()},
            tuple(dict.fromkeys(self._warnings)),
            self._providers,
        )

    def _clash(self, taken: Sequence[str]) -> bool:
        return len(set(taken)) < len(taken) or not self._nodes.keys().isdisjoint(taken)

    def _known_states(self, node: NodeTemplate) -> frozenset[str]:
        """The states from which a declarative workflow of the node goes on."""
        declared = (self._template.node_types[type_].workflows.values() for type_ in node.lineage)
        activities = chain.from_iterable(chain.from_iterable(declared))
        return frozenset((*STABLE, *(found.value for found in activities if found.kind == "set_state")))

    # -- flows and steps

    def _flow(self, workflow: Workflow, path: str, bindings: Bindings, depth: int) -> Flow:
        if workflow.external:
            raise ForeignWorkflow(workflow.name, workflow.external)
        if depth > DEEPEST:
            what = f"found more than {DEEPEST} workflows inside each other, expected fewer"
            raise UnrunnableStep(self._name, path, what)
        if len(self._paths) + len(workflow.steps) > MOST_STEPS:
            raise TooManySteps(self._name, MOST_STEPS)
        paths = {name: f"{path}.{name}" if path else name for name in workflow.steps}
        self._paths += paths.values()
        steps = {name: self._step(step, paths[name], bindings, depth) for name, step in workflow.steps.items()}
        after = {name: (*step.on_success, *step.on_failure) for name, step in steps.items()}
        for loop in loops(after):
            raise WeavingCycle(
                self._name,
                [paths[name] for name in loop[:-1]],
                ("workflows", self._name, "steps", paths[loop[0]].partition(".")[0]),
            )
        for precondition in workflow.preconditions:
            self._check_precondition(precondition, workflow.name)
        members = {found.target: self._members(found.target) for found in workflow.preconditions}
        return Flow(workflow.name, path, steps, workflow.preconditions, members)

    def _check_precondition(self, precondition: Precondition, workflow: str) -> None:
        requirement = precondition.target_relationship
        if requirement:
            self._relationships(precondition.target, requirement, f"precondition of {workflow}")

    def _step(self, step: Step, path: str, bindings: Bindings, depth: int) -> FlowStep:
        stages = tuple(self._stages(step, path, bindings, depth))
        relationships: tuple[Relationship, ...] = ()
        if step.target_relationship:
            relationships = self._relationships(step.target, step.target_relationship, path)
        return FlowStep(
            path,
            stages,
            step.on_success,
            step.on_failure,
            step.filter,
            self._members(step.target),
            relationships,
            _SIDES.get(step.operation_host, "source"),
        )

    def _stages(self, step: Step, path: str, bindings: Bindings, depth: int) -> Iterator[Stage]:
        inlined = [id(activity) for activity in step.activities if activity.kind == "inline"]
        for simple, group in groupby(step.activities, _is_simple):
            if simple:
                yield from self._lines(step, list(group), path, bindings)
                continue
            for activity in group:
                if activity.kind == "delegate":
                    yield Delegated(self._delegated(step, activity, path, bindings))
                else:
                    within = path if len(inlined) == 1 else f"{path}.{inlined.index(id(activity)) + 1}"
                    yield self._inlined(activity, within, bindings, depth)

    # -- activities on nodes and relationships

    def _lines(self, step: Step, activities: Sequence[StepActivity], path: str, bindings: Bindings) -> Iterator[Lines]:
        if step.target_relationship:
            for activity in activities:
                yield Lines(tuple(self._on_relationship(step, activity, path, bindings)))
            return
        nodes = self._targets(step, path)
        self._check_called(step, activities, path, nodes)
        yield Lines(
            tuple(
                Line(
                    node, self._with_machine(node, [self._element(step, found, node, bindings) for found in activities])
                )
                for node in nodes
            )
        )

    def _with_machine(self, node: str, elements: Sequence[Element]) -> tuple[Element, ...]:
        provider = self._providers.get(node)
        return tuple(elements) if provider is None else with_machine(self._nodes[node], provider, elements)

    def _on_relationship(self, step: Step, activity: StepActivity, path: str, bindings: Bindings) -> Iterator[Line]:
        if activity.kind == "set_state":
            what = f"found set_state {activity.value!r} on a relationship, which has no state; expected call_operation"
            raise UnrunnableStep(self._name, path, what)
        side = _SIDES[step.operation_host]
        for relationship in self._relationships(step.target, step.target_relationship, path):
            found = _operation(relationship.interfaces, activity.value)
            called = _implemented(found, activity, bindings)
            node = relationship.source if side == "source" else relationship.target
            yield Line(node, (Element(name=_short(activity.value), operation=called),), relationship, side)

    def _element(self, step: Step, activity: StepActivity, node: str, bindings: Bindings) -> Element:
        if activity.kind == "set_state":
            return Element(state=activity.value)
        found = self._called(step, activity, self._nodes[node])
        return Element(name=_short(activity.value), operation=_implemented(found, activity, bindings))

    def _called(self, step: Step, activity: StepActivity, node: NodeTemplate) -> Operation | None:
        """The node's own operation, or else that of the group through which it is a target."""
        found = _operation(node.interfaces, activity.value)
        group = self._template.groups.get(step.target)
        return _operation(group.interfaces, activity.value) if found is None and group is not None else found

    def _check_called(self, step: Step, activities: Sequence[StepActivity], path: str, nodes: Sequence[str]) -> None:
        for activity in activities:
            if activity.kind == "call_operation" and not any(
                self._called(step, activity, self._nodes[node]) for node in nodes
            ):
                what = f"found operation {activity.value!r}, which no interface of {', '.join(nodes) or 'nothing'} has"
                raise UnrunnableStep(self._name, path, what)

    def _targets(self, step: Step, path: str) -> tuple[str, ...]:
        """The nodes that a step is for: in a group those that operation_host names, by their template or type."""
        members, host = self._members(step.target), step.operation_host
        if not host or host in ("SELF", step.target):
            return members
        found = tuple(name for name in members if host == name or _is_of(self._nodes[name], host))
        if not found or step.target not in self._template.groups:
            what = f"found operation_host {host!r}, expected a member of the group, or a type that one has"
            if step.target not in self._template.groups:
                what = f"found operation_host {host!r} of a step on a node, expected none: it runs where the node is"
            raise UnrunnableStep(self._name, path, what)
        return found

    def _members(self, target: str) -> tuple[str, ...]:
        group = self._template.groups.get(target)
        if group is not None:
            return tuple(name for name in group.members if name in self._nodes)
        return (target,) if target in self._nodes else ()

    def _relationships(self, target: str, requirement: str, path: str) -> tuple[Relationship, ...]:
        node = self._nodes.get(target)
        if node is None:
            what = f"found target_relationship {requirement!r} of {target!r}, expected it of a node template"
            raise UnrunnableStep(self._name, path, what)
        found = tuple(each for each in node.relationships if each.requirement == requirement)
        if not found:
            what = f"found requirement {requirement!r} of {target!r}, which leads to no node here"
            raise UnrunnableStep(self._name, path, what)
        return found

    # -- workflows inside

    def _inlined(self, activity: StepActivity, path: str, bindings: Bindings, depth: int) -> Stage:
        workflow = topology_workflow(self._template, activity.value)
        if workflow is not None:
            within = inner(self._name, workflow.inputs, activity.inputs, bindings, path)
            return Inlined(self._flow(workflow, path, within, depth + 1))
        return Delegated(self._woven(activity, tuple(self._nodes), path, bindings))

    def _delegated(self, step: Step, activity: StepActivity, path: str, bindings: Bindings) -> WovenWorkflow:
        if step.target_relationship:
            what = f"found delegate {activity.value!r} on a relationship, expected it on a node or a group"
            raise UnrunnableStep(self._name, path, what)
        return self._woven(activity, self._targets(step, path), path, bindings)

    def _woven(self, activity: StepActivity, nodes: tuple[str, ...], path: str, bindings: Bindings) -> WovenWorkflow:
        """A declarative workflow of these nodes and of the relationships among them."""
        part = replace(self._template, node_templates={name: self._within(name, nodes) for name in nodes}, workflows={})
        known = woven_workflows(part)
        if canonical(activity.value) not in known:
            has = ", ".join(known) or "none"
            what = f"found {activity.kind} {activity.value!r}, the types of {', '.join(nodes)} declare {has}"
            raise UnrunnableStep(self._name, path, what)
        try:
            woven = weave(part, activity.value, self._mode, self._providers)
        except WeavingError as error:
            raise UnrunnableStep(self._name, path, str(error)) from error
        self._warnings += woven.warnings
        within = {**bindings, **activity.inputs}
        return replace(
            woven,
            nodes=self._nodes,
            sequences={node: tuple(_bound(found, within) for found in row) for node, row in woven.sequences.items()},
            rows={node: tuple(_bound(found, within) for found in row) for node, row in woven.rows.items()},
        )

    def _within(self, name: str, nodes: tuple[str, ...]) -> NodeTemplate:
        node = self._nodes[name]
        kept = tuple(found for found in node.relationships if found.target in nodes)
        return replace(node, relationships=kept)


def _is_simple(activity: StepActivity) -> bool:
    return activity.kind in ("set_state", "call_operation")


def _bound(found: _Woven, bindings: Bindings) -> _Woven:
    if found.operation is None:
        return found
    return replace(found, operation=operation_with(found.operation, {}, bindings))


def _implemented(operation: Operation | None, activity: StepActivity, bindings: Bindings) -> Operation | None:
    """An operation with its inputs; None for one without an implementation, which is a no-op."""
    if operation is None or operation.implementation is None:
        return None
    return operation_with(operation, activity.inputs, bindings)


def _operation(interfaces: Mapping[str, Interface], called: str) -> Operation | None:
    """The operation that a dotted name calls, with or without an implementation.

    Ahead of the last dot stands the interface's symbolic name or its type, the latter in any of its spellings.
    """
    stated, _, name = _short(called).rpartition(".")
    for interface in interfaces.values():
        names = (interface.name, interface.type, interface.type.rpartition(".")[2])
        if stated in names and name in interface.operations:
            return interface.operations[name]
    return None


def _short(called: str) -> str:
    """The name of an operation without the prefix of a namespace."""
    return called.rpartition(":")[2]


def _is_of(node: NodeTemplate, type_: str) -> bool:
    return any(type_ in (name, name.rpartition(".")[2]) for name in node.lineage)


def workflows(template: ServiceTemplate) -> tuple[str, ...]:
    """The workflows of a topology: those that can be woven, and its own."""
    own = {canonical(name) for name in template.workflows}
    found = own.union(woven_workflows(template))
    return (*(name for name in WORKFLOWS if name in found), *sorted(found.difference(WORKFLOWS)))
