"""What the machine is told of its containers, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from install.cluster.containers import COMMANDS, apply
from install.cluster.specification import MARK, SpecificationError, read
from tests.install.installation import BRIDGE, NETWORK
from tests.support.lxc import SHELL


def told(folder: Path, **changed: object) -> Path:
    containers = [{"name": "consul1", "address": f"{NETWORK}.11"}, {"name": "worker1", "address": f"{NETWORK}.41"}]
    common = {"folder": str(folder / "lxc"), "bridge": BRIDGE, "network": f"{NETWORK}.0/24", "consul_suite": ""}
    file = folder / "cluster.json"
    file.write_text(json.dumps({**common, "packages": ["python3"], "containers": containers, **changed}))
    return file


def test_it_is_read_in_the_order_in_which_containers_start(tmp_path: Path) -> None:
    found = read(told(tmp_path))
    assert list(found.addresses) == ["consul1", "worker1"]
    assert found.state == tmp_path
    assert str(found.network) == f"{NETWORK}.0/24"
    assert found.suites == {}


def test_a_container_may_be_of_another_suite(tmp_path: Path) -> None:
    one = {"name": "consul1", "address": f"{NETWORK}.11", "suite": ""}
    other = {"name": "worker1", "address": f"{NETWORK}.41", "suite": "trixie"}
    assert read(told(tmp_path, containers=[one, other])).suites == {"worker1": "trixie"}


@pytest.mark.parametrize("changed", [{"network": "here"}, {"containers": [{"name": "one"}]}, {"packages": None}])
def test_what_the_playbook_does_not_write_is_refused(tmp_path: Path, changed: dict[str, object]) -> None:
    with pytest.raises(SpecificationError, match=r"is not what utils/ansible-deploy.sh writes"):
        read(told(tmp_path, **changed))


def test_where_nothing_is_installed_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(
        SpecificationError, match=r"No such file or directory; expected what utils/ansible-deploy.sh writes"
    ):
        read(tmp_path / "cluster.json")


def test_only_containers_of_the_same_installation_are_its_own(tmp_path: Path) -> None:
    for name, bridge in (("mine", BRIDGE), ("yours", "another0")):
        (tmp_path / "lxc" / name).mkdir(parents=True)
        (tmp_path / "lxc" / name / MARK).write_text(bridge + "\n")
    (tmp_path / "lxc" / "somebodys").mkdir()
    assert read(told(tmp_path)).present() == ["mine"]


def test_a_container_that_somebody_else_has_made_is_not_touched(tmp_path: Path) -> None:
    config = tmp_path / "lxc/worker1/config"
    config.parent.mkdir(parents=True)
    config.write_text("# somebody's\n")
    with pytest.raises(
        SpecificationError, match=r"there is a container 'worker1' in .* has not made; expected another name"
    ):
        apply(SHELL, read(told(tmp_path)))
    assert config.read_text() == "# somebody's\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cluster.json", "lxc"]


def test_there_is_a_command_for_all_that_the_utilities_do() -> None:
    assert sorted(COMMANDS) == ["apply", "destroy", "start", "stop"]
