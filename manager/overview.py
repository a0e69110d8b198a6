"""An instance as one picture: node templates, how many instances of them there are, and all their states.

Place in the flow: instance record, template, scale and cells of the space → **JSON** → `manager.api.instance`.  It
names each node template once and has a number for the state of each node instance, so that two thousand of them fit
into some kilobytes; from ``seq`` on the events of the execution say what changes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from engine.executions.progress import states, up_to
from engine.executions.records import InstanceRecord
from engine.instances.scaling import Scale
from engine.space.base import Space
from manager.removal import MARK
from manager.view import status
from tosca.model import NodeTemplate, Relationship, ServiceTemplate


def summed(space: Space, record: InstanceRecord, scale: Scale) -> dict[str, Any]:
    """What lists show of the states: one word for all, and how many node instances have which."""
    now = states(space, record, scale)
    return {"status": status(record, now), "states": dict(Counter(now.values()).most_common())}


def overview(space: Space, record: InstanceRecord, template: ServiceTemplate, scale: Scale) -> dict[str, Any]:
    """The whole answer."""
    execution = None if record.execution == MARK else record.execution
    # Before the states: what is committed meanwhile is told twice then, but nothing is left out.
    seq = None if execution is None else up_to(space, execution)
    now = states(space, record, scale)
    names = {state: number for number, state in enumerate(dict.fromkeys(["initial", *now.values()]))}
    nodes = template.node_templates
    return {
        "model": record.model,
        "instance": record.instance,
        "status": status(record, now),
        "execution": execution,
        "seq": seq,
        "node_instances": scale.total,
        "states": list(names),
        "nodes": [_node(nodes[name], scale, now, names) for name in scale.nodes],
        "relationships": [_relationship(edge) for name in scale.nodes for edge in nodes[name].relationships],
    }


def _node(
    node: NodeTemplate, scale: Scale, now: Mapping[tuple[str, int], str], names: Mapping[str, int]
) -> dict[str, Any]:
    placement = scale.placements[node.name]
    return {
        "name": node.name,
        "type": node.type,
        "host": placement.host,
        "radix": list(placement.radix),
        "states": [names[now[node.name, flat]] for flat in range(placement.count)],
    }


def _relationship(edge: Relationship) -> dict[str, Any]:
    return {
        "name": edge.name,
        "type": edge.type,
        "source": edge.source,
        "target": edge.target,
        "hosted_on": edge.hosted_on,
    }
