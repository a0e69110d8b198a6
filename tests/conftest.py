"""Servers that many tests share, each with a space of its own in them; and property tests that no clock judges."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.support.consul import Cluster, cluster
from tests.support.lxc import Site, make_images, remove_network, site
from tests.support.ssh import Pool, pool

# The machine may be busy: how long an example takes says nothing.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest goes first: begun last, it would keep one of two processes waiting for the other."""
    items.sort(key=lambda item: item.path.name != "test_cluster.py" or item.path.parent.name != "install")


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


@pytest.fixture(scope="session")
def lxc_images(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A root file system that all containers of the tests share, those of other processes of this run too."""
    own = tmp_path_factory.getbasetemp()
    whole = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    yield make_images(whole / "images")
    remove_network()


@pytest.fixture
def lxc_site(lxc_images: Path, tmp_path: Path) -> Iterator[Site]:
    """A place for containers."""
    with site(tmp_path / "lxc", lxc_images) as found:
        yield found


@pytest.fixture(scope="session")
def ssh_machines(lxc_images: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pool]:
    """Two machines with sshd."""
    with pool(tmp_path_factory.mktemp("pool"), lxc_images, 2) as found:
        yield found


@pytest.fixture
def ssh_pool(ssh_machines: Pool) -> Iterator[Pool]:
    """The same, both free."""
    ssh_machines.clear()
    yield ssh_machines
    ssh_machines.clear()
