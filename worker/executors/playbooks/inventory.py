"""The topology as a playbook sees it.

Place in the flow: `OperationRequest` → **hosts and groups** → `worker.executors.playbooks.job`.  Plays run on the first
host only, the one that the operation is for.  The instances at the ends of a relationship are there to be looked at
and to delegate to: ``groups['source']``, ``hostvars['B[0]']``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from worker.environment import printed
from worker.executors.base import OperationRequest
from worker.executors.playbooks.job import Host
from worker.hosts.base import UNREACHABLE

_INSTANCE = re.compile(r"[^,\[]+\[[0-9,]+\]")


def hosts(request: OperationRequest) -> tuple[Host, ...]:
    """The host of the operation, under the name of the node instance, and those at the ends of its relationship."""
    groups: dict[str, list[str]] = {f"{request.node}[{printed(request.index)}]": [request.node]}
    called_for: set[str] = set()
    if root := request.variables.get("HOST"):
        next(iter(groups.values())).append(root)
    for end in ("source", "target"):
        for name, of_this_one in _end(request, end):
            groups.setdefault(name, []).extend([end] if of_this_one else [])
            groups[name].append(name.partition("[")[0])
            called_for.update([name] if of_this_one else [])
    own = next(iter(groups))
    others = {
        name: host.ansible_from_elsewhere(called_for=name in called_for)
        for name, host in request.ends().items()
        if name in groups and name != own
    }
    reached = dict.fromkeys(groups, UNREACHABLE) | others | {own: request.host.ansible()}
    return tuple(Host(name, tuple(dict.fromkeys(found)), reached[name]) for name, found in groups.items())


def _end(request: OperationRequest, end: str) -> Iterator[tuple[str, bool]]:
    """The instances at an end, and whether the operation is called for them."""
    called_for = request.variables.get(end.upper(), "")
    names = _INSTANCE.findall(request.variables.get(f"{end.upper()}S", ""))
    if called_for and _INSTANCE.fullmatch(called_for):
        yield from ((name, name == called_for) for name in dict.fromkeys([called_for, *names]))
    else:
        yield from ((name, True) for name in names)  # called once for all of them
