"""Who may do what, in the OpenAPI document: its Authorize button, and the role that each call needs.

Place in the flow: `manager.access.roles` → **document** → Swagger UI.
"""

from __future__ import annotations

from typing import Any

from manager.access.roles import needed
from manager.api.document import METHODS, refuses

SCHEME = "token"
AUTHORIZATIONS = {
    SCHEME: {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "Bearer TOKEN, where this manager has tokens (docs/access.md)",
    }
}


def with_access(document: dict[str, Any]) -> dict[str, Any]:
    """The document, each call with what it asks for and how it refuses."""
    for path, item in document.get("paths", {}).items():
        for method in METHODS:
            if method in item:
                _add(item[method], needed(method.upper(), path))
    return document


def _add(call: dict[str, Any], role: Any) -> None:
    if role is None:
        call["security"] = []
        return
    call["security"] = [{SCHEME: []}]
    call["x-role"] = role.label
    refuses(call["responses"], "401", "no token, or one that is not known")
    refuses(call["responses"], "403", f"the token's role is less than {role.label}, or a page of another site asks")
