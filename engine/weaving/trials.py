"""How often an operation is tried, and whether it may be begun a second time.

Place in the flow: metadata of a node template → **data of its operations** → workers.  TOSCA has no word for it;
metadata are what every version and every other processor lets stand.

=====================  ===========================================================================================
``ditrit.retries``     how often a failed operation of the node is tried again; 0 by default
``ditrit.retries.OP``  the same of one operation: ``ditrit.retries.create``
``ditrit.retry_pause`` ahead of the first further try, as a scalar-unit.time; it doubles each time; ``1 s`` by default
``ditrit.restart``     ``never``: an operation whose worker died while it ran is not begun again, but fails
=====================  ===========================================================================================
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.weaving.errors import WeavingError
from tosca.model import NodeTemplate
from tosca.values.scalars import comparable

RETRIES, PAUSE, RESTART = "ditrit.retries", "ditrit.retry_pause", "ditrit.restart"
MOST_RETRIES = 100
LONGEST_PAUSE = 3600  # seconds
_RESTARTS = {"always": False, "never": True}


class TrialsError(WeavingError):
    """Metadata that say nothing that can be done."""

    def __init__(self, node: str, key: str, found: str, expected: str) -> None:
        super().__init__(f"the metadata of node {node!r}: found {key} {found!r}, expected {expected}")


def trials(node: str, metadata: Mapping[str, str], operation: str) -> dict[str, Any]:
    """What a worker needs to know: ``retries`` and ``pause`` (seconds), ``once``; nothing where the defaults hold.

    Raises:
        TrialsError: a value is none.
    """
    found: dict[str, Any] = {}
    retries = _retries(node, metadata, operation)
    if retries:
        found |= {"retries": retries, "pause": _pause(node, metadata)}
    if _once(node, metadata):
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
            trials(node.name, node.metadata, operation)


def _retries(node: str, metadata: Mapping[str, str], operation: str) -> int:
    own = f"{RETRIES}.{operation}"
    key = own if own in metadata else RETRIES
    text = metadata.get(key, "0")
    if not text.isdecimal() or int(text) > MOST_RETRIES:
        raise TrialsError(node, key, text, f"a whole number, 0 to {MOST_RETRIES}")
    return int(text)


def _pause(node: str, metadata: Mapping[str, str]) -> float:
    text = metadata.get(PAUSE, "1 s")
    seconds = comparable("scalar-unit.time", text)
    if isinstance(seconds, str) or not 0 <= seconds <= LONGEST_PAUSE:
        raise TrialsError(node, PAUSE, text, f"a time such as '5 s', at most {LONGEST_PAUSE} s")
    return float(seconds)


def _once(node: str, metadata: Mapping[str, str]) -> bool:
    text = metadata.get(RESTART, "always")
    if text not in _RESTARTS:
        raise TrialsError(node, RESTART, text, f"one of {', '.join(_RESTARTS)}")
    return _RESTARTS[text]
