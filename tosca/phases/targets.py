"""Where a requirement leads: the target template and the capability there.  TOSCA 1.1 § 3.7.2, § 3.6.3.

Place in the flow: a part of `tosca.phases.relationships`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tosca.definitions import RequirementInfo, TypeInfo
from tosca.entities.filters import NodeFilter
from tosca.entities.requirement import RequirementAssignment
from tosca.model import NODE_ROOT
from tosca.nodes import Node
from tosca.phases.filters import Filters
from tosca.phases.tools import Tools

Lineages = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Stated:
    """A requirement assignment with what is known of it."""

    source: str
    requirement: str
    assignment: RequirementAssignment
    declared: RequirementInfo | None  # None: the type does not declare the requirement


class Targets:
    """Finds targets and their capabilities."""

    def __init__(
        self, tools: Tools, types: Mapping[str, TypeInfo], extra: Mapping[str, Lineages], nodes: Mapping[str, Node]
    ) -> None:
        self._namespace = tools.namespace
        self._filters = Filters(tools.schemas, tools.values, tools.problems)
        self._nodes = nodes
        self._types = types
        self._extra = extra  # capabilities that templates have beyond their types
        self._problems = tools.problems
        self._own: dict[str, Lineages] = {}

    def target(self, stated: Stated) -> str | None:
        """Return the node template that a requirement leads to; report when there is none."""
        name = stated.assignment.target
        if stated.assignment.node_filter is not None:
            self._check_filter(stated.assignment.node_filter, stated)
        if name in self._nodes:
            return name
        if name is not None and self._namespace.resolve("node", name) is None:
            message = f"found target {name!r} of requirement {stated.requirement!r}, expected a node template"
            self._problems.report(
                "unknown-target", message + self._problems.near(name, self._nodes), stated.assignment.node
            )
            return None
        return self._match(stated, name)

    def _check_filter(self, node_filter: NodeFilter, stated: Stated) -> None:
        """A filter names what the type has that is asked for; where none is, any node may have it."""
        name = stated.assignment.target
        wanted = self._namespace.resolve("node", name) if name and name not in self._types else None
        if wanted is None and stated.declared is not None:
            wanted = stated.declared.target
        info = self._namespace.info("node", wanted) if wanted is not None else None
        if info is not None and info.name != NODE_ROOT:
            self._filters.check(node_filter, info)

    def _match(self, stated: Stated, kind: str | None) -> str | None:
        """Choose the first node template that fits: of the type that is asked for, with the capability (§ 3.7.2)."""
        wanted = stated.declared.target if stated.declared is not None else None
        if kind:
            wanted = self._namespace.resolve("node", kind)
        said = kind or stated.assignment.capability or stated.assignment.node_filter
        if not said and wanted in (None, NODE_ROOT):  # any node at all would do: nobody can have meant that
            self._dangling(stated)
            return None
        found = [name for name in self._types if name != stated.source and self._matches(name, wanted, stated)]
        if not found:
            if len(self._types) == len(self._nodes):  # else one of the doubtful ones might fit
                self._dangling(stated)
            return None
        others = f"; {', '.join(found[1:])} would fit too" if len(found) > 1 else ""
        message = (
            f"found requirement {stated.requirement!r} without a node template, expected one; taken for {found[0]!r}"
        )
        self._problems.report("matched-requirement", message + others, stated.assignment.node)
        return found[0]

    def _dangling(self, stated: Stated) -> None:
        message = f"found requirement {stated.requirement!r} without a node template, expected one; it is left out"
        self._problems.report("dangling-requirement", message, stated.assignment.node)

    def _matches(self, name: str, wanted: str | None, stated: Stated) -> bool:
        info, assignment = self._types[name], stated.assignment
        if wanted is not None and wanted not in info.lineage:
            return False
        capability = self._wanted(stated)
        if capability is not None and capability not in self._lineages(name):
            full = self._namespace.resolve("capability", capability)
            if full is None or _fitting(self._lineages(name), (full,)) is None:
                return False
        elif wanted is None and capability is None:
            return False
        if assignment.node_filter is None:
            return True
        return self._filters.fits(assignment.node_filter, info, self._nodes[name])

    def _wanted(self, stated: Stated) -> str | None:
        """The capability that is asked for, by name or type."""
        return stated.assignment.capability or (stated.declared.capability if stated.declared is not None else None)

    def capability(self, stated: Stated, target: str, relationship: TypeInfo) -> str | None:
        """Return the target's capability that a relationship takes; report when nothing fits."""
        found = self._capability(stated, target, relationship)
        info = self._types[target].capabilities.get(found) if found is not None else None
        source = self._types.get(stated.source)
        if info is None or not info.sources or source is None:
            return found
        if not any(name in source.lineage for name in info.sources):
            message = f"found a {source.name} with a relationship to capability {found!r} of {target!r}, expected a "
            self._problems.report("unusual-source", message + " or a ".join(info.sources), stated.assignment.node)
        return found

    def _capability(self, stated: Stated, target: str, relationship: TypeInfo) -> str | None:
        declared = stated.declared
        if target not in self._types:  # nobody knows what it has
            return None
        if declared is not None and not self._fits(stated, declared, target):
            return None
        lineages = self._lineages(target)
        if stated.assignment.capability is not None:
            return self._named(stated, lineages, target)
        if declared is not None and declared.capability:
            return self._declared(stated, declared.capability, lineages, target, relationship)
        if stated.requirement == "host" and "host" in lineages:
            return "host"
        return _fitting(lineages, relationship.valid_types)

    def _fits(self, stated: Stated, declared: RequirementInfo, target: str) -> bool:
        """Tell whether the target is of the type that is asked for, or at least has the capability that is."""
        info = self._types[target]
        if declared.target is None or declared.target in info.lineage:
            return True
        message = f"found target {target!r} of type {info.name}, expected a {declared.target}"
        message += f" for requirement {stated.requirement!r}"
        capable = declared.capability is not None and _fitting(self._lineages(target), (declared.capability,))
        self._problems.report("unusual-node" if capable else "target-does-not-fit", message, stated.assignment.node)
        return bool(capable)

    def _lineages(self, target: str) -> Lineages:
        info = self._types[target]
        own = self._own.get(info.name)
        if own is None:
            own = {name: capability.lineage for name, capability in info.capabilities.items()}
            self._own[info.name] = own
        extra = self._extra.get(target)
        return {**extra, **own} if extra else own

    def _named(self, stated: Stated, lineages: Lineages, target: str) -> str | None:
        name = str(stated.assignment.capability)
        if name in lineages:
            return name
        full = self._namespace.resolve("capability", name)
        found = _fitting(lineages, (full,)) if full else None
        if found is None:
            expected = f"expected one of {', '.join(lineages)}{self._problems.near(name, lineages)}"
            message = f"found capability {name!r}, which {target!r} does not have, {expected}"
            self._problems.report("capability-does-not-fit", message, stated.assignment.node)
        return found

    def _declared(
        self, stated: Stated, wanted: str, lineages: Lineages, target: str, relationship: TypeInfo
    ) -> str | None:
        same_name = wanted in lineages.get(stated.requirement, ())
        found = stated.requirement if same_name else _fitting(lineages, (wanted,))
        node = stated.assignment.node
        if found is None:
            message = f"found target {target!r} without a capability of type {wanted}, expected one"
            self._problems.report("capability-does-not-fit", f"{message} for requirement {stated.requirement!r}", node)
        elif relationship.valid_types and not any(valid in lineages[found] for valid in relationship.valid_types):
            message = f"found a {relationship.name} to capability {found!r} of {target!r}, a {lineages[found][0]}"
            expected = " or ".join(relationship.valid_types)
            use = stated.assignment.relationship
            place = use.node if use is not None else node
            self._problems.report("unusual-target", f"{message}, expected a {expected}", place)
        return found


def _fitting(lineages: Lineages, wanted: tuple[str, ...]) -> str | None:
    found = (name for name, lineage in lineages.items() if any(kind in lineage for kind in wanted))
    return next(found, None)
