"""Headers that tell a browser how little it may do with an answer.

Place in the flow: answer → **headers** → client.  There is no CORS: pages of other sites read nothing here.
"""

from __future__ import annotations

import base64
import hashlib
import re

from flask import Response, request

NOTHING = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
DRAWING = f"{NOTHING}; style-src 'unsafe-inline'"
PAGE = (
    "default-src 'none'; script-src 'self'{scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
_INLINE = re.compile(rb"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL)


def guarded(response: Response) -> Response:
    """The answer, with the headers that it lacks."""
    headers = response.headers
    headers["X-Content-Type-Options"] = "nosniff"  # what an operation printed must not be taken for a page
    headers.setdefault("Referrer-Policy", "no-referrer")
    headers.setdefault("X-Frame-Options", "DENY")
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    headers.setdefault("Content-Security-Policy", _policy(response))
    return response


def _policy(response: Response) -> str:
    if response.mimetype == "image/svg+xml":
        return DRAWING
    if response.mimetype != "text/html":
        return NOTHING
    if request.path != "/":
        return PAGE.format(scripts="")
    # The Swagger UI starts by a script in its page: that very script may run, no other.
    scripts = "".join(f" '{_hash(found)}'" for found in _INLINE.findall(response.get_data()))
    return PAGE.format(scripts=scripts)


def _hash(script: bytes) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(script).digest()).decode()
