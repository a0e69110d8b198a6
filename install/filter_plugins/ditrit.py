"""Filters of the playbook."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from install.cluster.inventory import problems


class FilterModule:
    """What Ansible looks for in this folder."""

    def filters(self) -> dict[str, Callable[..., object]]:
        return {"ditrit_problems": _problems}


def _problems(groups: Mapping[str, Sequence[str]], hosts: Mapping[str, Any], common: Mapping[str, Any]) -> list[str]:
    return problems(groups, hosts, common)
