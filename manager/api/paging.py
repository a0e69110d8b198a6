"""Pages of lists: ``limit`` items after the cursor ``after``.

Place in the flow: items in a fixed order → **page** ``{"items": [...], "next": cursor or null}``.  The cursor is the
identity of the last item of a page, so a page stays right while items come and go.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any, TypeVar

from manager.api import query
from manager.errors import Invalid, problem

T = TypeVar("T")
DEFAULT, MOST = 100, 1000


def limit() -> int:
    """How many items the client wants.

    Raises:
        Invalid: it is no number from 1 to `MOST`.
    """
    text = query.number("limit")
    if text is None:
        return DEFAULT
    if text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MOST:
        return int(text)
    message = f"parameter 'limit': found {text!r}, expected a number from 1 to {MOST}"
    raise Invalid("invalid-parameter", message, [problem("invalid-parameter", "limit", message)])


def page(
    items: Iterable[T],
    identity: Callable[[T], Any],
    shape: Callable[[T], Any],
    cursor: Callable[[str], Any] = str,
    *,
    falling: bool = False,
) -> dict[str, Any]:
    """One page of ``items``, which must be sorted by ``identity``; only what it shows is shaped.

    ``cursor`` turns the text of a cursor back into an identity.  ``falling``: the items are sorted the other way round.
    """
    wanted, after = limit(), _after(cursor)
    beyond = operator.lt if falling else operator.gt
    rest = items if after is None else (item for item in items if beyond(identity(item), after))
    shown = list(islice(rest, wanted + 1))
    more = len(shown) > wanted
    shown = shown[:wanted]
    return {"items": [shape(item) for item in shown], "next": str(identity(shown[-1])) if more else None}


def _after(cursor: Callable[[str], Any]) -> Any:
    text = query.optional("after")
    if text is None:
        return None
    try:
        return cursor(text)
    except ValueError as error:
        message = f"parameter 'after': found {text!r}, expected the 'next' of an earlier page"
        raise Invalid("invalid-parameter", message, [problem("invalid-parameter", "after", message)]) from error
