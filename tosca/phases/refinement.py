"""What a derived type says anew of something that it inherits may narrow it, not turn it into something else.

Place in the flow: a part of `tosca.phases.inheritance`.  A property keeps its type or takes one that derives from it
(TOSCA 1.3 § 3.6.10), and so do capabilities (§ 3.7.2) and what a requirement asks for (§ 3.7.3).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tosca.definitions import CapabilityInfo, Kind, Property, RequirementInfo, Schema
from tosca.entities.capability import CapabilityDefinition
from tosca.entities.property_definition import PropertyDefinition
from tosca.entities.requirement import RequirementDefinition
from tosca.nodes import Node
from tosca.phases.namespaces import Namespace
from tosca.phases.results import verdict
from tosca.problems import Problems

# A property may be told more exactly where its values are written alike.
_WIDER = {"integer": ("float",), "range": ("list",)}


class Refinements:
    """Reports definitions that are no refinements of what they stand for."""

    def __init__(self, namespace: Namespace, problems: Problems) -> None:
        self._namespace = namespace
        self._problems = problems

    def properties(
        self,
        inherited: Mapping[str, Property],
        definitions: Mapping[str, PropertyDefinition],
        merged: Mapping[str, Property],
    ) -> None:
        for name, definition in definitions.items():
            base = inherited.get(name)
            if base is not None and definition.type is not None:
                self._property(name, base.schema.type, merged[name].schema.type, definition.node)

    def _property(self, name: str, old: str, new: str, node: Node) -> None:
        if "any" in (old, new) or old in self._ancestors(new):
            return
        alike = verdict(Schema(old), Schema(new), self._namespace.infos["data"]) != "differs"
        self._report(f"property {name!r}", new, old, node, "unusual-refinement" if alike else "bad-refinement")

    def _ancestors(self, name: str) -> tuple[str, ...]:
        entry = self._namespace.entries["data"].get(name)
        if entry is None:
            return (name, *_WIDER.get(name, ()))
        info = self._namespace.info("data", name)
        primitive = info.primitive if info is not None else None
        return (*entry.lineage, *((primitive,) if primitive else ()))

    def capability(
        self, name: str, base: CapabilityInfo | None, new: CapabilityInfo, definition: CapabilityDefinition
    ) -> None:
        if base is not None and base.type not in new.lineage:
            self._report_type("capability", f"capability {name!r}", new.type, base.type, definition.node)

    def requirement(
        self, name: str, base: RequirementInfo, new: RequirementInfo, definition: RequirementDefinition
    ) -> None:
        pairs: tuple[tuple[Kind, str | None, str | None], ...] = (
            ("capability", base.capability, new.capability),
            ("node", base.target, new.target),
            ("relationship", base.relationship, new.relationship),
        )
        for kind, old, said in pairs:
            if old is not None and said is not None and old not in self._lineage(kind, said):
                self._report_type(kind, f"the {kind} of requirement {name!r}", said, old, definition.node)

    def _lineage(self, kind: Kind, name: str) -> tuple[str, ...]:
        entry = self._namespace.entries[kind].get(name)
        return entry.lineage if entry is not None else (name,)

    def names(self, names: Iterable[str], owner: Node) -> None:
        """Each requirement of a type is defined once (§ 3.1.3)."""
        seen: set[str] = set()
        for name in names:
            if name in seen:
                message = f"found requirement {name!r} defined twice, expected each name once"
                self._problems.report("duplicate-name", message, owner)
            seen.add(name)

    def _report_type(self, kind: Kind, what: str, new: str, old: str, node: Node) -> None:
        """The field also takes a relative of what is inherited, and means it; a stranger is a mistake."""
        related = self._relatives(kind, old) & self._relatives(kind, new)
        self._report(what, new, old, node, "unusual-refinement" if related else "bad-refinement")

    def _relatives(self, kind: Kind, name: str) -> set[str]:
        """The ancestors of a type but for the roots, from which everything derives."""
        return {other for other in self._lineage(kind, name) if not other.endswith(".Root")}

    def _report(self, what: str, new: str, old: str, node: Node, code: str) -> None:
        message = f"found {what} of type {new}, expected {old}, as the parent type says, or a type that derives from it"
        self._problems.report(code, message, node)
