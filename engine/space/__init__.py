"""The Linda tuple space: a contract, its backends, and Linda's verbs on top."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from engine.space.backends.consul_address import parse_address
from engine.space.backends.memory import MemorySpace
from engine.space.backends.sqlite import SqliteSpace
from engine.space.base import Entry, Space
from engine.space.errors import SpaceError, SpaceUnavailable

_EXPECTED = "expected sqlite:///absolute/path or consul://HOST:PORT/PREFIX"

__all__ = ["Entry", "Space", "SpaceError", "SpaceUnavailable", "open_space"]


def open_space(url: str) -> Space:
    """Open the space that a URL names.

    It is ``sqlite:///absolute/path[?synchronous=full]``, ``consul://HOST:PORT/PREFIX`` (see
    `engine.space.backends.consul_address`) or ``memory:``.

    Raises:
        ValueError: the URL is none of these.
        SpaceUnavailable: it cannot be opened.
    """
    try:
        parts = urlsplit(url)
    except ValueError:  # its own message may show a token
        raise ValueError(f"the space's URL {_shown(url)!r} cannot be read; {_EXPECTED}") from None
    if parts.scheme == "memory":
        return MemorySpace()
    if parts.scheme == "consul":
        from engine.space.backends.consul import ConsulSpace  # noqa: PLC0415  only who uses it waits for its client

        return ConsulSpace(parse_address(url))
    if parts.scheme == "sqlite" and not parts.netloc and parts.path.startswith("/"):
        synchronous = parse_qs(parts.query).get("synchronous", ["normal"])[0]
        if synchronous not in ("normal", "full"):
            raise ValueError(f"the space {url!r} has synchronous={synchronous!r}; expected normal or full")
        return SqliteSpace(Path(unquote(parts.path)), synchronous=synchronous)
    raise ValueError(f"{_shown(url)!r} is no space; {_EXPECTED}")


def _shown(url: str) -> str:
    """The URL as an error may show it: without what stands before an '@'."""
    return re.sub(r":.*@", ":…@", url)
