"""The file that lists machines: what it may say, and which of them are given."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from worker.config import WorkerConfig
from worker.hosts.base import Machine
from worker.hosts.ssh.connection import Connection
from worker.hosts.ssh.host import owner_of
from worker.hosts.ssh.pool import PoolError, read_pool
from worker.hosts.wanted import Wanted

ONE = {"name": "m1", "address": "192.0.2.1", "key": "key"}


def listed(folder: Path, *machines: Any, **top: Any) -> Path:
    """A file with these machines."""
    for name in ("key", "known_hosts"):
        (folder / name).touch()
    file = folder / "pool.yaml"
    file.write_text(yaml.safe_dump({"known_hosts": "known_hosts", "machines": list(machines), **top}))
    return file


def test_paths_are_relative_to_the_file_and_what_is_not_said_is_the_usual(tmp_path: Path) -> None:
    (machine,) = read_pool(listed(tmp_path, ONE))
    assert (machine.port, machine.user, machine.has) == (22, "root", Wanted())
    assert (machine.key, machine.known_hosts) == (tmp_path / "key", tmp_path / "known_hosts")
    assert str(machine) == "machine 'm1' (root@192.0.2.1:22)"


@pytest.mark.parametrize(
    ("machines", "said"),
    [
        ([{**ONE, "port": 0}], "machine 1: port: found 0, expected a number from 1 to 65535"),
        ([ONE, {**ONE, "name": "-oProxyCommand=x"}], "machine 2: name: found '-oProxyCommand=x', expected letters"),
        ([{**ONE, "address": "-x"}], "machine 1: address: found '-x', expected letters"),
        ([{**ONE, "user": "a b"}], "machine 1: user: found 'a b', expected letters"),
        ([{**ONE, "key": "other"}], "machine 1: key: found 'other', expected the path of a file"),
        ([{"name": "m1"}], "machine 1: address: found None, expected letters"),
        ([{**ONE, "password": "x"}], "machine 1: found 'password', expected name, address, port, user, key, os, host"),
        ([{**ONE, "host": {"mem_size": "much"}}], "machine 1: capability host: found mem_size 'much'"),
        (["m1"], "machine 1: found 'm1', expected a map with name, address"),
        ([ONE, {**ONE, "address": "192.0.2.2"}], "found 'm1' as name of several machines, expected each once"),
        ([ONE, {**ONE, "name": "m2"}], "found '192.0.2.1:22' as address and port of several machines"),
    ],
)
def test_a_machine_that_cannot_be_meant_is_an_error(tmp_path: Path, machines: list[Any], said: str) -> None:
    with pytest.raises(PoolError) as caught:
        read_pool(listed(tmp_path, *machines))
    assert said in str(caught.value)
    assert str(tmp_path / "pool.yaml") in str(caught.value)


def test_a_file_that_is_no_pool_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(PoolError, match="its setting ssh_inventory names none"):
        read_pool(None)
    with pytest.raises(PoolError, match="No such file"):
        read_pool(tmp_path / "none.yaml")
    (tmp_path / "pool.yaml").write_text("machines: [")
    with pytest.raises(PoolError, match="is not YAML"):
        read_pool(tmp_path / "pool.yaml")
    with pytest.raises(PoolError, match="machines: found 'm1', expected a list of machines"):
        read_pool(listed(tmp_path, machines="m1"))
    with pytest.raises(PoolError, match="known_hosts: found None, expected the path of a file"):
        read_pool(listed(tmp_path, ONE, known_hosts=None))


def test_a_machine_fits_that_has_all_that_is_wanted(tmp_path: Path) -> None:
    has = {"host": {"num_cpus": 4, "mem_size": "8 GB"}, "os": {"distribution": "Debian", "version": 12.4}}
    machine, bare = read_pool(listed(tmp_path, {**ONE, **has}, {**ONE, "name": "m2", "address": "192.0.2.2"}))
    for fitting in (Wanted(), Wanted(cpus=4.0, memory=10**9), Wanted(distribution="debian", version="12")):
        assert machine.fits(fitting)
    for more in (Wanted(cpus=5.0), Wanted(disk=1), Wanted(distribution="ubuntu"), Wanted(version="1")):
        assert not machine.fits(more)
    assert bare.fits(Wanted())
    assert not bare.fits(Wanted(cpus=1.0))


def test_installations_have_other_names_for_the_same_node_instance(tmp_path: Path) -> None:
    machine = Machine("m", "i", "srv", 0)
    token = "consul://secret@10.0.0.1:8500/ditrit?token=secret"
    same = ["consul://10.0.0.1:8500/ditrit", token]
    places = [WorkerConfig(state=tmp_path, space=space).ssh.installation for space in same]
    assert places == ["consul://10.0.0.1:8500/ditrit"] * 2
    own = WorkerConfig(state=tmp_path).ssh.installation
    named = WorkerConfig(state=tmp_path, ssh_installation="lab").ssh.installation
    assert named == "lab"
    assert len({owner_of(one, machine) for one in (own, named, places[0])}) == 3
    assert all(owner_of(one, machine).startswith("i-srv-0-") for one in (own, named))


def test_where_no_socket_can_lie_each_use_has_a_connection_of_its_own(tmp_path: Path) -> None:
    (machine,) = read_pool(listed(tmp_path, ONE))
    assert "ControlPath=none" in Connection(machine, tmp_path / ("x" * 90)).options()
    assert any(str(tmp_path) in one for one in Connection(machine, tmp_path).options() if "ControlPath" in one)
