"""The playbooks and roles are what ansible-lint wants of those that run in production; no container is needed."""

from __future__ import annotations

import os
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


@pytest.mark.parametrize("name", ROLES)
def test_there_is_a_role_for_each_concern(name: str) -> None:
    assert (INSTALL / "roles" / name / "tasks" / "main.yaml").exists()


@pytest.mark.parametrize("script", sorted(path.name for path in (INSTALL / "utils").iterdir()))
def test_the_shell_understands_each_utility(script: str) -> None:
    ended = subprocess.run(["sh", "-n", str(INSTALL / "utils" / script)], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
