"""A thing that cannot be as it is.

Place in the flow: what `manager.inspection` comes to, for people and programs.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """What kind of thing is wrong, under which key, in what way, and what was expected."""

    kind: str
    key: str
    wrong: str
    expected: str
