"""An inventory that cannot be installed is refused in words, before anything is changed."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from install.cluster.inventory import problems
from tests.install.installation import ADDRESSES, NETWORK, SHARED, command, inventory

INSTALL = Path(__file__).parents[2] / "install"
COMMON = {"ditrit_network": f"{NETWORK}.0/24", "ditrit_address": SHARED}
OWN = "expected one of its own"
Groups = dict[str, dict[str, str]]


def groups(**changed: dict[str, str]) -> Groups:
    return {**{name: dict(of) for name, of in ADDRESSES.items()}, **changed}


def found(given: Groups, lxc: bool = True, **common: object) -> list[str]:
    """The problems of an inventory."""
    hosts = {host: {"address": address} for of in given.values() for host, address in of.items()}
    names = {group: list(of) for group, of in given.items()} | ({"lxc_host": ["localhost"]} if lxc else {})
    return problems(names, hosts, {**COMMON, **common})


def test_the_inventory_that_is_shipped_has_no_problem() -> None:
    assert found(groups()) == []


def test_the_loss_of_one_server_must_leave_a_majority() -> None:
    two = {"consul1": f"{NETWORK}.11", "consul2": f"{NETWORK}.12"}
    assert found(groups(consul=two)) == [
        "group consul: found 2 (consul1, consul2), expected 3 servers, a majority without any one"
    ]


def test_two_hosts_cannot_have_one_address() -> None:
    assert found(groups(worker={"worker1": f"{NETWORK}.31"})) == [
        f"host worker1: found the address {NETWORK}.31, which host manager1 has; {OWN}"
    ]


def test_the_shared_address_and_that_of_the_bridge_are_nobody_elses() -> None:
    assert found(groups(), ditrit_address=f"{NETWORK}.31") == [
        f"ditrit_address: found the address {NETWORK}.31, which host manager1 has; {OWN}"
    ]
    assert found(groups(worker={"worker1": f"{NETWORK}.1"})) == [
        f"the bridge (first of ditrit_network): found the address {NETWORK}.1, which host worker1 has; {OWN}"
    ]
    assert found(groups(worker={"worker1": f"{NETWORK}.1"}), lxc=False) == []


def test_an_address_is_one_of_the_network() -> None:
    assert found(groups(worker={"worker1": "192.0.2.7", "worker2": "worker2.example"})) == [
        f"host worker1: found the address 192.0.2.7, expected one in ditrit_network {NETWORK}.0/24",
        "host worker2: found the address 'worker2.example', expected A.B.C.D",
    ]


def test_what_is_missing_is_named() -> None:
    assert found(groups(worker={"worker1": ""}), ditrit_network="", ditrit_address="") == [
        "[all:vars]: ditrit_network is missing, expected a network such as 10.176.0.0/24",
        "[all:vars]: ditrit_address is missing, expected the address that managers share",
        "host worker1: address is missing, expected address=A.B.C.D behind its name",
    ]
    assert found(groups(), ditrit_network="here") == [
        "ditrit_network: found 'here', expected a network such as 10.176.0.0/24"
    ]


def test_managers_and_workers_are_needed() -> None:
    assert found(groups(manager={}, worker={})) == [
        "group manager: found no host, expected one at least",
        "group worker: found no host, expected one at least",
    ]


def test_a_host_has_one_part_and_a_plain_name() -> None:
    both = {"manager1": f"{NETWORK}.31", "Worker_1": f"{NETWORK}.41"}
    assert found(groups(worker=both)) == [
        "host manager1: found in the groups manager and worker, expected in one of them",
        "host Worker_1: found this name, expected small letters, digits and hyphens",
    ]


def test_there_is_one_store() -> None:
    two = {"store1": f"{NETWORK}.21", "store2": f"{NETWORK}.22"}
    url = "s3://ditrit?endpoint=https://s3.example"
    assert found(groups(s3=two)) == [
        "group s3: found 2 (store1, store2), expected one: this store is not replicated (docs/install.md)"
    ]
    assert found(groups(s3={})) == [
        "group s3 and ditrit_artifacts: found neither a host nor a URL, expected one of them"
    ]
    assert found(groups(), ditrit_artifacts=url) == [
        "group s3 and ditrit_artifacts: found both a host and the URL, expected one of them"
    ]
    assert found(groups(s3={}), ditrit_artifacts=url) == []
    assert found(groups(s3={}), ditrit_artifacts="https://s3.example/ditrit") == [
        "ditrit_artifacts: found another kind of URL, expected s3://BUCKET?endpoint=https://HOST:PORT"
    ]


def test_the_authority_of_the_stores_certificate_is_there(tmp_path: Path) -> None:
    url, none = "s3://ditrit?endpoint=https://s3.example", str(tmp_path / "none")
    assert found(groups(s3={}), ditrit_artifacts=url, ditrit_artifacts_ca=none) == [
        f"ditrit_artifacts_ca: found no file {none!r}, expected the authority of the store's certificate"
    ]
    (tmp_path / "none").touch()
    assert found(groups(s3={}), ditrit_artifacts=url, ditrit_artifacts_ca=none) == []


def test_a_key_of_ssh_that_is_named_is_there(tmp_path: Path) -> None:
    key = str(tmp_path / "none")
    hosts = {"worker1": {"address": f"{NETWORK}.41", "ansible_ssh_private_key_file": key}}
    others = {name: {"address": of} for group in ("consul", "s3", "manager") for name, of in ADDRESSES[group].items()}
    names = {group: list(of) for group, of in groups(worker={"worker1": ""}).items()}
    told = problems(names, hosts | others, COMMON)
    assert told == [f"host worker1: ansible_ssh_private_key_file is {key!r}, expected a private key: it is not there"]


@pytest.mark.usefixtures("as_root")
def test_the_playbook_says_so_and_changes_nothing(tmp_path: Path) -> None:
    """One of each kind at once."""
    wrong = groups(consul={"consul1": f"{NETWORK}.31", "consul2": "192.0.2.1"}, worker={"worker1": ""})
    places = {"ditrit_lxc_path": tmp_path / "lxc", "ditrit_state": tmp_path / "state"}
    elsewhere = {"consul_source": "archive", "consul_archive": "/nowhere", "ditrit_suite": "buster"}
    (tmp_path / "hosts").write_text(inventory(wrong, {**COMMON, **places, **elsewhere}))
    ended = command(
        INSTALL, "ansible-deploy.sh", "-i", str(tmp_path / "hosts"), "-e", f"ditrit_build_folder={tmp_path}/b"
    )
    assert ended.returncode != 0
    for message in found(wrong):
        assert message in ended.stdout
    assert "consul1, consul2: consul_archive: found no file '/nowhere', expected the vendor's zip" in ended.stdout
    assert "host worker1: found ditrit_suite 'buster', expected " in ended.stdout
    assert "Nothing was changed. The inventory cannot be installed:" in ended.stdout
    assert "changed=1" not in ended.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["hosts"]


@pytest.mark.usefixtures("as_root")
def test_a_machine_that_cannot_be_reached_ends_it_before_anything_is_changed(tmp_path: Path) -> None:
    if shutil.which("ssh") is None:
        pytest.fail("ssh is missing; tests/support/install-servers, run as root, installs it")
    here = {
        group: {name: f"127.177.0.{address.rpartition('.')[2]}" for name, address in of.items()}
        for group, of in ADDRESSES.items()
    }
    settings = {"ditrit_network": "127.177.0.0/24", "ditrit_address": "127.177.0.30", "ansible_port": 9}
    (tmp_path / "hosts").write_text(inventory(here, settings, lxc=False))
    ended = command(INSTALL, "ansible-deploy.sh", "-i", str(tmp_path / "hosts"))
    assert ended.returncode != 0
    assert "Nothing was changed. These machines cannot be reached:" in ended.stdout
    for host in ("consul1", "worker3"):
        assert re.search(f"host {host}: .*port 9: Connection refused", ended.stdout), ended.stdout
    assert "changed=1" not in ended.stdout
    assert ended.stdout.count("PLAY [") == 1, ended.stdout
