"""Names that users give: of models and instances.

Place in the flow: checked before anything is stored, so that every name is safe in a URL, a file name and a log line.
"""

from __future__ import annotations

import re

from manager.errors import Invalid, problem

LONGEST = 100
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*", re.ASCII)
PATTERN = "^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$"  # the same, as the OpenAPI document says it
RULE = f"1 to {LONGEST} letters, digits, '_', '.' or '-', starting with a letter or digit"


def checked(what: str, name: str) -> str:
    """Return the name itself.

    Raises:
        Invalid: it does not follow the rule; the message names what was found.
    """
    if len(name) <= LONGEST and _NAME.fullmatch(name):
        return name
    shown = repr(name) if len(name) <= LONGEST else f"{name[:40]!r}… ({len(name)} characters)"
    message = f"found {shown} as the name of the {what}, expected {RULE}"
    raise Invalid("invalid-name", message, [problem("invalid-name", what, message)])
