"""Compiles a woven workflow and a scale to the productions of a network.

Place in the flow: woven workflow and scale → **productions** → the space.

There are four kinds of production:

* one for each node template: its sequence, each element waiting for what is woven ahead of it;
* one for each operation that a relationship puts into a gap: it waits for its owner to enter the gap (input 0) and for
  its join, runs, and feeds the element behind the gap; it has an instance for each pair of node instances, or for each
  instance of its owner;
* a shared join where several instances wait for the same state of several instances;
* ``.start:…`` and ``.end``: what the execution begins with, and what it ends with.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.instances.references import Place
from engine.instances.scaling import Scale
from engine.rete.condition import Condition, Quantifier
from engine.rete.network import ENTER
from engine.rete.production import Feed, Production, Step, Wiring
from engine.weaving.draft import Draft
from engine.weaving.ends import Ends
from engine.weaving.hosts import shared_hosts, subject_of
from engine.weaving.machines import machine_of
from engine.weaving.order import Order
from engine.weaving.outputs import mapped, told_at_once
from engine.weaving.trials import trials
from engine.weaving.urgency import urgencies
from engine.weaving.values import to_json
from engine.weaving.woven import Element, Row, WovenWorkflow
from tosca.model import NodeTemplate, Operation

END = ".end"
START = ".start:{}"
_STARTS = 14
_PLAIN = ("tosca.artifacts.Implementation", "tosca.artifacts.Root")  # types that say nothing of who could run a file


@dataclass(frozen=True, slots=True)
class Compiled:
    """The productions of a network and what has to be known of it as a whole."""

    productions: tuple[Production, ...]
    starts: int  # productions .start:0 ... .start:<starts - 1>
    operations: int  # operation instances that have an implementation
    preconditions: tuple[dict[str, Any], ...] = ()  # of an imperative workflow: what it must find


def compile_network(woven: WovenWorkflow, scale: Scale) -> Compiled:
    """Compile; the same woven workflow and scale always give the same productions."""
    return NetworkCompiler(woven, scale).compile()


class NetworkCompiler:
    def __init__(self, woven: WovenWorkflow, scale: Scale) -> None:
        self._woven = woven
        self._scale = scale
        self._prefix = ""  # of the names of its productions
        self._nodes: dict[str, Draft] = {}
        self._others: list[Draft] = []
        self._joins: dict[tuple[str, str], Draft] = {}
        self._entered = {row.node for rows in woven.rows.values() for row in rows if row.operation and not row.gap}
        self._shared = shared_hosts(woven, scale)
        self._told = told_at_once(woven.nodes)
        order = Order(woven.sequences, woven.rows)
        self._ranks = urgencies(order.ranks(self._weight), woven.sequences, woven.rows)

    def compile(self) -> Compiled:
        drafts = self.drafts()
        end = self._end()
        productions = [p for draft in drafts for p in draft.finished(tolerant=self._woven.tolerant)]
        starts = list(starts_of([*(p for p in productions if p.name in self._nodes), end]))
        operations = sum(p.count for p in productions for step in p.steps if step.operation is not None)
        return Compiled((*productions, end, *starts), len(starts), operations)

    def drafts(self) -> list[Draft]:
        """The productions that are made, those of the nodes first."""
        for node, sequence in self._woven.sequences.items():
            self._node(node, sequence)
        for rows in self._woven.rows.values():
            for row in rows:
                self._row(row)
        return [*self._nodes.values(), *self._others]

    def _weight(self, node: str, row: Row | None) -> int:
        """For how many operations one stands that are done, one after another, on the same host."""
        if row is None:
            return self._scale.placements[node].per_root
        operations = Ends(row, self._scale).count
        return -(-operations // max(1, self._scale.placements[node].radix[0]))

    # -- nodes

    def _node(self, node: str, sequence: tuple[Element, ...]) -> None:
        placement = self._scale.placements[node]
        subject = subject_of(node, self._scale, self._shared, self._woven.providers)
        draft = self._nodes[node] = Draft(self._prefix + node, placement.count, subject)
        if node in self._entered:
            draft.steps.append(Step())  # what is woven ahead of the first element needs a fact to begin with
        for i, element in enumerate(sequence):
            called = element.operation
            scope = Place(self._woven.nodes, self._woven.nodes[node], scale=self._scale, told=self._told)
            operation = None if called is None else self._operation(element.name, called, (node, i), scope)
            draft.steps.append(Step(state=element.state, operation=operation))
        draft.steps.append(Step())  # what is woven behind the last element

    def _step(self, node: str, element: int) -> int:
        return element + (node in self._entered)

    def _operation(self, name: str, operation: Operation, place: tuple[str, int], scope: Place) -> dict[str, Any]:
        return operation_to_json(name, operation, self._rank(place), scope)

    def _rank(self, place: tuple[str, int]) -> int:
        return self._ranks.get(place, 0)

    # -- rows

    def _row(self, row: Row) -> None:
        owner, step = self._nodes[row.node], self._step(row.node, row.gap)
        if row.operation is None:
            if row.join is not None:
                self._join(row, owner, step)
            return
        draft = self._owned(row)
        scope = self._place(row)
        draft.steps.append(Step(operation=self._operation(row.name, row.operation, (row.node, row.gap), scope)))
        ends = Ends(row, self._scale)
        draft.inputs[0] = 1
        owner.add_feed(step - 1, ends.from_owner(draft, 0))
        if row.join is not None:
            if row.pairwise:
                self._feed_from_state(row.other, row.join, ends.from_other(draft, 1))
                draft.inputs[0] += 1
            else:
                self._join(row, draft, 0)
        base = owner.inputs.get(step, 0)
        feed, inputs = ends.to_owner(owner, step, base)
        draft.add_feed(0, feed)
        owner.inputs[step] = base + inputs

    def _place(self, row: Row) -> Place:
        """Where the inputs of a relationship's operation stand."""
        return place_of(row, self._woven.nodes, self._scale, self._told)

    def _owned(self, row: Row) -> Draft:
        relationship = row.relationship
        ends = Ends(row, self._scale)
        name = f"{self._prefix}{relationship.name}:{self._woven.workflow}:{row.name}:{row.side}:{row.gap}"
        subject = subject_of(row.node, self._scale, self._shared, self._woven.providers, ends.owner_of())
        subject["relationship"] = relationship_to_json(row, self._scale, self._woven.providers)
        draft = Draft(name, ends.count, subject, owned=True)
        self._others.append(draft)
        return draft

    def _join(self, row: Row, draft: Draft, step: int) -> None:
        """Make "every instance of the other end has reached the state" inputs of a step of each instance."""
        assert row.join is not None  # noqa: S101 - only called for rows with a join
        ends = Ends(row, self._scale)
        base = draft.inputs.get(step, 0)
        others = self._scale.count(row.other)
        if not row.relationship.hosted_on and draft.count > 1 and others > 1:
            shared = self._shared_join(row.other, row.join)
            shared.add_feed(0, Feed(draft.name, step, Wiring.ALL, draft.count, base))
            draft.inputs[step] = base + 1
            return
        feed, inputs = ends.join(draft, step, base)
        self._feed_from_state(row.other, row.join, feed)
        draft.inputs[step] = base + inputs

    def _shared_join(self, node: str, state: str) -> Draft:
        if (node, state) not in self._joins:
            count = self._scale.count(node)
            name = f"{self._prefix}{node}:{self._woven.workflow}:every:{state}"
            draft = Draft(name, 1, {"every": node, "reached": state})
            draft.steps.append(Step())
            draft.inputs[0] = count
            self._feed_from_state(node, state, Feed(draft.name, 0, Wiring.ALL, 1))
            self._joins[node, state] = draft
            self._others.append(draft)
        return self._joins[node, state]

    def _feed_from_state(self, node: str, state: str, feed: Feed) -> None:
        sequence = self._woven.sequences[node]
        step = next(i for i, element in enumerate(sequence) if element.state == state)
        self._nodes[node].add_feed(self._step(node, step), feed)

    # -- start and end

    def _end(self) -> Production:
        base = 0
        for draft in self._nodes.values():
            draft.add_feed(len(draft.steps) - 1, Feed(END, 0, Wiring.ALL, 1, base))
            base += draft.count
        condition = Condition(base, Quantifier.SETTLED) if base else None
        return Production(END, 1, (Step(condition, end=True),))


