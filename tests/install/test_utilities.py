"""What the utilities say when something is missing; nothing is installed here."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.install.installation import ROOT, command

INSTALL = ROOT / "install"


def script(folder: Path, name: str, text: str) -> Path:
    """A program that says something else than the machine's own."""
    file = folder / name
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)
    return file


def test_they_are_for_root(tmp_path: Path) -> None:
    script(tmp_path, "id", "echo 1000")
    ended = command(INSTALL, "ansible-deploy.sh", PATH=f"{tmp_path}:{os.environ['PATH']}")
    assert ended.returncode == 1
    assert ended.stderr.startswith("ansible-deploy.sh: found another user, expected root: sudo ")


@pytest.mark.usefixtures("as_root")
def test_python_must_be_there_and_new_enough(tmp_path: Path) -> None:
    none, old = str(tmp_path / "python9"), str(script(tmp_path, "python3.9", '[ "$1" = --version ] && echo Python 3.9'))
    missing = command(INSTALL, "ansible-deploy.sh", DITRIT_VENV=str(tmp_path / "venv"), PYTHON=none)
    assert f"found no {none}, expected Python 3.11 or newer: apt-get install python3 python3-venv" in missing.stderr
    unfit = command(INSTALL, "ansible-deploy.sh", DITRIT_VENV=str(tmp_path / "venv"), PYTHON=old)
    assert "found Python 3.9, expected Python 3.11 or newer: PYTHON=python3.11 " in unfit.stderr
    bare = str(script(tmp_path, "python3", 'case "$2" in *ensurepip*) exit 1 ;; esac'))
    without = command(INSTALL, "ansible-deploy.sh", DITRIT_VENV=str(tmp_path / "venv"), PYTHON=bare)
    assert f"found {bare} without venv, expected it: apt-get install python3-venv" in without.stderr
    assert not (tmp_path / "venv").exists()


@pytest.mark.usefixtures("as_root")
@pytest.mark.parametrize(
    ("name", "told", "message"),
    [
        (
            "destroy-all.sh",
            "/nowhere/cluster.json",
            "found no /nowhere/cluster.json, expected what utils/ansible-deploy.sh",
        ),
        ("start-all.sh", "/nowhere/cluster.json", "/nowhere/cluster.json: No such file or directory; expected what"),
        ("restore.sh", "/nowhere", "found no folder /nowhere, expected one that utils/backup.sh has made"),
        ("restore.sh", "/", "found no //consul.snapshot, expected a folder that utils/backup.sh has made"),
    ],
)
def test_utilities_say_what_they_miss(name: str, told: str, message: str) -> None:
    ended = command(INSTALL, name, told)
    assert ended.returncode == 1
    assert message in ended.stdout + ended.stderr


@pytest.mark.usefixtures("as_root")
def test_nothing_is_destroyed_without_a_yes(tmp_path: Path) -> None:
    file = tmp_path / "cluster.json"
    file.touch()
    ended = command(INSTALL, "destroy-all.sh", str(file))
    assert ended.returncode == 1
    assert "will be gone. Go on? [y/N]" in ended.stdout
    assert file.exists()
