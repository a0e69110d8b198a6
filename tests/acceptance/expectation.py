"""What must happen in a workflow, and what before what: the rules of TOSCA 7.2 and 7.4.2 for described topologies.

A history is checked against two things made here: the set of *events* that it must contain, each exactly once, and the
*edges*, pairs of events whose first must be committed before the second begins.  The rules are written out by hand from
the standard and share nothing with the engine.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise, product

from tests.acceptance.topologies import Index, Relation, Topology

INSTALL = ("creating", "create", "created", "configuring", "configure", "configured", "starting", "start", "started")
UNINSTALL = ("stopping", "stop", "stopped", "deleting", "delete", "deleted")
OPERATIONS = frozenset({"create", "configure", "start", "stop", "delete"})


@dataclass(frozen=True)
class End:
    """One end of a relationship; without an index where the operation is called once for all instances of it."""

    node: str
    index: Index | None

    def __str__(self) -> str:
        return self.node if self.index is None else f"{self.node}[{','.join(map(str, self.index))}]"


@dataclass(frozen=True)
class Event:
    """A state reached or an operation executed, on one node instance."""

    node: str
    index: Index
    what: str  # "created", "Standard.create", "Configure.add_target"
    requirement: str | None = None
    type: str | None = None
    source: End | None = None
    target: End | None = None

    @property
    def is_operation(self) -> bool:
        return "." in self.what

    def __str__(self) -> str:
        where = f"{End(self.node, self.index)} {self.what}"
        return where if self.source is None else f"{where} ({self.requirement}: {self.source} -> {self.target})"


@dataclass
class Expectation:
    """The events of a workflow and the edges between them."""

    events: set[Event] = field(default_factory=set)
    edges: set[tuple[Event, Event]] = field(default_factory=set)

    def order(self, first: Iterable[Event], then: Iterable[Event]) -> None:
        self.edges.update(product(first, then))


def expect(topology: Topology, workflow: str, *, strict: bool = False) -> Expectation:
    """What a successful run of ``install`` or ``uninstall`` must show."""
    expectation = Expectation()
    for node in topology.nodes:
        for index in topology.instances(node.name):
            _sequence(expectation, topology, node.name, index, INSTALL if workflow == "install" else UNINSTALL)
    weave = _Install if workflow == "install" else _Uninstall
    for relation in topology.relationships():
        weave(expectation, topology, relation, relation.connects and not strict).rows()
    _join_pre_and_post(expectation)
    return expectation


def _sequence(expectation: Expectation, topology: Topology, node: str, index: Index, elements: tuple[str, ...]) -> None:
    implemented = topology.node(node).operations
    chain = [
        Event(node, index, f"Standard.{element}" if element in OPERATIONS else element)
        for element in elements
        if element not in OPERATIONS or element in implemented
    ]
    expectation.events.update(chain)
    expectation.edges.update(pairwise(chain))


def _join_pre_and_post(expectation: Expectation) -> None:
    """All that is before configure on a node instance is before all that is after it, also without a configure."""
    pre = [event for event in expectation.events if event.what.startswith("Configure.pre_configure")]
    post = [event for event in expectation.events if event.what.startswith("Configure.post_configure")]
    expectation.edges.update(
        (first, then) for first, then in product(pre, post) if (first.node, first.index) == (then.node, then.index)
    )


@dataclass
class _Weaving:
    """The rows of one relationship template."""

    expectation: Expectation
    topology: Topology
    relation: Relation
    interleaved: bool

    def sources(self, target: Index) -> list[Index]:
        return [source for source, other in self.topology.pairs(self.relation) if other == target]

    def targets(self, source: Index) -> list[Index]:
        return [target for other, target in self.topology.pairs(self.relation) if other == source]

    def source(self, index: Index, what: str) -> Event:
        return Event(self.relation.source, index, what)

    def target(self, index: Index, what: str) -> Event:
        return Event(self.relation.target, index, what)

    def gap(self, event: Event, until: str) -> list[Event]:
        """The state ``until`` of the same instance, and the lifecycle operation before it where it has a script."""
        operation = {"configured": "configure", "stopped": "stop"}[until]
        events = [Event(event.node, event.index, until), Event(event.node, event.index, f"Standard.{operation}")]
        return [event for event in events if event in self.expectation.events]

    def call(self, operation: str, source: Index | None, target: Index | None) -> list[Event]:
        """The call of an operation, if it has a script; the side that it runs on is the one that its name implies."""
        if operation not in self.relation.operations:
            return []
        ends = End(self.relation.source, source), End(self.relation.target, target)
        side = ends[operation in {"pre_configure_target", "post_configure_target", "add_source", "remove_source"}]
        assert side.index is not None
        relation = self.relation
        event = Event(side.node, side.index, f"Configure.{operation}", relation.requirement, relation.type, *ends)
        self.expectation.events.add(event)
        return [event]

    def pairs(self) -> Iterator[tuple[Index, Index]]:
        yield from self.topology.pairs(self.relation)


class _Install(_Weaving):
    def rows(self) -> None:
        for source in self.topology.instances(self.relation.source):
            self._source_rows(source)
        for target in self.topology.instances(self.relation.target):
            if self.sources(target):
                self._target_rows(target)
        for source, target in self.pairs():
            self._pair_rows(source, target)

    def _source_rows(self, source: Index) -> None:
        order, targets = self.expectation.order, self.targets(source)
        pre = self.call("pre_configure_source", source, None)
        post = self.call("post_configure_source", source, None)
        self._around_configure(self.source(source, "configuring"), pre, post)
        if self.interleaved:
            created = [self.target(target, "created") for target in targets]
            order(created, [*pre, *self.gap(self.source(source, "configuring"), "configured")])
            order([self.target(target, "started") for target in targets], [self.source(source, "starting")])
        else:
            order([self.target(target, "started") for target in targets], [self.source(source, "creating")])

    def _target_rows(self, target: Index) -> None:
        pre = self.call("pre_configure_target", None, target)
        post = self.call("post_configure_target", None, target)
        self._around_configure(self.target(target, "configuring"), pre, post)
        if self.interleaved:
            created = [self.source(source, "created") for source in self.sources(target)]
            self.expectation.order(created, [*pre, *self.gap(self.target(target, "configuring"), "configured")])

    def _around_configure(self, configuring: Event, pre: list[Event], post: list[Event]) -> None:
        order, gap = self.expectation.order, self.gap(configuring, "configured")
        order([configuring], pre)
        order(pre, gap)
        order([event for event in gap if event.is_operation], post)
        order([configuring], post)
        order(post, [event for event in gap if not event.is_operation])

    def _pair_rows(self, source: Index, target: Index) -> None:
        both = [self.source(source, "started"), self.target(target, "started")]
        self.expectation.order(both, self.call("add_target", source, target))
        self.expectation.order(both, self.call("add_source", source, target))


class _Uninstall(_Weaving):
    def rows(self) -> None:
        order = self.expectation.order
        for source, target in self.pairs():
            for operation, at in (
                ("remove_target", self.source(source, "stopping")),
                ("remove_source", self.target(target, "stopping")),
            ):
                call = self.call(operation, source, target)
                order([at], call)
                order(call, self.gap(at, "stopped"))
            gone = self.source(source, "stopped" if self.interleaved else "deleted")
            order([gone], [self.target(target, "stopping")])
