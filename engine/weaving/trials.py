"""How often an operation is tried, and whether it may be begun a second time.

Place in the flow: metadata of node templates and of policies → **data of operations** → workers.  TOSCA has no word for
it; metadata are what every version and every other processor lets stand.  A policy, of whatever type, says it for its
targets and the members of those that are groups; what a node template says of itself comes first.

=====================  ===========================================================================================
``ditrit.retries``     how often a failed operation of the node is tried again; 0 by default
``ditrit.retries.OP``  the same of one operation: ``ditrit.retries.create``
``ditrit.retry_pause`` ahead of the first further try, as a scalar-unit.time; it doubles each time; ``1 s`` by default
``ditrit.restart``     ``never``: an operation whose worker died while it ran is not begun again, but fails
=====================  ===========================================================================================
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

from engine.weaving.errors import TOPOLOGY, WeavingError
from tosca.model import NodeTemplate, Policy, ServiceTemplate
from tosca.values.scalars import comparable

RETRIES, PAUSE, RESTART = "ditrit.retries", "ditrit.retry_pause", "ditrit.restart"
MOST_RETRIES = 100
MOST_DIGITS = 9  # Python refuses to read numbers of thousands
LONGEST_PAUSE = 3600  # seconds
_RESTARTS = {"always": False, "never": True}
_KINDS = {"node_templates": "node", "policies": "policy"}

Owner: TypeAlias = tuple[str, str]


class TrialsError(WeavingError):
    """Metadata that say nothing that can be done."""

    def __init__(self, owner: Owner, key: str, found: str, expected: str) -> None:
        section, name = owner
        self.place = (TOPOLOGY, section, name, "metadata", key)
        super().__init__(f"the metadata of {_KINDS[section]} {name!r}: found {key} {found!r}, expected {expected}")


class PoliciesDisagree(WeavingError):
    """Two policies say different things of one node."""

    def __init__(self, node: str, key: str, found: Mapping[str, str]) -> None:
        self.place = (TOPOLOGY, "policies", list(found)[-1], "metadata", key)
        said = " and ".join(f"{text!r} in policy {policy!r}" for policy, text in found.items())
        super().__init__(f"node {node!r}: found {key} {said}, expected one value for each node")


def governed(template: ServiceTemplate) -> ServiceTemplate:
    """The same template, in which each node says itself what policies say of it.

    Raises:
        TrialsError: a policy says nothing that can be done.
        PoliciesDisagree: two of them say different things.
    """
    said: dict[str, dict[str, dict[str, str]]] = {}  # by node, key and policy
    for policy in template.policies.values():
        ours = {key: text for key, text in policy.metadata.items() if _is_ours(key)}
        for key in ours:  # the pause alone says nothing
            trials(("policies", policy.name), {RETRIES: "1", **ours}, key.removeprefix(f"{RETRIES}."))
        for node in _nodes(template, policy) if ours else ():
            for key, text in ours.items():
                said.setdefault(node, {}).setdefault(key, {})[policy.name] = text
    if not said:
        return template
    nodes = {name: _told(node, said.get(name, {})) for name, node in template.node_templates.items()}
    return replace(template, node_templates=nodes)


def _told(node: NodeTemplate, said: Mapping[str, Mapping[str, str]]) -> NodeTemplate:
    for key, found in said.items():
        if key not in node.metadata and len(set(found.values())) > 1:
            raise PoliciesDisagree(node.name, key, found)
    policies = {key: next(iter(found.values())) for key, found in said.items()}
    return replace(node, metadata={**policies, **node.metadata})


def _nodes(template: ServiceTemplate, policy: Policy) -> Iterator[str]:
    """The targets of a policy; of a group all members."""
    for target in policy.targets:
        group = template.groups.get(target)
        yield from (target,) if group is None else group.members


def _is_ours(key: str) -> bool:
    return key in (RETRIES, PAUSE, RESTART) or key.startswith(f"{RETRIES}.")


def trials(owner: Owner, metadata: Mapping[str, str], operation: str) -> dict[str, Any]:
    """What a worker needs to know: ``retries`` and ``pause`` (seconds), ``once``; nothing where the defaults hold.

    ``owner`` says whose metadata they are: a section of the topology, and a name in it.

    Raises:
        TrialsError: a value is none.
    """
    found: dict[str, Any] = {}
    retries = _retries(owner, metadata, operation)
    if retries:
        found |= {"retries": retries, "pause": _pause(owner, metadata)}
    if _once(owner, metadata):
        found["once"] = True
    return found


def check(node: NodeTemplate) -> None:
    """Make sure that all that the metadata of a node say can be done.

    Raises:
        TrialsError: a value is none.
    """
    if any(key.startswith("ditrit.") for key in node.metadata):
        operations = {name for interface in node.interfaces.values() for name in interface.operations}
        for operation in operations:
            trials(("node_templates", node.name), node.metadata, operation)


def _retries(owner: Owner, metadata: Mapping[str, str], operation: str) -> int:
    own = f"{RETRIES}.{operation}"
    key = own if own in metadata else RETRIES
    text = metadata.get(key, "0")
    if not text.isdecimal() or len(text) > MOST_DIGITS or int(text) > MOST_RETRIES:
        raise TrialsError(owner, key, text, f"a whole number, 0 to {MOST_RETRIES}")
    return int(text)


def _pause(owner: Owner, metadata: Mapping[str, str]) -> float:
    text = metadata.get(PAUSE, "1 s")
    seconds = comparable("scalar-unit.time", text)
    if isinstance(seconds, str) or not 0 <= seconds <= LONGEST_PAUSE:
        raise TrialsError(owner, PAUSE, text, f"a time such as '5 s', at most {LONGEST_PAUSE} s")
    return float(seconds)


def _once(owner: Owner, metadata: Mapping[str, str]) -> bool:
    text = metadata.get(RESTART, "always")
    if text not in _RESTARTS:
        raise TrialsError(owner, RESTART, text, f"one of {', '.join(_RESTARTS)}")
    return _RESTARTS[text]
