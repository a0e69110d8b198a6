"""An instance as the API shows it: nodes, relationships and outputs, with the states as they are now.

Place in the flow: instance record, template, scale and cells of the space → **JSON** → `manager.api.instance`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from engine.executions.outputs import Outputs
from engine.executions.progress import states
from engine.executions.records import InstanceRecord
from engine.instances.scaling import Scale
from engine.space.base import Space
from manager.errors import NotFound
from manager.inputs import completed
from manager.naming import printed
from manager.outputs import Deployed, Values
from manager.removal import MARK
from manager.secrets import Shown, without_secrets
from tosca.model import Relationship, ServiceTemplate

States = Mapping[tuple[str, int], str]
MOST_RELATIONSHIPS = 10_000  # shown: all-to-all relationships of scaled nodes are many


def describe(space: Space, record: InstanceRecord, template: ServiceTemplate, scale: Scale) -> dict[str, Any]:
    """The whole answer."""
    now = states(space, record, scale)
    outputs = Outputs(space, record.model, record.instance)
    outputs.load_all()
    values = _values(record, template, scale, outputs, now)
    shown = Shown(template, record)
    attributes = _all_attributes(values, shown, scale, now)
    return {
        "model": record.model,
        "instance": record.instance,
        "status": status(record, now),
        "execution": record.execution,
        "inputs": without_secrets(record),
        "created": record.created,
        "nodes": [
            _node(template, scale, now, node, flat) | {"attributes": shown.everywhere(own)}
            for (node, flat), own in attributes.items()
        ],
        "relationships": list(islice(_relationships(template, scale), MOST_RELATIONSHIPS)),
        "outputs": shown.everywhere(shown.outputs(values.outputs())),
    }


def node_details(
    space: Space, record: InstanceRecord, template: ServiceTemplate, scale: Scale, wanted: tuple[str, tuple[int, ...]]
) -> dict[str, Any]:
    """All about one node instance.

    Raises:
        NotFound: the instance has none of that name and index.
    """
    node, index = wanted
    flat = scale.flat(node, index) if node in scale.placements else None
    if flat is None:
        raise NotFound("node", printed(node, list(index)))
    now = states(space, record, scale)
    outputs = Outputs(space, record.model, record.instance)
    outputs.load_all()
    values = _values(record, template, scale, outputs, now)
    shown = Shown(template, record)
    attributes = _all_attributes(values, shown, scale, now)  # what is secret of others may turn up here, too
    return {
        **_node(template, scale, now, node, flat),
        "description": template.node_templates[node].description,
        "properties": shown.everywhere(shown.attributes(node, values.properties(node, flat))),
        "attributes": shown.everywhere(attributes[node, flat]),
    }


def _all_attributes(values: Values, shown: Shown, scale: Scale, now: States) -> dict[tuple[str, int], dict[str, Any]]:
    """The attributes of all node instances, those that are secret hidden."""
    return {
        (node, flat): shown.attributes(node, _attributes(values, scale, now, node, flat))
        for node in scale.nodes
        for flat in range(scale.count(node))
    }


def _values(record: InstanceRecord, template: ServiceTemplate, scale: Scale, outputs: Outputs, now: States) -> Values:
    inputs = completed(template, record.inputs)
    return Values(Deployed(template, scale, inputs, outputs, lambda node, flat: now[node, flat]))


def status(record: InstanceRecord, now: States) -> str:
    """'running' under a workflow, 'deleting' while it is removed, else the state that all nodes have, else 'mixed'."""
    if record.execution is not None:
        return "deleting" if record.execution == MARK else "running"
    found = set(now.values()) or {"initial"}  # a topology may have no nodes
    return found.pop() if len(found) == 1 else "mixed"


def place(scale: Scale, node: str, flat: int) -> dict[str, Any]:
    """A node instance by name and index."""
    return {"node": node, "index": list(scale.index(node, flat))}


def _node(template: ServiceTemplate, scale: Scale, now: States, node: str, flat: int) -> dict[str, Any]:
    host = scale.host(node, flat)
    here = place(scale, node, flat)
    state = now.get((node, flat), "initial")
    return {
        **here,
        "type": template.node_templates[node].type,
        "state": state,
        "host": None if host is None else place(scale, *host),
    }


def _attributes(values: Values, scale: Scale, now: States, node: str, flat: int) -> dict[str, Any]:
    """Those that every node has (5.8.1.2), and its own."""
    numbers = ",".join(map(str, scale.index(node, flat)))
    own = values.attributes(node, flat)
    return {"tosca_name": node, "tosca_id": f"{node}[{numbers}]", "state": now[node, flat], **own}


def _relationships(template: ServiceTemplate, scale: Scale) -> Iterator[dict[str, Any]]:
    for node in template.node_templates.values():
        for relationship in node.relationships:
            for source, target in _pairs(relationship, scale):
                yield {
                    "name": relationship.name,
                    "type": relationship.type,
                    "source": place(scale, relationship.source, source),
                    "target": place(scale, relationship.target, target),
                }


def _pairs(relationship: Relationship, scale: Scale) -> Iterator[tuple[int, int]]:
    for source in range(scale.count(relationship.source)):
        host = scale.host(relationship.source, source)
        if relationship.hosted_on and host is not None:
            yield source, host[1]
        else:
            yield from ((source, target) for target in range(scale.count(relationship.target)))
