"""Which attributes take the outputs of operations (TOSCA Simple Profile 1.3, 3.6.15).

Place in the flow: a part of `engine.weaving.compile`; `engine.executions.outputs` stores outputs by it.
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.instances.properties import Scope
from tosca.model import NodeTemplate, Operation

_ENDS = {"SOURCE": "source", "TARGET": "target"}


def mapped(operation: Operation, scope: Scope) -> dict[str, list[str]]:
    """For each output that an attribute takes: whose, "self", "source" or "target", and by which name.

    An attribute of a capability is named as an operation would say it: ``endpoint.port``.  Parts of attributes cannot
    be set, and a node has no ends.
    """
    found: dict[str, list[str]] = {}
    for name, (entity, *path) in operation.outputs.items():
        end = _ENDS.get(entity, "self")
        if len(path) == 2 and path[0] in _capabilities(end, scope):
            found[name] = [end, ".".join(path)]
        elif len(path) == 1 and (end == "self" or scope.relationship is not None):
            found[name] = [end, path[0]]
    return found


def _capabilities(end: str, scope: Scope) -> set[str]:
    relationship = scope.relationship
    node: NodeTemplate | None = scope.node
    if relationship is not None:
        names = {"source": relationship.source, "target": relationship.target}
        node = scope.nodes.get(names.get(end, ""))
    elif end != "self":
        node = None
    return set(node.capabilities) if node is not None else set()


def told_at_once(nodes: Mapping[str, NodeTemplate]) -> frozenset[str]:
    """The nodes of all of whose instances an operation may say an attribute at once.

    An operation of a relationship that is called once for all instances of an end says it for them all.  Which workflow
    calls it is not asked: what one has said the others read.
    """
    return frozenset(
        end
        for node in nodes.values()
        for relationship in node.relationships
        for interface in relationship.interfaces.values()
        for operation in interface.operations.values()
        for entity, end in (("SOURCE", relationship.source), ("TARGET", relationship.target))
        if any(path[0] == entity for path in operation.outputs.values())
    )
