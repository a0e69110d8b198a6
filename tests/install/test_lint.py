"""The playbooks and roles are what ansible-lint wants of those that run in production; no container is needed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

INSTALL = Path(__file__).parents[2] / "install"
ROLES = ("lxc_host", "containers", "consul", "s3", "ditrit", "manager", "worker")


def test_ansible_lint_finds_nothing() -> None:
    program = Path(sys.executable).with_name("ansible-lint")
    variables = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    ended = subprocess.run(
        [str(program), "--offline", "--profile", "production", "--strict", "--nocolor", "-q"],
        cwd=INSTALL,
        env={**variables, "PATH": f"{program.parent}:{variables['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_every_variable_that_is_there_to_be_set_stands_in_the_docs() -> None:
    told, _, _ = (INSTALL / "group_vars/all.yaml").read_text().partition("# How hosts are reached")
    docs = (INSTALL.parent / "docs/install.md").read_text()
    variables = re.findall(r"^(\w+):", told, re.MULTILINE)
    assert len(variables) > 20
    assert [name for name in variables if f"`{name}`" not in docs] == []


def test_systemd_understands_the_service_of_the_machine_that_has_the_containers(tmp_path: Path) -> None:
    """As the role writes it; the machine that tests run on is seldom one that systemd runs."""
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        said = "systemd-analyze is missing; tests/support/install-servers, run as root, installs it"
        if os.environ.get("CI"):
            pytest.fail(said)
        pytest.skip(said)
    place, unit = tmp_path / "a place" / "install", tmp_path / "ditrit-cluster.service"
    shutil.copytree(INSTALL / "utils", place / "utils")
    template = INSTALL / "roles/lxc_host/templates" / unit.name
    told = ["-e", "ditrit_state=/var/lib/ditrit", "-e", "ansible_python_interpreter={{ ansible_playbook_python }}"]
    ansible = [str(Path(sys.executable).with_name("ansible")), "localhost", "--connection=local", "--playbook-dir"]
    module = ["--module-name=ansible.builtin.template", "--args", f"src={template} dest={unit}"]
    subprocess.run([*ansible, str(place), *told, *module], check=True, capture_output=True)
    ended = subprocess.run([analyze, "verify", "--man=no", str(unit)], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout + ended.stderr) == (0, "")


@pytest.mark.parametrize("name", ROLES)
def test_there_is_a_role_for_each_concern(name: str) -> None:
    assert (INSTALL / "roles" / name / "tasks" / "main.yaml").exists()


@pytest.mark.parametrize("script", sorted(path.name for path in (INSTALL / "utils").iterdir()))
def test_the_shell_understands_each_utility(script: str) -> None:
    ended = subprocess.run(["sh", "-n", str(INSTALL / "utils" / script)], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
