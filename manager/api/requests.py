"""Each request by a name of its own, in the answer and in all lines of the log; and what became of it.

Place in the flow: request → **its id** → everything that is logged meanwhile → answer with ``X-Request-Id``.
"""

from __future__ import annotations

import logging
import re
import time
import uuid

from flask import Flask, Response, g, request

from engine.log_lines import about
from manager.api.services import services

logger = logging.getLogger(__name__)

HEADER = "X-Request-Id"
_SANE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._=-]{7,127}")  # nothing that would break a line or a header


def install(app: Flask) -> None:
    """Give every request of the application an id; to be called ahead of what else looks at requests."""
    app.before_request(_begin)
    app.after_request(_end)
    app.teardown_request(_left)


def request_id() -> str:
    """The id of the request at hand: that which a client or proxy gave it, when it is sane."""
    if "request_id" not in g:
        sent = request.headers.get(HEADER, "")
        g.request_id = sent if _SANE.fullmatch(sent) else uuid.uuid4().hex
    found: str = g.request_id
    return found


def _begin() -> None:
    g.began = time.monotonic()
    about.set({"request": request_id()})


def _end(response: Response) -> Response:
    response.headers[HEADER] = request_id()
    if response.is_streamed and not response.direct_passthrough:  # it goes on when the request itself is over
        g.streamed = True
        response.call_on_close(_over)
    seconds = time.monotonic() - g.get("began", time.monotonic())
    services().served.answered(request.method, response.status_code, seconds)
    holder = g.get("holder")
    logger.info(
        "%s %s: %d",
        request.method,
        request.path,
        response.status_code,
        extra={
            "method": request.method,
            "path": request.path,
            "status": response.status_code,
            "seconds": round(seconds, 6),
            "who": None if holder is None else holder.name,
        },
    )
    return response


def _left(_error: BaseException | None) -> None:
    if "streamed" not in g:
        _over()


def _over() -> None:
    """What the thread logs from now on is about something else."""
    about.set(None)
