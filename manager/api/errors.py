"""The one table from exceptions to HTTP statuses, and the one form that every error has.

Place in the flow: any exception → **``{"error": {"code", "message", "problems", "request"}}``** and a status.  What is
not in the table is our mistake: it is logged, and the client learns no more than that.
"""

from __future__ import annotations

import contextlib
import logging
import time
from typing import Any

from flask import Flask, Response, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import ClientDisconnected, HTTPException

from engine.artifacts import ArtifactError, ArtifactMissing
from engine.executions import errors as executions
from engine.instances.properties import PropertyError
from engine.instances.scaling import ScalingError
from engine.space import errors as space
from engine.weaving.errors import UnknownWorkflow, WeavingError
from manager import errors as manager
from manager.api.requests import request_id
from tosca import CsarError

logger = logging.getLogger(__name__)

DRAIN_BYTES, DRAIN_SECONDS, CHUNK = 64 << 20, 5.0, 1 << 16

STATUSES: tuple[tuple[type[Exception], int], ...] = (
    (manager.BadRequest, 400),
    (manager.Unauthorized, 401),
    (manager.Forbidden, 403),
    (manager.NotFound, 404),
    (manager.Refused, 409),
    (manager.Stale, 412),
    (manager.Invalid, 422),
    (manager.Busy, 503),
    (executions.UnknownInstance, 404),
    (executions.UnknownExecution, 404),
    (UnknownWorkflow, 404),
    (executions.ExecutionRunning, 409),
    (executions.ExecutionError, 409),
    (CsarError, 422),
    (WeavingError, 422),
    (ScalingError, 422),
    (PropertyError, 422),
    (ArtifactMissing, 404),
    (ArtifactError, 503),
    (space.TooLarge, 413),
    (space.SpaceError, 503),
)


def install(app: Flask) -> None:
    """Answer every error of the application in the one form."""
    app.register_error_handler(Exception, answer)


def answer(error: Exception) -> ResponseReturnValue:
    """The answer to an error."""
    if isinstance(error, HTTPException):
        return _http(error)
    status = next((status for kind, status in STATUSES if isinstance(error, kind)), 500)
    if status == 500:
        logger.error("%s %s failed", request.method, request.path, exc_info=error)
        return _shaped(500, "internal-error", "the manager made a mistake; its log says more", [])
    if status == 503:
        logger.warning("%s %s: %s", request.method, request.path, error)
    if status in (401, 403):
        _drain()
    response = _shaped(status, manager.code_of(error), str(error), _problems(error, status))
    response.headers.extend(getattr(error, "headers", {}))
    return response


def _http(error: HTTPException) -> Response:
    code = error.code or 500
    if code == 413:
        _drain()
    if code < 400:
        return Response(error.get_response().get_data(), code, headers=dict(error.get_response().headers))
    response = _shaped(code, manager.kebab(error.name.title().replace(" ", "")), _message(error, code), [])
    for name, value in error.get_response().headers:
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def _message(error: HTTPException, code: int) -> str:
    if isinstance(error, ClientDisconnected):
        return "the body ended before its announced length"
    if code == 404:
        return f"there is no {request.path!r} here; see /"
    if code == 413:
        return _excess(request.content_length, request.max_content_length)
    return error.description or error.name


def _excess(length: int | None, limit: int | None) -> str:
    if limit is None or (length is not None and length <= limit):
        return "found a form with too many or too large fields, expected only 'file'"
    return f"found a request of {length or 'more'} bytes, expected at most {limit}"


def _drain() -> None:
    """Read on for a while: a client that is still sending when the connection ends would never see the answer."""
    stream, end = request.input_stream, time.monotonic() + DRAIN_SECONDS
    # One that is gone, or has fallen silent, sees no answer anyhow.
    with contextlib.suppress(OSError):
        for _ in range(DRAIN_BYTES // CHUNK):
            if not stream.read(CHUNK) or time.monotonic() > end:
                return


def _shaped(status: int, code: str, message: str, problems: list[dict[str, Any]]) -> Response:
    response = jsonify({"error": {"code": code, "message": message, "problems": problems, "request": request_id()}})
    response.status_code = status
    return response


def _problems(error: Exception, status: int) -> list[dict[str, Any]]:
    found = getattr(error, "problems", None) or []
    if status == 422 and not found:
        return [manager.problem(manager.code_of(error), "", str(error))]
    return [item if isinstance(item, dict) else item.to_dict() for item in found]
