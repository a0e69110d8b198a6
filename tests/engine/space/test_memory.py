"""The space in memory keeps the contract."""

from __future__ import annotations

import pytest

from engine.space.backends.memory import MemorySpace, Store
from tests.engine.space.clients import OpenClient, space
from tests.engine.space.contract import ExpiryContract, SpaceContract

__all__ = ["space"]


@pytest.fixture
def open_client() -> OpenClient:
    store = Store()
    return lambda: MemorySpace(store)


class TestMemory(SpaceContract, ExpiryContract):
    pass
