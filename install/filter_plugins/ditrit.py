"""Filters of the playbook."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from install.cluster.inventory import problems


class FilterModule:
    """What Ansible looks for in this folder."""

    def filters(self) -> dict[str, Callable[..., object]]:
        return {"ditrit_problems": _problems, "ditrit_unreachable": _unreachable}


def _problems(groups: Mapping[str, Sequence[str]], hosts: Mapping[str, Any], common: Mapping[str, Any]) -> list[str]:
    return problems(groups, hosts, common)


def _unreachable(results: Iterable[Mapping[str, Any]], hosts: Iterable[str]) -> list[str]:
    """What became of a task that only looked whether a machine answers: a line for each that did not."""
    told = zip(hosts, results, strict=True)
    return [f"host {host}: {result.get('msg')}" for host, result in told if result.get("unreachable")]
