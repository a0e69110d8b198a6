"""Serves the web page at ``/ui``: files that were built from ``ui/`` and ship with this package.

Place in the flow: browser → **page** → files of ``manager/web``; all else that the page shows comes from `manager.api`.
A path below ``/ui`` that names no file is a place within the page, which finds its own way: it gets the page itself.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

WEB = Path(__file__).parent / "web"
PAGE = "index.html"
WORTH_PACKING = 1024  # bytes
FOREVER = "public, max-age=31536000, immutable"
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}

blueprint = Blueprint("page", __name__, url_prefix="/ui")


@dataclass(frozen=True, slots=True)
class File:
    """A file as it is sent."""

    content: bytes
    packed: bytes | None  # None where packing gains nothing
    kind: str
    digest: str


@blueprint.get("")
@blueprint.get("/")
@blueprint.get("/<path:place>")
def page(place: str = "") -> ResponseReturnValue:
    """A file of the page, or the page itself."""
    if place.startswith("assets/"):
        # The names of assets change with what is in them.
        return _answer(_found(place), FOREVER)
    known = place in _files()
    return _answer(_found(place if known else PAGE), "no-cache")


def _found(name: str) -> File:
    if name not in _files():
        raise NotFound
    return _file(name)


def _answer(file: File, caching: str) -> ResponseReturnValue:
    packed = file.packed is not None and request.accept_encodings["gzip"] > 0
    response = Response(file.packed if packed else file.content, mimetype=file.kind, headers=HEADERS)
    response.headers["Cache-Control"] = caching
    response.headers["Vary"] = "Accept-Encoding"
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    response.set_etag(f"{file.digest}{'-gz' if packed else ''}")
    return response.make_conditional(request)


@lru_cache(maxsize=1)
def _files() -> frozenset[str]:
    """The names of all files; a name that is not among them is never looked for on the disk."""
    return frozenset(found.relative_to(WEB).as_posix() for found in WEB.rglob("*") if found.is_file())


@lru_cache(maxsize=64)
def _file(name: str) -> File:
    content = (WEB / name).read_bytes()
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    packed = gzip.compress(content, 6, mtime=0) if len(content) >= WORTH_PACKING else None
    return File(content, packed, kind, hashlib.sha256(content).hexdigest()[:20])
