"""Filters of the playbook."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from install.cluster import sources, suites
from install.cluster.inventory import GROUPS, problems
from worker.hosts.lxc.images import own_release


class FilterModule:
    """What Ansible looks for in this folder."""

    def filters(self) -> dict[str, Callable[..., object]]:
        return {"ditrit_problems": _problems, "ditrit_unreachable": _unreachable}


def _problems(groups: Mapping[str, Sequence[str]], hosts: Mapping[str, Any], common: Mapping[str, Any]) -> list[str]:
    told = {host: str(hosts[host].get("ditrit_suite") or "") for group in GROUPS for host in groups.get(group, ())}
    return [
        *problems(groups, hosts, common),
        *sources.problems(groups.get("consul", ()), hosts),
        *suites.problems(
            {host: suite for host, suite in told.items() if suite},
            suites.own(own_release()),
            Path(str(common["ditrit_lxc_path"])),
            managed=bool(groups.get("lxc_host")),
        ),
    ]


def _unreachable(results: Iterable[Mapping[str, Any]], hosts: Iterable[str]) -> list[str]:
    """What became of a task that only looked whether a machine answers: a line for each that did not."""
    told = zip(hosts, results, strict=True)
    return [
        f"host {host}: {result.get('msg')}"
        for host, result in told
        if result.get("unreachable") or result.get("failed")  # without Python a machine is reached, and cannot answer
    ]
