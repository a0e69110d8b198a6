"""The least that a deployment can take when every operation takes the same time and slots are plenty.

Place in the flow: template → woven workflow → productions → **graph of operations** → length of its critical path.

Operations on one topmost host never overlap (TOSCA Simple Profile in YAML 1.1, 7.2.2.4), so no operation can begin
before all those that precede it on some host have had their turns, and no host is done before all of its operations
have: the bound counts both (as Jackson's for one machine with heads and tails does).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from graphlib import TopologicalSorter

from engine.executions.hosts import host_of
from engine.instances.scaling import scale_of
from engine.rete.memory import CellId
from engine.rete.production import Production
from engine.weaving import weave
from engine.weaving.compile import compile_network
from manager.inputs import completed
from tosca.model import ServiceTemplate

Point = tuple[str, int, int]  # production, instance, step


@dataclass
class Graph:
    """Steps of instances, what each waits for, and on which host each operation runs."""

    before: dict[Point, set[Point]] = field(default_factory=lambda: defaultdict(set))
    hosts: dict[Point, CellId | None] = field(default_factory=dict)  # of those that are operations

    def reversed(self) -> Graph:
        turned = Graph(hosts=self.hosts)
        for point, others in self.before.items():
            turned.before.setdefault(point, set())
            for other in others:
                turned.before[other].add(point)
        return turned


def least_operations(template: ServiceTemplate, workflow: str = "install") -> int:
    """How many operations must come one after the other at least."""
    graph = graph_of(template, workflow)
    heads, tails = _heads(graph), _heads(graph.reversed())
    longest = max((heads[point] + 1 + tails[point] for point in graph.hosts), default=0)
    on_hosts = defaultdict(list)
    for point, host in graph.hosts.items():
        if host is not None:
            on_hosts[host].append((heads[point], tails[point]))
    return max([longest, *(_one_machine(jobs) for jobs in on_hosts.values())])


def graph_of(template: ServiceTemplate, workflow: str) -> Graph:
    """The operations of a workflow and the order that it demands."""
    woven = weave(template, workflow, "interleaved")
    compiled = compile_network(woven, scale_of(template, completed(template, {})))
    graph = Graph()
    for production in compiled.productions:
        for flat in range(production.count):
            _add(graph, production, flat)
    return graph


def _add(graph: Graph, production: Production, flat: int) -> None:
    for number, step in enumerate(production.steps):
        point = (production.name, flat, number)
        graph.before[point] |= {(production.name, flat, number - 1)} if number else set()
        if step.operation is not None:
            graph.hosts[point] = host_of(production, flat)
        for feed in production.feeds.get(number, ()):
            for target in feed.targets(flat) if feed.step >= 0 else ():
                graph.before[feed.target, target, feed.step].add(point)


def _heads(graph: Graph) -> dict[Point, int]:
    """For each point the least number of operations that must have ended one after the other before it begins."""
    heads: dict[Point, int] = {}
    earlier: dict[Point, frozenset[Point]] = {}  # the operations before it, those that run on hosts with a queue
    for point in TopologicalSorter(graph.before).static_order():
        others = graph.before.get(point, set())
        direct = {other for other in others if graph.hosts.get(other) is not None}
        earlier[point] = frozenset(direct).union(*(earlier[other] for other in others))
        waited = max((heads[other] + (other in graph.hosts) for other in others), default=0)
        heads[point] = max(waited, *_turns(graph, heads, earlier[point]), 0)
    return heads


def _turns(graph: Graph, heads: dict[Point, int], earlier: Iterable[Point]) -> list[int]:
    """When each host has done its operations among these, at the earliest."""
    on_hosts = defaultdict(list)
    for point in earlier:
        on_hosts[graph.hosts[point]].append((heads[point], 0))
    return [_one_machine(jobs) for jobs in on_hosts.values()]


def _one_machine(jobs: list[tuple[int, int]]) -> int:
    """The least time in which one machine does all jobs of length 1, each with the time before it and behind it."""
    starts, rests = {head for head, _ in jobs}, {tail for _, tail in jobs}
    return max(
        start + sum(1 for head, tail in jobs if head >= start and tail >= rest) + rest
        for start in starts
        for rest in rests
        if any(head >= start and tail >= rest for head, tail in jobs)
    )
