"""Which attributes take the outputs of operations (TOSCA Simple Profile 1.3, 3.6.15).

Place in the flow: a part of `engine.weaving.compile`; `engine.executions.outputs` stores outputs by it.
"""

from __future__ import annotations

from collections.abc import Iterable

from engine.instances.properties import Scope
from engine.instances.scaling import Scale
from engine.weaving.ends import Ends
from engine.weaving.woven import Row
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


def told_at_once(rows: Iterable[Row], scale: Scale) -> frozenset[str]:
    """The nodes of all of whose instances an operation that is done once for them all may say an attribute."""
    return frozenset(node for row in rows for node in _told(row, scale))


def _told(row: Row, scale: Scale) -> set[str]:
    outputs = row.operation.outputs.values() if row.operation is not None else ()
    entities = {path[0] for path in outputs}
    if not entities & set(_ENDS):
        return set()
    ends = Ends(row, scale)
    numbers = {"SOURCE": ends.source_of(), "TARGET": ends.target_of()}
    nodes = {"SOURCE": row.relationship.source, "TARGET": row.relationship.target}
    return {node for entity, node in nodes.items() if entity in entities and numbers[entity] is None}
