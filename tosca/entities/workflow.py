"""Declarative workflows of node types and weavings of relationship types.  TOSCA 1.1 § 7.4.2.

Place in the flow: read with node and relationship types straight into the model; `engine.weaving` makes productions of
them.  Both spellings of the standard are read: ``workflow`` and ``workflows``, ``wait_x`` and ``after_x``.
"""

from __future__ import annotations

from typing import Literal

from tosca.entities.base import DESCRIPTION, Field, Fields, Reading, entries, ignored, items, map_of, text
from tosca.model import Activity, Weave, Weaving
from tosca.nodes import Map, Node, Scalar

_KINDS: dict[str, Literal["set_state", "call_operation"]] = {
    "set_state": "set_state",
    "call_operation": "call_operation",
}


def read_activities(node: Node, reading: Reading) -> tuple[Activity, ...]:
    return tuple(activity for item in items(node, reading) for activity in _activity(item, reading))


def _activity(node: Node, reading: Reading) -> list[Activity]:
    if type(node) is Map and len(node.entries) == 1:
        ((kind, value),) = node.entries.items()
        if kind in _KINDS and type(value) is Scalar:
            return [Activity(_KINDS[kind], value.text)]
    message = "found an activity that is neither 'set_state: <state>' nor 'call_operation: <interface>.<operation>'"
    reading.problems.report("bad-workflow", f"{message}, expected one of them", node)
    return []


STEP = Fields("step", Field("activities", read_activities, required=True), DESCRIPTION)
WORKFLOW = Fields(
    "declarative workflow",
    Field("steps", entries, required=True),
    DESCRIPTION,
    Field("inputs", ignored),
)


def read_sequence(node: Node, reading: Reading) -> tuple[Activity, ...]:
    """Read one workflow of a node type: the activities of its steps, in their order."""
    steps = WORKFLOW.read(node, reading).get("steps", {})
    return tuple(activity for step in steps.values() for activity in STEP.read(step, reading).get("activities", ()))


read_sequences = map_of(read_sequence)

_POINT = (Field("after", text), Field("before", text), Field("activity", text), DESCRIPTION)
# Either side may name its join by either spelling: the printed listings and the field mix them.
_JOINS = ("wait_target", "after_target", "wait_source", "after_source")
WEAVE = Fields("weave", *_POINT, *(Field(name, text) for name in _JOINS))


def read_weaves(node: Node, reading: Reading, other: str) -> tuple[Weave, ...]:
    return tuple(weave for item in items(node, reading) for weave in _weave(item, reading, other))


def _weave(node: Node, reading: Reading, other: str) -> list[Weave]:
    values = WEAVE.read(node, reading)
    points = [name for name in ("after", "before") if name in values]
    joins = [values[name] for name in _JOINS if name in values and name.endswith(other)]
    wrong = [name for name in _JOINS if name in values and not name.endswith(other)]
    if len(points) != 1 or len(joins) > 1 or wrong:
        expected = f"expected either 'after' or 'before', and at most one of 'wait_{other}' and 'after_{other}'"
        reading.problems.report(
            "bad-workflow", f"found a weave with {', '.join(values) or 'nothing'}, {expected}", node
        )
        return []
    point: Literal["after", "before"] = "after" if points == ["after"] else "before"
    return [Weave(point, values[point], joins[0] if joins else None, values.get("activity"))]


WEAVING = Fields(
    "weaving",
    Field("source_weaving", lambda node, reading: read_weaves(node, reading, "target"), attribute="source"),
    Field("target_weaving", lambda node, reading: read_weaves(node, reading, "source"), attribute="target"),
    DESCRIPTION,
)


def read_weaving(node: Node, reading: Reading) -> Weaving:
    """Read what a relationship type weaves into one workflow."""
    return Weaving(**WEAVING.read(node, reading))


read_weavings = map_of(read_weaving)
