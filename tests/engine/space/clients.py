"""Several clients of one space, and what tests ask of them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from engine.space.base import Entry, Space
from engine.space.errors import Conflict
from engine.space.tuples import Kind
from engine.space.verbs import Verb

OpenClient = Callable[[], Space]
CLIENTS = 8
FRUIT = Kind("fruit", {"lane": int, "name": str})


@pytest.fixture
def space(open_client: OpenClient) -> Space:
    return open_client()


def only(space: Space, key: str) -> Entry:
    found = space.read([key])
    assert list(found) == [key]
    return found[key]


def refused(space: Space, *verbs: Verb) -> set[int]:
    with pytest.raises(Conflict) as caught:
        space.transact(verbs)
    return caught.value.positions


def at_once(open_client: OpenClient, act: Callable[[Space, int], object]) -> list[object]:
    """Let several clients, each with a thread of its own, act at the same moment."""
    barrier = threading.Barrier(CLIENTS)

    def run(number: int) -> object:
        client = open_client()
        barrier.wait()
        return act(client, number)

    with ThreadPoolExecutor(CLIENTS) as pool:
        return list(pool.map(run, range(CLIENTS)))
