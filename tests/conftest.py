"""Servers that many tests share: each uses a space of its own in them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.consul import Cluster, cluster


@pytest.fixture(scope="session")
def one_consul(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A Consul of one server."""
    with cluster(tmp_path_factory.mktemp("consul") / "one") as found:
        yield found


@pytest.fixture(scope="session")
def three_consuls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A Consul of three servers, all alive; whoever kills one starts it again."""
    with cluster(tmp_path_factory.mktemp("consul") / "three", servers=3) as found:
        yield found
