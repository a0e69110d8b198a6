"""Weaves a declarative workflow from the types of a topology (TOSCA Simple Profile in YAML 1.1, 7.2 and 7.4.2).

Place in the flow: service template → **woven workflow** → productions.

The sequence of a node comes from the nearest of its types that declares the workflow; the rows of a relationship from
the nearest of its types.  Under *strict* weaving (7.2) a relationship that would inherit the interleaved rows of
ConnectsTo takes those of the root type instead; under *interleaved* (7.4.2) only the relationships on a cycle do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from types import MappingProxyType

from engine.weaving.errors import UnknownWorkflow, UnplaceableWeave, WeavingCycle
from engine.weaving.machines import with_machine
from engine.weaving.order import Order
from engine.weaving.woven import Element, Row, Side, WovenWorkflow
from tosca.model import (
    CONNECTS_TO,
    RELATIONSHIP_ROOT,
    Interface,
    NodeTemplate,
    Operation,
    Relationship,
    ServiceTemplate,
    Weave,
    Weaving,
)

WORKFLOWS = ("install", "uninstall")
_ALIASES = {"deploy": "install", "undeploy": "uninstall"}


def canonical(workflow: str) -> str:
    """The name under which a workflow is kept: deploy and undeploy are other names (7.1, 7.2.1.1)."""
    return _ALIASES.get(workflow, workflow)


def woven_workflows(template: ServiceTemplate) -> tuple[str, ...]:
    """The workflows that can be woven for a topology: those that its node types declare."""
    declared = {
        canonical(name)
        for node in template.node_templates.values()
        for type_ in node.lineage
        for name in template.node_types[type_].workflows
    }
    return (*(name for name in WORKFLOWS if name in declared), *sorted(declared.difference(WORKFLOWS)))


def weave(
    template: ServiceTemplate,
    workflow: str,
    mode: str = "interleaved",
    providers: Mapping[str, str] = MappingProxyType({}),
) -> WovenWorkflow:
    """Weave one workflow; ``mode`` is "interleaved" or "strict", ``providers`` make the machines of some nodes.

    Raises:
        UnknownWorkflow: no node type declares it.
        UnplaceableWeave: a row names a state that the node does not reach.
        WeavingCycle: it waits for itself, also when woven strict.
    """
    return _Weaver(template, canonical(workflow), providers).weave(strict_everywhere=mode == "strict")


class _Weaver:
    def __init__(self, template: ServiceTemplate, workflow: str, providers: Mapping[str, str]) -> None:
        self._template = template
        self._workflow = workflow
        self._providers = providers
        known = woven_workflows(template)
        if template.node_templates and workflow not in known:
            raise UnknownWorkflow(workflow, known)
        self._sequences = {name: self._sequence(node) for name, node in template.node_templates.items()}
        self._relationships = [r for node in template.node_templates.values() for r in node.relationships]

    def weave(self, *, strict_everywhere: bool) -> WovenWorkflow:
        strict = {r.name for r in self._relationships if strict_everywhere and self._interleaved(r)}
        warnings: list[str] = []
        while True:
            rows = self._rows(strict)
            cycle = Order(self._sequences, rows).cycle()
            if cycle is None:
                break
            on_cycle = [r for r in cycle.relationships if r.name not in strict and self._interleaved(r)]
            if not on_cycle:
                first = cycle.relationships[0]
                place = ("node_templates", first.source, "requirements", first.requirement)
                raise WeavingCycle(self._workflow, cycle.steps, place)
            strict.update(r.name for r in on_cycle)
            warnings.append(self._warning(on_cycle))
        return WovenWorkflow(
            self._workflow,
            self._template.node_templates,
            self._sequences,
            rows,
            tuple(warnings),
            self._providers,
        )

    def _warning(self, relationships: Sequence[Relationship]) -> str:
        names = ", ".join(f"{r.name} ({r.source} -> {r.target})" for r in relationships)
        return f"workflow {self._workflow!r} would wait for itself; woven strict (7.2.2.3) to avoid it: {names}"

    def _sequence(self, node: NodeTemplate) -> tuple[Element, ...]:
        own = self._own_sequence(node)
        provider = self._providers.get(node.name)
        return own if provider is None else with_machine(node, provider, own)

    def _own_sequence(self, node: NodeTemplate) -> tuple[Element, ...]:
        for type_ in node.lineage:
            for name, activities in self._template.node_types[type_].workflows.items():
                if canonical(name) == self._workflow:
                    return tuple(
                        Element(state=activity.value)
                        if activity.kind == "set_state"
                        else Element(name=activity.value, operation=_operation(node.interfaces, activity.value))
                        for activity in activities
                    )
        return ()

    def _rows(self, strict: set[str]) -> dict[str, tuple[Row, ...]]:
        rows: dict[str, list[Row]] = {}
        for relationship in self._relationships:
            weaving = self._weaving(relationship, strict=relationship.name in strict)
            for row in chain(
                self._placed(relationship, "source", weaving.source),
                self._placed(relationship, "target", weaving.target),
            ):
                rows.setdefault(row.node, []).append(row)
        return {node: tuple(found) for node, found in rows.items()}

    def _weaving(self, relationship: Relationship, *, strict: bool) -> Weaving:
        lineage: Iterable[str] = (RELATIONSHIP_ROOT,) if strict else relationship.lineage
        for type_ in lineage:
            found = self._declared(type_)
            if found is not None:
                return found
        return Weaving()

    def _declared(self, type_: str) -> Weaving | None:
        declared: Mapping[str, Weaving] = self._template.relationship_types[type_].workflows
        return next((weaving for name, weaving in declared.items() if canonical(name) == self._workflow), None)

    def _interleaved(self, relationship: Relationship) -> bool:
        """Whether its rows are those of ConnectsTo, so that strict ones can stand in for them."""
        nearest = next((type_ for type_ in relationship.lineage if self._declared(type_) is not None), None)
        return nearest == CONNECTS_TO

    def _placed(self, relationship: Relationship, side: Side, weaves: Sequence[Weave]) -> Iterator[Row]:
        node = relationship.source if side == "source" else relationship.target
        other = relationship.target if side == "source" else relationship.source
        for weave_ in weaves:
            position = self._position(relationship, node, weave_.state)
            if weave_.join is not None:
                self._position(relationship, other, weave_.join)
            operation = _operation(relationship.interfaces, weave_.activity) if weave_.activity else None
            gap = position + (weave_.point == "after")
            trailing = gap == len(self._sequences[node])
            if operation is not None or (weave_.join is not None and not trailing):
                yield Row(relationship, side, gap, weave_.join, weave_.activity or "", operation)

    def _position(self, relationship: Relationship, node: str, state: str) -> int:
        for position, element in enumerate(self._sequences[node]):
            if element.state == state:
                return position
        raise UnplaceableWeave(relationship.name, self._workflow, node, state)


def _operation(interfaces: Mapping[str, Interface], activity: str) -> Operation | None:
    """The operation that a dotted name calls, if it has an implementation.

    What stands before the last dot is the interface's symbolic name or its type; the plural that 7.4.2 prints
    (``tosca.interfaces.relationships.Configure``) means the singular.
    """
    wanted, _, name = activity.rpartition(".")
    singular = wanted.replace("tosca.interfaces.relationships.", "tosca.interfaces.relationship.")
    names = {wanted, singular, singular.rpartition(".")[2]}
    for interface in interfaces.values():
        if interface.name in names or interface.type in names:
            operation = interface.operations.get(name)
            if operation is not None and operation.implementation is not None:
                return operation
    return None
