"""A cluster that the tests of this folder share: making one takes minutes."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.install.installation import Installation, installation
from tests.support.lxc import require


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A place for one; the first test installs it."""
    require()
    with installation(tmp_path_factory.mktemp("cluster")) as found:
        yield found


@pytest.fixture
def as_root() -> None:
    """The utilities are root's: what they say is seen as root only."""
    if os.geteuid() != 0:
        pytest.skip("the utilities are run as root")
