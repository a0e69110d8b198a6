"""The space in Consul keeps the contract, on one server and on three."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator

import pytest

from engine.space import open_space
from engine.space.base import Space
from tests.engine.space.contract import ExpiryContract, OpenClient, SpaceContract, space
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
    ENDED = 2.3  # Consul ends a session between one and two TTL after its last renewal


class TestOneServer(ConsulContract):
    @pytest.fixture
    def open_client(self, opener: Callable[[Cluster], OpenClient], one_consul: Cluster) -> OpenClient:
        return opener(one_consul)


class TestThreeServers(ConsulContract):
    @pytest.fixture
    def open_client(self, opener: Callable[[Cluster], OpenClient], three_consuls: Cluster) -> OpenClient:
        return opener(three_consuls)
