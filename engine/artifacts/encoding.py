"""From keys to names that every store can hold, and back.

Place in the flow: between the contract, whose keys are any text, and backends that keep objects as files, or leave that
to a server which does.

A key's components are percent-encoded, so none leaves its place; a component too long for a file name goes on below a
name of its own, marked by a ``%`` at the end of each piece but the last (which no encoded text ends with).
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote, unquote

_PIECE = 200  # characters: file names may have 255 bytes


def encoded(key: str) -> str:
    """The name of a key: a relative path."""
    return "/".join(map(_encoded, key.split("/")))


def decoded(name: str) -> str:
    """The key of such a name."""
    return "/".join(unquote(component) for component in name.replace("%/", "").split("/"))


def _encoded(component: str) -> str:
    if component in {".", ".."}:
        return component.replace(".", "%2E")
    text = quote(component, safe=" +=,@:()[]")
    if len(text) <= _PIECE:
        return text
    return "%/".join(_pieces(text))


def _pieces(text: str) -> Iterator[str]:
    """Cut encoded text so that no escape is cut in two."""
    while len(text) > _PIECE:
        escape = text.rfind("%", _PIECE - 2, _PIECE)
        end = _PIECE if escape < 0 else escape
        yield text[:end]
        text = text[end:]
    yield text
