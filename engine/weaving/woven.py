"""A woven workflow: the sequence of each node template and the rows that relationships put between its elements.

Place in the flow: `engine.weaving.declarative` makes it, `engine.weaving.order` puts it in order and finds its cycles,
`engine.weaving.compile` turns it into productions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tosca.model import NodeTemplate, Operation, Relationship

Side = Literal["source", "target"]

PAIRWISE = frozenset({"add_target", "add_source", "remove_target", "remove_source", "target_changed"})
"""Operations called once for each pair of instances; all others once for each instance of the side (5.8.5.4)."""


@dataclass(frozen=True, slots=True)
class Element:
    """One activity of a node's sequence: it reaches a state, or runs an operation (a no-op when that is None)."""

    state: str | None = None
    name: str = ""  # "<interface>.<operation>"
    operation: Operation | None = None

    def __str__(self) -> str:
        return self.state if self.state is not None else self.name


@dataclass(frozen=True, slots=True)
class Row:
    """What one relationship puts into the gap ahead of element ``gap`` of one of its ends."""

    relationship: Relationship
    side: Side
    gap: int
    join: str | None = None  # the state that the other end must have reached
    name: str = ""  # "<interface>.<operation>"
    operation: Operation | None = None  # None when there is none, or it has no implementation

    @property
    def node(self) -> str:
        """The node template into which it is woven."""
        return self.relationship.source if self.side == "source" else self.relationship.target

    @property
    def other(self) -> str:
        return self.relationship.target if self.side == "source" else self.relationship.source

    @property
    def pairwise(self) -> bool:
        return self.operation is not None and self.operation.name in PAIRWISE

    def __str__(self) -> str:
        return f"{self.relationship.name} {self.name or 'waits'} on {self.node}"


@dataclass(frozen=True, slots=True)
class WovenWorkflow:
    """A whole workflow, in order and without cycles."""

    workflow: str
    nodes: Mapping[str, NodeTemplate]
    sequences: Mapping[str, tuple[Element, ...]]
    rows: Mapping[str, tuple[Row, ...]]  # by the node that they are woven into
    warnings: tuple[str, ...] = ()
    providers: Mapping[str, str] = field(default_factory=dict)  # of the nodes that become machines

    @property
    def tolerant(self) -> bool:
        """Whether a failed operation does not stop the rest (7.3.7)."""
        return self.workflow == "uninstall"

    def describe(self) -> dict[str, Any]:
        """The workflow as a person reads it: for each node its elements, and what is waited for ahead of each."""
        return {
            "workflow": self.workflow,
            "warnings": list(self.warnings),
            "nodes": {node: self._describe(node) for node in self.sequences},
        }

    def _describe(self, node: str) -> list[dict[str, Any]]:
        lines: list[dict[str, Any]] = []
        sequence = self.sequences[node]
        for gap in range(len(sequence) + 1):
            lines += [_describe_row(row) for row in self.rows.get(node, ()) if row.gap == gap]
            if gap < len(sequence):
                lines.append(_describe_element(sequence[gap]))
        return lines


def _describe_element(element: Element) -> dict[str, Any]:
    if element.state is not None:
        return {"set_state": element.state}
    implementation = element.operation.implementation if element.operation else None
    return {"call_operation": element.name, "implementation": implementation.primary if implementation else None}


def _describe_row(row: Row) -> dict[str, Any]:
    line: dict[str, Any] = {"relationship": row.relationship.name, "type": row.relationship.type, "side": row.side}
    if row.join is not None:
        line["wait"] = {"every": row.other, "reached": row.join}
    if row.name:
        implementation = row.operation.implementation if row.operation else None
        line["call_operation"] = row.name
        line["implementation"] = implementation.primary if implementation else None
    return line
