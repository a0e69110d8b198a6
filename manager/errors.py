"""What a manager refuses.

ManagerError
├── BadRequest          the request cannot be read: missing parameter, malformed JSON
├── Unauthorized        nobody knows who asks: no token, or one that is not known
├── Forbidden           who asks may not: the token's role is too small, a page of another site asks
├── NotFound            there is no such model, instance, execution, workflow, operation
├── Refused             the state of things forbids it: model in use, instance exists, not taken down
├── Stale               it is another version than the one that was asked for (`If-Match`)
├── Invalid             what was sent is wrong: names, inputs, the archive; carries problems
└── Busy                too many streams are open

Each carries a stable ``code``; ``problems`` are maps as `tosca.problems.Problem.to_dict` gives them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any


class ManagerError(Exception):
    """Root of all errors of the manager; ``headers`` go with the answer."""

    headers: Mapping[str, str] = {}

    def __init__(self, code: str, message: str, problems: list[dict[str, Any]] | None = None) -> None:
        self.code = code
        self.message = message
        self.problems = problems or []
        super().__init__(message)


class BadRequest(ManagerError):
    """The request cannot be read."""


class Unauthorized(ManagerError):
    """Nobody knows who asks."""

    def __init__(self, message: str, *, invalid: bool = False) -> None:
        super().__init__("unauthorized", message)
        challenge = 'Bearer realm="ditrit"' + (', error="invalid_token"' if invalid else "")
        self.headers = {"WWW-Authenticate": challenge}


class Forbidden(ManagerError):
    """Who asks may not do it."""


class NotFound(ManagerError):
    """There is nothing of that name."""

    def __init__(self, what: str, name: str) -> None:
        super().__init__(f"unknown-{what}", f"there is no {what} {name!r}")


class Refused(ManagerError):
    """The present state forbids it."""


class Stale(ManagerError):
    """It is another version than the one that was asked for; ``headers`` have the tag of the present one."""

    def __init__(self, present: str) -> None:
        super().__init__("changed-since", "it has changed since; look at it again, or leave out If-Match")
        self.headers = {"ETag": f'"{present}"'}


class Invalid(ManagerError):
    """What was sent is wrong."""


class Busy(ManagerError):
    """All places for long-lived answers are taken."""


def shown(value: object) -> str:
    """A value of a request as its client wrote it, shortened."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:60] + "…"


def problem(code: str, path: str, message: str) -> dict[str, Any]:
    """A problem of a request, in the form that the parser's problems have."""
    return {
        "severity": "error",
        "code": code,
        "file": "",
        "line": 0,
        "column": 0,
        "path": path,
        "message": message,
    }


def code_of(error: Exception) -> str:
    """The stable code of an error: its own, or that of its class: ``WeavingCycle`` is ``weaving-cycle``."""
    return getattr(error, "code", None) or kebab(type(error).__name__)


def kebab(name: str) -> str:
    """The name of a class as a code."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower().removesuffix("-error")
