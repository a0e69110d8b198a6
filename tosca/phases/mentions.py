"""What names a substituted node beside functions and relationships: groups, policies, workflows and mappings.

Place in the flow: a part of `tosca.phases.replacement`.  A group of the node's name, with all nodes inside as its
members, takes its place: steps of workflows go on naming it.  Groups and policies get the nodes inside that they allow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from tosca.entities.group import GroupDefinition
from tosca.imperative_model import Precondition, Step, Workflow
from tosca.model import Function, Group, NodeTemplate, Policy, Substitution
from tosca.phases.groups import Groups
from tosca.phases.namespaces import Namespace
from tosca.phases.placement import Placement
from tosca.phases.rendering import Rendered
from tosca.phases.rewriting import Rewriting
from tosca.phases.tools import Nodes
from tosca.problems import Problems

T = TypeVar("T")
_ROOT = "tosca.groups.Root"


@dataclass(frozen=True, slots=True)
class Mentions:
    """Changes what names nodes that are substituted."""

    placements: Mapping[str, Placement]
    nodes: Mapping[str, NodeTemplate]  # after the substitution
    rewriting: Rewriting
    namespace: Namespace
    problems: Problems

    def groups(self, before: Rendered) -> dict[str, Group]:
        found: dict[str, Group] = {}
        for name, group in [*before.groups.items(), *self._inside(lambda placement: placement.groups)]:
            allowed = self._allowed("group", group.type)
            members = self._each(f"group {name!r}", group.members, allowed, before)
            found[name] = replace(self.rewriting.group(group), members=members)
        return found | self._in_place(before, found)

    def _in_place(self, before: Rendered, others: Mapping[str, Group]) -> dict[str, Group]:
        """The groups that take the places of nodes."""
        definitions: dict[str, GroupDefinition] = {}
        for name, placement in self.placements.items():
            stated = before.definitions[name]
            if name in others:
                message = f"found a group named {name!r}, expected another name: a node is substituted that has it"
                self.problems.report("duplicate-name", message, stated.node)
            definitions[name] = GroupDefinition(
                stated.node, _ROOT, stated.description, stated.metadata, members=tuple(placement.nodes)
            )
        return Groups(before.tools, Nodes(self.nodes, {})).render(definitions)

    def policies(self, before: Rendered) -> dict[str, Policy]:
        found: dict[str, Policy] = {}
        for name, policy in [*before.policies.items(), *self._inside(lambda placement: placement.policies)]:
            allowed = self._allowed("policy", policy.type)
            targets = self._each(f"policy {name!r}", policy.targets, allowed, before)
            found[name] = replace(self.rewriting.policy(policy), targets=targets)
        return found

    def workflows(self, before: Rendered) -> dict[str, Workflow]:
        found = {**before.workflows, **dict(self._inside(lambda placement: placement.workflows))}
        return {name: self._workflow(workflow) for name, workflow in found.items()}

    def substitution(self, found: Substitution | None) -> Substitution | None:
        """Let a mapping of the topology itself lead on to the nodes inside."""
        if found is None:
            return None
        pairs = found.capabilities.items()
        capabilities = {name: self._capability(*pair) for name, pair in pairs}
        requirements = {name: self._requirement(*pair) for name, pair in found.requirements.items()}
        return replace(
            found,
            properties={
                name: value
                for name, value in found.properties.items()
                if not (isinstance(value, Function) and value.name == "get_property" and value.arguments[0] in self)
            },
            values={name: path for name, path in found.values.items() if path[0] not in self},
            capabilities={name: pair for name, pair in capabilities.items() if pair is not None},
            requirements={name: pair for name, pair in requirements.items() if pair is not None},
        )

    def __contains__(self, name: object) -> bool:
        return name in self.placements

    def _capability(self, template: str, name: str) -> tuple[str, str] | None:
        placement = self.placements.get(template)
        return (template, name) if placement is None else placement.capability(name)

    def _requirement(self, template: str, name: str) -> tuple[str, str] | None:
        placement = self.placements.get(template)
        return (template, name) if placement is None else placement.requirement(name)

    def _inside(self, parts: Callable[[Placement], Mapping[str, T]]) -> list[tuple[str, T]]:
        return [pair for placement in self.placements.values() for pair in parts(placement).items()]

    def _allowed(self, kind: str, name: str) -> set[str]:
        info = self.namespace.info("group" if kind == "group" else "policy", name)
        return set(info.valid_types) if info is not None else set()

    def _each(self, of: str, names: Iterable[str], allowed: set[str], before: Rendered) -> tuple[str, ...]:
        """Put the nodes inside in the place of each node; where only some types are allowed, those of such types."""
        found: dict[str, None] = {}
        for name in names:
            if name not in self.placements:
                found[name] = None
                continue
            inside = self.placements[name].nodes
            fitting = [key for key, node in inside.items() if not allowed or allowed & set(node.lineage)]
            if not fitting:
                message = f"found {name!r} in {of}, and no node in its place is a {' or a '.join(sorted(allowed))}"
                self.problems.report("not-interpreted", f"{message}; it is left out", before.definitions[name].node)
            found |= dict.fromkeys(fitting)
        return tuple(found)

    def _workflow(self, workflow: Workflow) -> Workflow:
        changed = self.rewriting.workflow(workflow)
        steps = {name: self._step(step) for name, step in changed.steps.items()}
        return replace(changed, steps=steps, preconditions=tuple(map(self._precondition, changed.preconditions)))

    def _step(self, step: Step) -> Step:
        target, relationship = self._over(step.target, step.target_relationship)
        return replace(step, target=target, target_relationship=relationship)

    def _precondition(self, found: Precondition) -> Precondition:
        target, relationship = self._over(found.target, found.target_relationship)
        return replace(found, target=target, target_relationship=relationship)

    def _over(self, target: str, relationship: str) -> tuple[str, str]:
        """A relationship of the node is one of a node inside; without one the group of its name is meant."""
        if target not in self.placements or not relationship:
            return target, relationship
        return self.placements[target].requirement(relationship) or (target, relationship)