def operation_to_json(name: str, operation: Operation, rank: int, scope: Place) -> dict[str, Any]:
    """What a worker needs to run an operation."""
    implementation = operation.implementation
    assert implementation is not None  # noqa: S101 - weaving leaves out those without
    interface, _, short = name.rpartition(".")
    data: dict[str, Any] = {
        "interface": interface.rpartition(".")[2],
        "name": short,
        "implementation": implementation.primary,
        "rank": rank,
    }
    if implementation.dependencies:
        data["dependencies"] = list(implementation.dependencies)
    if operation.inputs:
        data["inputs"] = {key: to_json(scope.evaluated(value)) for key, value in operation.inputs.items()}
    if outputs := mapped(operation, scope):
        data["outputs"] = outputs
    if implementation.artifact_type is not None:
        data["artifact_type"] = implementation.artifact_type
        if bases := [base for base in implementation.artifact_bases if base not in _PLAIN]:
            data["artifact_bases"] = bases
    if implementation.timeout is not None:
        data["timeout"] = implementation.timeout
    return data | trials(("node_templates", scope.node.name), scope.node.metadata, short)


def place_of(row: Row, nodes: Mapping[str, NodeTemplate], scale: Scale, told: frozenset[str]) -> Place:
    """Where the inputs of a relationship's operation stand."""
    ends = Ends(row, scale)
    known = {"source": ends.source_of(), "target": ends.target_of()}
    known_ends = frozenset(end for end, number in known.items() if number is not None)
    return Place(nodes, nodes[row.node], row.relationship, scale=scale, known=known_ends, told=told)


def relationship_to_json(row: Row, scale: Scale, providers: Mapping[str, str]) -> dict[str, Any]:
    """The relationship of an operation, how its instances lead to those of both ends, and these to their machines."""
    relationship, ends = row.relationship, Ends(row, scale)

    def end(node: str, number: tuple[int, int] | None) -> dict[str, Any]:
        placement = scale.placements[node]
        about = {"node": node, "radix": placement.radix, "number": number}
        return about | machine_of(providers, placement, 0, placement.per_root)

    return {
        "name": relationship.name,
        "type": relationship.type,
        "requirement": relationship.requirement,
        "side": row.side,
        "source": end(relationship.source, ends.source_of()),
        "target": end(relationship.target, ends.target_of()),
    }


def starts_of(nodes: list[Production]) -> Iterator[Production]:
    """The productions whose facts make others take part: step 0 those that wait for nothing, step 1 the rest."""
    for number, low in enumerate(range(0, len(nodes), _STARTS)):
        feeds: dict[int, list[Feed]] = {0: [], 1: []}
        for node in nodes[low : low + _STARTS]:
            waits = node.steps[0].condition is not None
            feeds[int(waits)].append(Feed(node.name, ENTER, Wiring.ALL, node.count))
        yield Production(START.format(number), 1, (), {step: tuple(rows) for step, rows in feeds.items()})
