"""The one table from API operations to the role that each needs.

Place in the flow: request → **role needed** → `manager.access.guard`; the OpenAPI document and ``docs/access.md`` say
the same.
"""

from __future__ import annotations

import re
from enum import IntEnum


class Role(IntEnum):
    """What a token may do; each role may do all that those below it may."""

    VIEWER = 1
    OPERATOR = 2
    ADMIN = 3

    @property
    def label(self) -> str:
        """Its name as people write it."""
        return self.name.lower()


OPEN = None  # needs no token: says nothing of what is stored here
READS = ("GET", "HEAD")

# What deletes or forces is for admins, what changes anything else for operators.
NEEDED: dict[tuple[str, str], Role | None] = {
    ("GET", "/"): OPEN,
    ("GET", "/swagger.json"): OPEN,
    ("GET", "/openapi.json"): OPEN,
    ("GET", "/health"): OPEN,
    ("GET", "/ready"): OPEN,
    ("GET", "/metrics"): Role.VIEWER,
    ("GET", "/workers"): Role.VIEWER,
    ("GET", "/library"): Role.VIEWER,
    ("GET", "/csar"): Role.VIEWER,
    ("PUT", "/csar"): Role.OPERATOR,
    ("GET", "/csar/{model}"): Role.VIEWER,
    ("DELETE", "/csar/{model}"): Role.ADMIN,
    ("GET", "/csar/{model}/archive"): Role.VIEWER,
    ("GET", "/model/{model}/graph"): Role.VIEWER,
    ("GET", "/model/{model}/inputs"): Role.VIEWER,
    ("GET", "/model/{model}/workflows/{workflow}"): Role.VIEWER,
    ("GET", "/instance"): Role.VIEWER,
    ("PUT", "/instance"): Role.OPERATOR,
    ("GET", "/instance/{model}/{instance}"): Role.VIEWER,
    ("DELETE", "/instance/{model}/{instance}"): Role.ADMIN,
    ("GET", "/instance/{model}/{instance}/graph"): Role.VIEWER,
    ("GET", "/instance/{model}/{instance}/node/{node}"): Role.VIEWER,
    ("GET", "/exec"): Role.VIEWER,
    ("PUT", "/exec"): Role.OPERATOR,
    ("GET", "/exec/{execution}"): Role.VIEWER,
    ("POST", "/exec/{execution}/cancel"): Role.OPERATOR,
    ("POST", "/exec/{execution}/resume"): Role.OPERATOR,
    ("GET", "/exec/{execution}/operations"): Role.VIEWER,
    ("GET", "/exec/{execution}/waits"): Role.VIEWER,
    ("GET", "/exec/{execution}/critical-path"): Role.VIEWER,
    ("GET", "/exec/{execution}/history"): Role.VIEWER,
    ("GET", "/exec/{execution}/log"): Role.VIEWER,
    ("GET", "/exec/{execution}/events"): Role.VIEWER,
}
PAGES = ("/swaggerui/", "/ui/")  # files of the pages themselves: the same for everyone, everywhere


def needed(method: str, rule: str | None) -> Role | None:
    """The role that a request needs, by the pattern of its URL; None where it needs none.

    What does not stand in the table is for viewers to read, and for admins to change.
    """
    if method == "OPTIONS":
        return OPEN  # tells which methods there are, and nothing else
    read = method in READS
    if read and rule is not None and f"{rule}/".startswith(PAGES):
        return OPEN
    return NEEDED.get(("GET" if read else method, pattern(rule or "")), Role.VIEWER if read else Role.ADMIN)


def pattern(rule: str) -> str:
    """A URL rule as the OpenAPI document writes it: ``/csar/<string:model>`` is ``/csar/{model}``."""
    return re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule)
