"""How many instances each node template has, how they are numbered and which host each one is on.

Place in the flow: service template and inputs → **scale** → compiled network, answers of the API.

Instances multiply down the HostedOn chain: a node has its own ``default_instances`` (of its ``scalable`` capability, 1
without one) on each instance of its host.  All instances of a template are numbered from 0 (``flat``); the *index* is
the path of numbers from the topmost host down.  Nothing is kept per instance.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.errors import EngineError
from tosca.model import Function, NodeTemplate, ServiceTemplate, Value

MOST_INSTANCES = 1_000_000


class ScalingError(EngineError):
    """The number of instances of a node template cannot be told; ``place`` is where it is said."""

    def __init__(self, message: str, *place: str) -> None:
        self.place = place
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the instances of a node template are."""

    radix: tuple[int, ...]  # instances on each host, from the topmost host down to the node itself
    host: str | None  # the node template that it is hosted on
    root: str  # the node template at the end of its HostedOn chain

    @property
    def count(self) -> int:
        """The number of its instances."""
        total = 1
        for own in self.radix:
            total *= own
        return total

    @property
    def per_root(self) -> int:
        """The number of its instances on each instance of its topmost host."""
        return self.count // self.radix[0] if self.count else 0


def index_of(radix: tuple[int, ...], flat: int) -> tuple[int, ...]:
    """The index of an instance."""
    found = []
    for own in reversed(radix):
        flat, number = divmod(flat, own)
        found.append(number)
    return tuple(reversed(found))


def flat_of(radix: tuple[int, ...], index: tuple[int, ...]) -> int | None:
    """The number of the instance with that index; None when there is none."""
    if len(index) != len(radix) or not all(0 <= i < own for i, own in zip(index, radix, strict=True)):
        return None
    flat = 0
    for own, number in zip(radix, index, strict=True):
        flat = flat * own + number
    return flat


class Scale:
    """The placement of all node templates of an instance."""

    def __init__(self, placements: Mapping[str, Placement]) -> None:
        self.placements = placements

    @property
    def nodes(self) -> tuple[str, ...]:
        return tuple(self.placements)

    @property
    def total(self) -> int:
        """The number of node instances."""
        return sum(placement.count for placement in self.placements.values())

    def count(self, node: str) -> int:
        return self.placements[node].count

    def index(self, node: str, flat: int) -> tuple[int, ...]:
        return index_of(self.placements[node].radix, flat)

    def flat(self, node: str, index: tuple[int, ...]) -> int | None:
        return flat_of(self.placements[node].radix, index)

    def host(self, node: str, flat: int) -> tuple[str, int] | None:
        """The instance that this one is hosted on."""
        placement = self.placements[node]
        return None if placement.host is None else (placement.host, flat // placement.radix[-1])


def scale_of(template: ServiceTemplate, inputs: Mapping[str, Value]) -> Scale:
    """The scale of an instance of the topology with these inputs (defaults of the template apply).

    Raises:
        ScalingError: a number of instances is none, or over `MOST_INSTANCES`.
    """
    values = {name: parameter.default for name, parameter in template.inputs.items()} | dict(inputs)
    placements: dict[str, Placement] = {}
    for name in template.node_templates:
        _place(name, template, values, placements)
    scale = Scale({name: placements[name] for name in template.node_templates})
    if scale.total > MOST_INSTANCES:
        # Python refuses to write numbers of thousands of digits.
        found = str(scale.total) if scale.total < MOST_INSTANCES**3 else f"more than {MOST_INSTANCES**3}"
        raise ScalingError(f"the topology has {found} node instances; at most {MOST_INSTANCES} are possible")
    return scale


def _place(name: str, template: ServiceTemplate, inputs: Mapping[str, Value], found: dict[str, Placement]) -> None:
    chain = [name]  # up the HostedOn chain to a node that is placed, then down again
    while chain[-1] not in found:
        host = _host(template.node_templates[chain[-1]])
        if host is None:
            break
        chain.append(host)
    for node in reversed(chain):
        if node in found:
            continue
        own = _own_count(template.node_templates[node], inputs)
        host = _host(template.node_templates[node])
        if host is None:
            found[node] = Placement((own,), None, node)
        else:
            found[node] = Placement((*found[host].radix, own), host, found[host].root)


def _host(node: NodeTemplate) -> str | None:
    return next((relationship.target for relationship in node.relationships if relationship.hosted_on), None)


def _own_count(node: NodeTemplate, inputs: Mapping[str, Value]) -> int:
    scalable = node.capabilities.get("scalable")
    if scalable is None:
        return 1
    value = scalable.properties.get("default_instances")
    if value is None:
        value = scalable.properties.get("min_instances")
    if isinstance(value, Function) and value.name == "get_input" and isinstance(value.arguments[0], str):
        value = inputs.get(value.arguments[0])
    if value is None:
        return 1
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ScalingError(
            f"the capability scalable of node {node.name!r} has default_instances {value!r}; "
            "expected a whole number, 0 or more",
            *("topology_template", "node_templates", node.name, "capabilities", "scalable", "properties"),
        )
    return value
