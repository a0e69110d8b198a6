"""The stores that what the example needs is shown on."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import pytest

from tests.support.consul import Cluster


@pytest.fixture(scope="module", params=["sqlite", "consul"])
def space_flags(request: pytest.FixtureRequest) -> Sequence[str]:
    """The flags that name a fresh space: none for the default, the embedded one; or three Consul servers."""
    if request.param == "sqlite":
        return ()
    consul: Cluster = request.getfixturevalue("three_consuls")
    return ("--space", consul.url(uuid.uuid4().hex))
