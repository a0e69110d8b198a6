"""Which host provider makes the machine of each node template at the foot of a HostedOn chain.

Place in the flow: service template and the installation's rules → **providers** → `engine.weaving`, which gives those
nodes the operations of their provider.

A *host provider* makes, starts, stops and removes machines (`worker.hosts`).  ``local`` makes none: operations run
where their worker runs.  Only nodes that derive from ``tosca.nodes.Compute`` (5.8.2) become machines.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.weaving.errors import TOPOLOGY, WeavingError
from tosca.model import NodeTemplate, ServiceTemplate

LOCAL = "local"
PROVIDERS = (LOCAL, "lxc", "ssh")
METADATA = "ditrit.host"
"""The key in the metadata of a node template that names its provider."""
_COMPUTE = "tosca.nodes.Compute"


class HostingError(WeavingError):
    """Rules, or a template, that name no provider."""


@dataclass(frozen=True, slots=True)
class Hosting:
    """The rules of an installation: a provider for some types, and one for all others."""

    default: str = LOCAL
    types: tuple[tuple[str, str], ...] = ()

    @classmethod
    def parse(cls, text: str) -> Hosting:
        """Read ``lxc``, or ``my.nodes.Gpu=local,lxc``: pairs of a type and a provider, and one provider for the rest.

        Raises:
            HostingError: something in it is no provider.
        """
        types: dict[str, str] = {}
        default = LOCAL
        for part in filter(None, (part.strip() for part in text.split(","))):
            type_, sign, provider = (piece.strip() for piece in part.rpartition("="))
            if sign:
                types[type_] = _known(provider, f"the rule {part!r}")
            else:
                default = _known(provider, "the rules")
        return cls(default, tuple(types.items()))

    def providers(self, template: ServiceTemplate) -> dict[str, str]:
        """The provider of each node template that is to become a machine.

        Raises:
            HostingError: the metadata of a node name an unknown one.
        """
        found = {node.name: self._provider(node) for node in template.node_templates.values() if _is_machine(node)}
        return {name: provider for name, provider in found.items() if provider != LOCAL}

    def _provider(self, node: NodeTemplate) -> str:
        own = node.metadata.get(METADATA)
        if own is not None:
            place = (TOPOLOGY, "node_templates", node.name, "metadata", METADATA)
            return _known(own, f"the metadata of node {node.name!r}", place)
        rules: Mapping[str, str] = dict(self.types)
        return next((rules[type_] for type_ in node.lineage if type_ in rules), self.default)


NO_MACHINES = Hosting()
"""The rules of an installation that makes none."""


def _is_machine(node: NodeTemplate) -> bool:
    hosted = any(relationship.hosted_on for relationship in node.relationships)
    return _COMPUTE in node.lineage and not hosted


def _known(provider: str, where: str, place: tuple[str, ...] = ()) -> str:
    if provider not in PROVIDERS:
        error = HostingError(f"{where}: found host provider {provider!r}, expected one of {', '.join(PROVIDERS)}")
        error.place = place
        raise error
    return provider
