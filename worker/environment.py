"""What an operation finds in its environment.

Place in the flow: an `OperationRequest` → **environment** → the process that an executor starts.  The table is in
``docs/operations-environment.md``.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping

from tosca.model import Value
from worker.executors.base import OperationRequest

RESERVED = "DITRIT_"  # what begins so is ours: an input cannot take its place
DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_PASSED = frozenset({"PATH", "HOME", "LANG", "TZ", "USER", "TMPDIR"})
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class InputError(Exception):
    """An input whose value no environment variable can hold."""


def passed_on(own: Mapping[str, str]) -> dict[str, str]:
    """The part of a worker's own environment that operations may see: none of its secrets."""
    passed = {name: value for name, value in own.items() if name in _PASSED or name.startswith("LC_")}
    return {"PATH": DEFAULT_PATH} | passed


def environment_of(request: OperationRequest, passed: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """All variables of an operation, and notes on the inputs that cannot be variables.

    Raises:
        InputError: a value that no variable can hold, such as text with a NUL character.
    """
    inputs = {name: as_text(value) for name, value in request.inputs.items() if _possible(name)}
    notes = [_note(name) for name in request.inputs if not _possible(name)]
    variables = {**passed, **_circumstances(request), **request.variables, **inputs, **_ours(request)}
    for name, value in variables.items():
        if "\0" in value or not value.isascii():
            _check(name, value)
    return variables, notes


def as_text(value: Value) -> str:
    """Strings as they are, booleans ``true`` and ``false``, numbers plain, no value empty, all else JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if value is None:
        return ""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def printed(index: tuple[int, ...]) -> str:
    """An index path as it is printed everywhere: ``2,1``."""
    return ",".join(map(str, index))


def _check(name: str, value: str) -> None:
    if "\0" in value:
        raise InputError(f"input {name!r} contains a NUL character, which no environment variable can hold")
    try:
        os.fsencode(value)
    except UnicodeEncodeError as error:
        raise InputError(f"input {name!r} is no valid Unicode text: {error.reason}") from error


def _circumstances(request: OperationRequest) -> dict[str, str]:
    return {
        "NODE": request.node,
        "INSTANCE": printed(request.index),
        "INTERFACE": request.interface,
        "OPERATION": request.operation,
    }


def _ours(request: OperationRequest) -> dict[str, str]:
    return {
        "DITRIT_MODEL": request.model,
        "DITRIT_INSTANCE": request.instance,
        "DITRIT_EXECUTION": request.execution,
        "DITRIT_OPERATION": request.id,
        "DITRIT_ATTEMPT": str(request.attempt),
        "DITRIT_FENCE": request.fence,
    }


def _possible(name: str) -> bool:
    return _NAME.fullmatch(name) is not None and not name.startswith(RESERVED)


def _note(name: str) -> str:
    why = f"names that begin with {RESERVED} are reserved" if name.startswith(RESERVED) else "no name of a variable"
    return f"input {name!r} is not passed on: {why}"
