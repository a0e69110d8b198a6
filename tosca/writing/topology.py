"""The topology of a service template → plain data in which everything is said: nothing is left to types.

Place in the flow: a part of `tosca.writing.document`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from tosca.definitions import Kind, TypeInfo
from tosca.imperative_model import Condition, Precondition, Step, StepActivity, Workflow
from tosca.model import (
    Artifact,
    Capability,
    Function,
    Group,
    Implementation,
    Interface,
    NodeTemplate,
    Operation,
    Policy,
    Relationship,
    ServiceTemplate,
    Substitution,
    Trigger,
    Value,
)
from tosca.phases.policies import rendered
from tosca.writing.plain import with_operations, without_nothing
from tosca.writing.values import clauses, parameters, value, values

Types: TypeAlias = Mapping[Kind, Mapping[str, TypeInfo]]


def topology(template: ServiceTemplate, types: Types) -> dict[str, Any]:
    """Return the topology template."""
    nodes = template.node_templates
    return without_nothing(
        inputs=parameters(template.inputs),
        node_templates={name: _node(node, types["node"][node.type]) for name, node in nodes.items()},
        relationship_templates=dict(_relationship_templates(nodes.values())),
        groups={name: _group(group) for name, group in template.groups.items()},
        policies=[{name: _policy(found, types["policy"][found.type])} for name, found in template.policies.items()],
        workflows={name: _workflow(workflow) for name, workflow in template.workflows.items()},
        outputs=parameters(template.outputs),
        substitution_mappings=_substitution(template.substitution) if template.substitution is not None else None,
    )


def _node(node: NodeTemplate, info: TypeInfo) -> dict[str, Any]:
    return without_nothing(
        type=node.type,
        description=node.description,
        metadata=dict(node.metadata),
        directives=list(node.directives),
        properties=values(node.properties),
        attributes=values(node.attributes),
        capabilities={
            name: _capability(found) for name, found in node.capabilities.items() if not _is_open(found, info)
        },
        requirements=list(_requirements(node.relationships)),
        interfaces=_interfaces(node.interfaces),
        artifacts={name: _artifact(found) for name, found in node.artifacts.items()},
    )


def _capability(found: Capability) -> dict[str, Any]:
    return without_nothing(properties=values(found.properties), attributes=values(found.attributes))


def _is_open(found: Capability, info: TypeInfo) -> bool:
    """Tell whether nobody assigned a capability: it lacks what an assignment must give."""
    declared = info.capabilities.get(found.name)
    properties = declared.properties if declared is not None else {}
    return any(prop.required and name not in found.properties for name, prop in properties.items())


def _artifact(found: Artifact) -> dict[str, Any]:
    return without_nothing(file=found.file, type=found.type, deploy_path=found.deploy_path)


def _requirements(relationships: Iterable[Relationship]) -> Iterable[dict[str, Any]]:
    """Write assignments; those that were left out count in the names of those that follow, and stay open."""
    counts: dict[str, int] = {}
    for found in relationships:
        number = found.name.removeprefix(f"{found.source}.{found.requirement}").removeprefix(".")
        while counts.get(found.requirement, 0) < int(number or 0):
            counts[found.requirement] = counts.get(found.requirement, 0) + 1
            yield {found.requirement: {}}
        counts[found.requirement] = counts.get(found.requirement, 0) + 1
        yield {found.requirement: _assignment(found)}


def _assignment(found: Relationship) -> dict[str, Any]:
    relationship = without_nothing(
        type=found.template or found.type,
        properties=values(found.properties),
        interfaces=_interfaces(found.interfaces),
    )
    return without_nothing(node=found.target, capability=found.capability, relationship=relationship)


def _relationship_templates(nodes: Iterable[NodeTemplate]) -> Iterable[tuple[str, dict[str, Any]]]:
    for node in nodes:
        for found in node.relationships:
            if found.template is not None:
                yield found.template, without_nothing(type=found.type, attributes=values(found.attributes))


def _interfaces(interfaces: Mapping[str, Interface]) -> dict[str, Any]:
    return {
        name: with_operations(
            without_nothing(type=found.type),
            {key: _operation(operation) for key, operation in found.operations.items()},
        )
        for name, found in interfaces.items()
    }


def _operation(operation: Operation) -> dict[str, Any]:
    implementation = operation.implementation
    return without_nothing(
        implementation=_implementation(implementation) if implementation is not None else None,
        inputs=values(operation.inputs),
        outputs={name: list(path) for name, path in operation.outputs.items()},
    )


def _implementation(found: Implementation) -> dict[str, Any]:
    return without_nothing(
        primary=without_nothing(file=found.primary, type=found.artifact_type),
        dependencies=list(found.dependencies),
        timeout=found.timeout,
        operation_host=found.operation_host,
    )


def _group(group: Group) -> dict[str, Any]:
    return without_nothing(
        type=group.type,
        description=group.description,
        metadata=dict(group.metadata),
        members=list(group.members),
        properties=values(group.properties),
        interfaces=_interfaces(group.interfaces),
    )


def _policy(policy: Policy, info: TypeInfo) -> dict[str, Any]:
    inherited = {name: rendered(name, found) for name, found in info.definition.triggers}
    own = [found for found in policy.triggers if inherited.get(found.name) != found]
    return without_nothing(
        type=policy.type,
        description=policy.description,
        metadata=dict(policy.metadata),
        targets=list(policy.targets),
        properties=values(policy.properties),
        triggers=[{found.name: trigger(found)} for found in own],
    )


def trigger(stated: Trigger) -> dict[str, Any] | None:
    """Return a trigger; one of which nothing was said stays empty."""
    found: dict[str, Any] = {"event": stated.event} if stated.event else {}
    found |= {"target_filter": {"node": stated.target}} if stated.target is not None else {}
    found |= {"condition": value(stated.condition)} if stated.condition is not None else {}
    found |= {"action": value(stated.action)} if stated.action is not None else {}
    return found or None


def _workflow(workflow: Workflow) -> dict[str, Any]:
    return without_nothing(
        description=workflow.description,
        inputs=parameters(workflow.inputs),
        preconditions=[_precondition(found) for found in workflow.preconditions],
        steps={name: _step(step) for name, step in workflow.steps.items()},
        implementation=workflow.external,
    )


def _precondition(found: Precondition) -> dict[str, Any]:
    return without_nothing(
        target=found.target, target_relationship=found.target_relationship, condition=_conditions(found.condition)
    )


def _conditions(found: tuple[Condition, ...]) -> list[Any]:
    return [_condition(condition) for condition in found]


def _condition(condition: Condition) -> dict[str, Any]:
    if condition.operator == "assert":
        return {condition.attribute: clauses(condition.constraints)}
    return {condition.operator: _conditions(condition.clauses)}


def _step(step: Step) -> dict[str, Any]:
    return without_nothing(
        target=step.target,
        target_relationship=step.target_relationship,
        operation_host=step.operation_host,
        filter=_conditions(step.filter),
        activities=[_activity(activity) for activity in step.activities],
        on_success=list(step.on_success),
        on_failure=list(step.on_failure),
    )


def _activity(activity: StepActivity) -> dict[str, Any]:
    if not activity.inputs:
        return {activity.kind: activity.value}
    name = "operation" if activity.kind == "call_operation" else "workflow"
    return {activity.kind: {name: activity.value, "inputs": values(activity.inputs)}}


def _substitution(found: Substitution) -> dict[str, Any]:
    return without_nothing(
        node_type=found.node_type,
        properties={name: _mapped(item) for name, item in found.properties.items()},
        attributes={name: list(path) for name, path in found.values.items()}
        | {name: [output] for name, output in found.attributes.items()},
        capabilities={name: list(pair) for name, pair in found.capabilities.items()},
        requirements={name: list(pair) for name, pair in found.requirements.items()},
        interfaces={name: dict(operations) for name, operations in found.interfaces.items()},
    )


def _mapped(item: Value) -> Any:
    """An input, or the property of a template, is named in a list; a constant stands as it is."""
    if isinstance(item, Function) and item.name in ("get_input", "get_property"):
        return list(item.arguments)
    return value(item)
