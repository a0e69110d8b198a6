"""Topologies described by hand, for the checker of histories: independent of the parser and of the engine."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

Index = tuple[int, ...]

LIFECYCLE = frozenset({"create", "configure", "start", "stop", "delete"})
CONNECTS = "tosca.relationships.ConnectsTo"
CONFIGURE = frozenset(
    f"{verb}_{side}" for verb in ("pre_configure", "post_configure", "add", "remove") for side in ("source", "target")
)


@dataclass(frozen=True)
class Node:
    """A node template: how many instances on each instance of its host, and which operations have a script."""

    name: str
    count: int = 1
    host: str | None = None
    operations: frozenset[str] = LIFECYCLE


@dataclass(frozen=True)
class Relation:
    """A relationship template; ``connects`` tells ConnectsTo and its subtypes from all others."""

    source: str
    target: str
    requirement: str
    type: str
    connects: bool = False
    operations: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Topology:
    """Node templates and relationship templates, those that `Node.host` implies left out."""

    nodes: tuple[Node, ...]
    relations: tuple[Relation, ...] = ()

    def node(self, name: str) -> Node:
        return next(node for node in self.nodes if node.name == name)

    def instances(self, name: str) -> list[Index]:
        """Instances multiply down the HostedOn chain; the index is the path from the topmost host."""
        node = self.node(name)
        above: list[Index] = self.instances(node.host) if node.host else [()]
        return [(*path, number) for path in above for number in range(node.count)]

    def foot(self, name: str) -> str:
        """The node on which all that is hosted here stands in the end."""
        host = self.node(name).host
        return name if host is None else self.foot(host)

    def relationships(self) -> list[Relation]:
        """All relationships, those of hosting included."""
        hosting = [
            Relation(node.name, node.host, "host", "tosca.relationships.HostedOn") for node in self.nodes if node.host
        ]
        return [*hosting, *self.relations]

    def pairs(self, relation: Relation) -> list[tuple[Index, Index]]:
        """The relationship instances: on hosts each with its own host, otherwise all with all."""
        both = product(self.instances(relation.source), self.instances(relation.target))
        if relation.requirement != "host":
            return list(both)
        return [(source, target) for source, target in both if source[:-1] == target]


def appli(connection: str = "appli.relationships.Connection", operations: frozenset[str] = CONFIGURE) -> Topology:
    """The reference example: 19 node instances."""
    servers = [Node("srvA", 3), Node("srvB"), Node("srvC"), Node("srvD")]
    components = [Node("A", 3, "srvA"), Node("B", 1, "srvB"), Node("C", 2, "srvC"), Node("D", 1, "srvD")]
    connections = [
        Relation(source, target, "connection", connection, connects=True, operations=operations)
        for source, target in ("AB", "AC", "BD", "DC")
    ]
    return Topology((*servers, *components), tuple(connections))


def legacy() -> Topology:
    """The same in the old loose form."""
    return appli(CONNECTS)


def minimal() -> Topology:
    """The minimal example: a server without scripts and a page on it."""
    return Topology(
        (Node("server", operations=frozenset()), Node("page", 1, "server", frozenset({"create", "start", "delete"})))
    )


def substitution(copies: int = 3) -> Topology:
    """The example whose database is substituted: by one engine, or by a primary with as many replicas."""
    engine = frozenset({"create", "start", "stop"})
    client = frozenset({"configure", "start"})
    inner = "engine" if copies == 1 else "primary"
    nodes = [
        Node("front", operations=frozenset()),
        Node("site", 1, "front", client),
        Node("orders/server", operations=frozenset()),
        Node(f"orders/{inner}", 1, "orders/server", engine),
    ]
    connections = [Relation("site", f"orders/{inner}", "database", CONNECTS, connects=True)]
    if copies > 1:
        nodes += [
            Node("orders/mirror", copies, operations=frozenset()),
            Node("orders/replica", 1, "orders/mirror", client),
        ]
        connections.append(Relation("orders/replica", "orders/primary", "primary", CONNECTS, connects=True))
    return Topology(tuple(nodes), tuple(connections))
