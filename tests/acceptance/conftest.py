"""The stores that what the example needs is shown on."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import pytest

from tests.support.consul import Cluster
from tests.support.s3 import bucket, own_s3_server, s3_server, s3_shared_server

__all__ = ["bucket", "own_s3_server", "s3_server", "s3_shared_server"]


@pytest.fixture(scope="module", params=["sqlite", "consul"])
def space_flags(request: pytest.FixtureRequest) -> Sequence[str]:
    """The flags that name a fresh space: none for the default, the embedded one; or three Consul servers."""
    if request.param == "sqlite":
        return ()
    consul: Cluster = request.getfixturevalue("three_consuls")
    return ("--space", consul.url(uuid.uuid4().hex))
