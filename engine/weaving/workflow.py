"""A workflow of a topology, whichever way it came to be.

Place in the flow: service template → **workflow** → productions.  The topology's own workflow of a name replaces the
one that would be woven (7.1).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeAlias

from engine.instances.scaling import Scale
from engine.weaving.compile import Compiled, compile_network
from engine.weaving.declarative import canonical, weave
from engine.weaving.errors import UnknownWorkflow
from engine.weaving.flow import ImperativeWorkflow
from engine.weaving.imperative import imperative, topology_workflow, workflows
from engine.weaving.stages import compile_imperative
from engine.weaving.trials import check, governed
from engine.weaving.woven import WovenWorkflow
from tosca.model import ServiceTemplate

Workflow: TypeAlias = WovenWorkflow | ImperativeWorkflow


def workflow_of(
    template: ServiceTemplate,
    name: str,
    mode: str = "interleaved",
    providers: Mapping[str, str] = MappingProxyType({}),
) -> Workflow:
    """The workflow of that name; ``mode`` is "interleaved" or "strict" for what is woven.

    ``providers`` make the machines of some nodes.

    Raises:
        UnknownWorkflow: neither the topology nor a node type has it.
        WeavingError: it cannot be run.
    """
    template = governed(template)
    for node in template.node_templates.values():
        check(node)
    own = topology_workflow(template, name)
    if own is not None:
        return imperative(template, own, mode, providers)
    known = workflows(template)
    if template.node_templates and canonical(name) not in known:
        raise UnknownWorkflow(canonical(name), known)
    return weave(template, name, mode, providers)


def compile_workflow(workflow: Workflow, scale: Scale) -> Compiled:
    """Its productions, for so many instances; always the same."""
    if isinstance(workflow, ImperativeWorkflow):
        return compile_imperative(workflow, scale)
    return compile_network(workflow, scale)
