"""Circles in what leads from one thing to others.

Place in the flow: finds steps that wait for each other, workflows that contain each other, and properties that are
each other's value.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import TypeVar

T = TypeVar("T", bound=Hashable)


def loops(after: Mapping[T, Iterable[T]]) -> list[list[T]]:
    """Return circles of a graph, the first element of each again at its end."""
    done: set[T] = set()
    found: list[list[T]] = []
    for start in after:
        if start not in done:
            _follow(start, after, done, found)
    return found


def _follow(start: T, after: Mapping[T, Iterable[T]], done: set[T], found: list[list[T]]) -> None:
    path: dict[T, None] = {start: None}
    stack: list[tuple[T, Iterator[T]]] = [(start, iter(after[start]))]
    while stack:
        name, rest = stack[-1]
        following = next(rest, None)
        if following is None:
            stack.pop()
            del path[name]
            done.add(name)
        elif following in path:
            order = list(path)
            found.append([*order[order.index(following) :], following])
        elif following not in done and following in after:
            path[following] = None
            stack.append((following, iter(after[following])))
