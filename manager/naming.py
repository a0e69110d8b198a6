"""Node instances and operations as people write them.

Place in the flow: operations, waits → **text** → logs, terminal, page.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def printed(node: str, index: list[int] | None) -> str:
    """A node instance: ``A[2,1]``."""
    return node if index is None else f"{node}[{','.join(str(part) for part in index)}]"


def title(operation: Mapping[str, Any]) -> str:
    """An operation: ``A[0,1] Configure.add_target (A[0,1] -> B[0,0])``."""
    node, index = operation["node"], operation["index"]
    return operation_title(node, index, operation["interface"], operation["operation"], operation.get("relationship"))


def operation_title(
    node: str, index: list[int] | None, interface: str, operation: str, relationship: Mapping[str, Any] | None
) -> str:
    """The same of its parts."""
    name = f"{printed(node, index)} {interface}.{operation}"
    if not relationship:
        return name
    source, target = relationship["source"], relationship["target"]
    ends = f"{printed(source['node'], source.get('index'))} -> {printed(target['node'], target.get('index'))}"
    return f"{name} ({ends})"
