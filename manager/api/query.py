"""Reads the parameters and the body of a request.

Place in the flow: HTTP request → **values** → `manager.catalog`, `manager.deployments`, `manager.executions`.
"""

from __future__ import annotations

import json
from typing import Any, NoReturn

from flask import request

from manager.errors import BadRequest, Invalid, problem, shown


def required(name: str) -> str:
    """A parameter that must be there.

    Raises:
        BadRequest: it is missing or empty.
    """
    value = optional(name)
    if value is None:
        raise BadRequest("missing-parameter", f"parameter {name!r} is missing: add ?{name}=... to the URL")
    return value


def optional(name: str) -> str | None:
    """A parameter that may be there; an empty one counts as absent."""
    return _single(name) or None


def _single(name: str) -> str | None:
    """A parameter, which must not be given several times: nobody could say which is meant.

    Raises:
        Invalid: it is.
    """
    values = request.args.getlist(name)
    if len(values) < 2:
        return values[0] if values else None
    message = f"parameter {name!r}: found {len(values)} times, expected once"
    raise Invalid("invalid-parameter", message, [problem("invalid-parameter", name, message)])


def choice(name: str, options: tuple[str, ...]) -> str | None:
    """A parameter that takes one of a few values."""
    value = _single(name)
    if value is None or value in options:
        return value
    message = f"parameter {name!r}: found {value!r}, expected one of {', '.join(options)}"
    raise Invalid("invalid-parameter", message, [problem("invalid-parameter", name, message)])


def number(name: str) -> str | None:
    """The text of a parameter that is a number; what is empty is none, too."""
    return _single(name)


def flag(name: str) -> bool:
    """A parameter that is true or false; absent is false."""
    return choice(name, ("true", "false")) == "true"


def body() -> dict[str, Any]:
    """The JSON object that was sent, or an empty one when nothing was.

    Raises:
        BadRequest: it is not a JSON object.
    """
    data = request.get_data()
    if not data.strip():
        return {}
    try:
        value = json.loads(data, parse_constant=_refused)
        # An escaped half of a surrogate pair is JSON, but no text: it could neither be stored nor shown.
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise BadRequest(
            "invalid-json", f"the body holds {error.object[error.start]!r}, which is no character"
        ) from error
    except (ValueError, RecursionError) as error:
        raise BadRequest("invalid-json", f"the body is not JSON: {error}") from error
    if isinstance(value, dict):
        return value
    raise BadRequest("invalid-json", f"found {shown(value)} as the body, expected a JSON object")


def inputs() -> dict[str, Any]:
    """The inputs in the body.

    Raises:
        BadRequest: the body holds anything else.
    """
    sent = body()
    for name in sent:
        if name != "inputs":
            raise BadRequest("invalid-body", f'found {name!r} in the body, expected only "inputs"')
    value = sent.get("inputs", {})
    if isinstance(value, dict):
        return value
    raise BadRequest("invalid-body", f'found {shown(value)} as "inputs", expected a JSON object')


def _refused(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
