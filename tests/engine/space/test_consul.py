"""The space in Consul keeps the contract, on one server and on three."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from engine.space import open_space
from engine.space.base import Space
from engine.space.errors import Conflict
from engine.space.verbs import Cas, Set
from tests.engine.space.clients import CLIENTS, OpenClient, at_once, only, space
from tests.engine.space.contract import ExpiryContract, SpaceContract
from tests.support.consul import Cluster

__all__ = ["space"]


@pytest.fixture
def opener() -> Iterator[Callable[[Cluster], OpenClient]]:
    """Makes what opens clients of a fresh space."""
    opened: list[Space] = []

    def of(cluster: Cluster) -> OpenClient:
        url = cluster.url(uuid.uuid4().hex)

        def open_one() -> Space:
            opened.append(open_space(url))
            return opened[-1]

        return open_one

    yield of
    for client in opened:
        client.close()


class ConsulContract(SpaceContract, ExpiryContract):
    TTL = 1.0
    ENDED = 3.0  # Consul ends a session between one and two TTL after its last renewal


def test_threads_may_share_one_client(opener: Callable[[Cluster], OpenClient], three_consuls: Cluster) -> None:
    client = opener(three_consuls)()
    client.transact([Set("n", b"0")])

    def count(shared: Space, _number: int) -> None:
        for _ in range(10):
            while True:
                entry = only(shared, "n")
                with suppress(Conflict):
                    shared.transact([Cas("n", str(int(entry.value) + 1).encode(), entry.index)])
                    break

    at_once(lambda: client, count)
    assert only(client, "n").value == str(10 * CLIENTS).encode()


class TestOneServer(ConsulContract):
    @pytest.fixture
    def open_client(self, opener: Callable[[Cluster], OpenClient], one_consul: Cluster) -> OpenClient:
        return opener(one_consul)


class TestThreeServers(ConsulContract):
    @pytest.fixture
    def open_client(self, opener: Callable[[Cluster], OpenClient], three_consuls: Cluster) -> OpenClient:
        return opener(three_consuls)
