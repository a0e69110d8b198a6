"""The operations that a host provider has in the life of a machine.

Place in the flow: a part of `engine.weaving.declarative`.  A machine is there and runs before any operation of its own
or of what it hosts begins, so that all of them can run in it; it goes when the last of them has ended:

* ``create`` makes it and lets it run, ahead of the node's own ``create``;
* ``start`` makes sure that it runs, ahead of the node's own ``start``;
* ``stop`` stops it after the node's own ``stop``, unless the node has a ``delete`` that must still run in it;
* ``delete`` removes it after the node's own ``delete``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from engine.instances.scaling import Placement
from engine.weaving.woven import Element
from tosca.model import Implementation, NodeTemplate, Operation, Value

HOST_ARTIFACT = "ditrit.artifacts.Host"
"""The artifact type of a provider's operations; their implementation is the provider's name."""
INTERFACE = "Host"
_STAYING = frozenset({"lxc"})
"""The providers whose machines can only be used from the machine on which they were made."""
_BEFORE, _AFTER = ("create", "start"), ("stop", "delete")
_CAPABILITIES = ("host", "os")


def with_machine(node: NodeTemplate, provider: str, sequence: Iterable[Element]) -> tuple[Element, ...]:
    """A node's sequence with the operations of its provider in it."""
    return tuple(_woven(node, provider, sequence, ("delete",) if _has_delete(node) else _AFTER))


def machine_of(providers: Mapping[str, str], placement: Placement, modulo: int, divide: int) -> dict[str, Any]:
    """How an instance leads to the machine that a provider makes for it; nothing where it makes none."""
    provider = providers.get(placement.root)
    if provider is None:
        return {}
    stays = {"stays": True} if provider in _STAYING else {}
    return {"machine": {"provider": provider, "node": placement.root, "modulo": modulo, "divide": divide, **stays}}


def _has_delete(node: NodeTemplate) -> bool:
    called = (interface.operations.get("delete") for interface in node.interfaces.values())
    return any(operation is not None and operation.implementation is not None for operation in called)


def _woven(node: NodeTemplate, provider: str, elements: Iterable[Element], after: tuple[str, ...]) -> Iterator[Element]:
    for element in elements:
        called = _called(element)
        if called in _BEFORE:
            yield _element(node, provider, called)
        yield element
        if called in after:
            yield _element(node, provider, called)


def _called(element: Element) -> str:
    return element.name.rpartition(".")[2]


def _element(node: NodeTemplate, provider: str, name: str) -> Element:
    operation = Operation(name, Implementation(provider, artifact_type=HOST_ARTIFACT), _wanted(node, name))
    return Element(name=f"{INTERFACE}.{name}", operation=operation)


def _wanted(node: NodeTemplate, name: str) -> dict[str, Value]:
    """What a machine is to be like: the properties of the capabilities ``host`` and ``os`` (5.5.6, 5.5.9)."""
    if name != "create":
        return {}
    return {key: dict(node.capabilities[key].properties) for key in _CAPABILITIES if key in node.capabilities}
