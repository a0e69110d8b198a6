"""Tags of what is described, so that a client need not read again what it has, nor delete what it has not seen.

Place in the flow: answer → **ETag** → 304 where the client has the same (`If-None-Match`); 412 where it has another
(`If-Match`).  RFC 9110, 8.8.3 and 13.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any, TypeVar

from flask import Response, request

from manager.errors import Stale

T = TypeVar("T")


def tag(answer: Any) -> str:
    """The tag of an answer: it changes whenever the answer does."""
    text = json.dumps(answer, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def tagged(answer: Any) -> Response:
    """The answer with its tag, or 304 without it where the client has it already."""
    response = Response(json.dumps(answer), mimetype="application/json")
    response.set_etag(tag(answer))
    response.headers["Cache-Control"] = "private, no-cache"  # to be kept, and asked about each time
    response.make_conditional(request)
    return response


def demand(described: Callable[[T], Any]) -> Callable[[T], None] | None:
    """What looks whether a record is what the client has seen, where the request is for that alone (`If-Match`).

    It raises `Stale` when it is not, or when the header names no tag.
    """
    if "If-Match" not in request.headers:
        return None

    def see(record: T) -> None:
        wanted, present = request.if_match, tag(described(record))
        if not (wanted.star_tag or wanted.contains(present)):
            raise Stale(present)

    return see
