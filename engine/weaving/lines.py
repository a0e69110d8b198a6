"""The productions of lines of activities, and of the checks ahead of them.

Place in the flow: a part of `engine.weaving.stages`, which says when they begin and what waits for them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from engine.instances.references import Place
from engine.instances.scaling import Scale
from engine.rete.production import Step
from engine.weaving.compile import operation_to_json, place_of, relationship_to_json
from engine.weaving.conditions import conditions_to_json
from engine.weaving.draft import Draft
from engine.weaving.ends import Ends
from engine.weaving.flow import ImperativeWorkflow, Line
from engine.weaving.hosts import subject_of
from engine.weaving.outputs import told_at_once
from engine.weaving.woven import Row
from tosca.imperative_model import Condition
from tosca.model import Relationship


class LineDrafts:
    """Makes drafts that set the state of nodes; the first step of each waits for what its inputs will be."""

    def __init__(self, workflow: ImperativeWorkflow, scale: Scale, shared: frozenset[str]) -> None:
        self._workflow = workflow
        self._scale = scale
        self._shared = shared
        self._told = told_at_once(workflow.nodes)

    def of_line(self, name: str, line: Line, rank: int) -> Draft:
        """The activities of a line, for each instance of its node, or of its relationship's operation."""
        draft = self._on_node(name, line.node) if line.relationship is None else self._on_row(name, line.row())
        place = self._on(line.node) if line.relationship is None else self._between(line.row())
        draft.steps = [Step(), *self._activities(line, rank, place)]
        return draft

    def of_check(self, name: str, node: str, about: tuple[str, Sequence[Condition]], path: str) -> Draft:
        """A look at each instance of a node; ``about`` says what it is, and has the conditions."""
        what, conditions = about
        return _checking(self._on_node(name, node), path, what, conditions_to_json(conditions, self._on(node)))

    def of_relationship_check(self, name: str, row: Row, conditions: Sequence[Condition], path: str) -> Draft:
        """A look at a relationship from each instance of the side on which a step works."""
        condition = conditions_to_json(conditions, self._between(row))
        return _checking(self._on_row(name, row), path, "filter", condition)

    def _on_node(self, name: str, node: str) -> Draft:
        subject = self._subject(node)
        return Draft(f"{name}:{node}", self._scale.count(node), subject, state_of=(node, 0, 1))

    def _on_row(self, name: str, row: Row) -> Draft:
        ends = Ends(row, self._scale)
        modulo, divide = ends.owner_of()
        subject = self._subject(row.node, (modulo, divide))
        subject["relationship"] = relationship_to_json(row, self._scale, self._workflow.providers)
        return Draft(f"{name}:{row.relationship.name}", ends.count, subject, state_of=(row.node, modulo, divide))

    def _subject(self, node: str, owner: tuple[int, int] | None = None) -> dict[str, Any]:
        return subject_of(node, self._scale, self._shared, self._workflow.providers, owner)

    def _activities(self, line: Line, rank: int, place: Place) -> Iterator[Step]:
        known = self._workflow.known_states.get(line.node, frozenset())
        for element in line.elements:
            if element.state is not None:
                yield Step(state=element.state, fleeting=element.state not in known)
            elif element.operation is not None:
                yield Step(operation=operation_to_json(element.name, element.operation, rank, place))

    def _on(self, node: str) -> Place:
        return Place(self._workflow.nodes, self._workflow.nodes[node], scale=self._scale, told=self._told)

    def _between(self, row: Row) -> Place:
        return place_of(row, self._workflow.nodes, self._scale, self._told)


def _checking(check: Draft, path: str, what: str, condition: dict[str, Any]) -> Draft:
    """Make it look at a condition, which occupies no host."""
    check.subject |= {"step": path, "host": None}
    check.steps = [Step(), Step(check={"rank": 0, "what": what, "condition": condition})]
    return check


def preconditions_of(workflow: ImperativeWorkflow, scale: Scale) -> tuple[dict[str, Any], ...]:
    """What must hold before it is started, an entry for each node, or relationship, that it is about."""
    found = []
    told = told_at_once(workflow.nodes)
    for precondition in workflow.flow.preconditions:
        for node in workflow.flow.members[precondition.target]:
            for relationship in _asked(workflow, node, precondition.target_relationship):
                known = frozenset(("source",)) if relationship else frozenset[str]()
                place = Place(workflow.nodes, workflow.nodes[node], relationship, scale=scale, known=known, told=told)
                about = {
                    "target": precondition.target,
                    "node": node,
                    "radix": scale.placements[node].radix,
                    "count": scale.count(node),
                    "condition": conditions_to_json(precondition.condition, place),
                }
                found.append(about | ({"side": "source"} if relationship else {}))
    return tuple(found)


def _asked(workflow: ImperativeWorkflow, node: str, requirement: str) -> Sequence[Relationship | None]:
    if not requirement:
        return [None]
    return [each for each in workflow.nodes[node].relationships if each.requirement == requirement]
