"""How a worker reads a network: a small one whole, a large one as far as it needs it."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from engine.executions.networks import ProductionCache, install_network
from engine.instances.scaling import scale_of
from engine.space.backends.memory import MemorySpace, Store
from engine.space.base import Entry
from engine.space.errors import SpaceError
from engine.weaving import weave
from tests.support.topologies import Node, topology


class CountingSpace(MemorySpace):
    """Counts the keys that are read by name."""

    read_by_name = 0

    def read(self, keys: Iterable[str]) -> dict[str, Entry]:
        wanted = list(keys)
        self.read_by_name += len(wanted)
        return super().read(wanted)


def network_of(space: MemorySpace, nodes: int) -> str:
    template = topology([Node(f"n{number}", operations=("create",)) for number in range(nodes)])
    return install_network(space, weave(template, "install"), scale_of(template, {}))


@pytest.mark.parametrize(("nodes", "read"), [(50, 0), (500, 500)])
def test_the_productions_of_a_small_network_are_there_before_they_are_needed(nodes: int, read: int) -> None:
    space = CountingSpace(Store())
    network = network_of(space, nodes)
    cache = ProductionCache(space)
    cache.foresee(network)
    space.read_by_name = 0
    for number in range(nodes):
        assert cache.get(network, f"n{number}").name == f"n{number}"

    assert space.read_by_name == read


def test_no_more_are_kept_than_allowed_and_a_missing_one_is_an_error() -> None:
    space = CountingSpace(Store())
    network = network_of(space, 50)
    cache = ProductionCache(space, most=5)
    cache.load(network, [f"n{number}" for number in range(50)])
    space.read_by_name = 0
    cache.load(network, [f"n{number}" for number in range(45, 50)])
    assert space.read_by_name == 0

    with pytest.raises(SpaceError, match="no production 'nosuch'"):
        cache.get(network, "nosuch")
    with pytest.raises(SpaceError, match="no network 'nosuch'"):
        cache.foresee("nosuch")
