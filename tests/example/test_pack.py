"""The committed archives are what `example/pack.py` makes of the folders."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from example.pack import pack

EXAMPLES = Path(__file__).parents[2] / "example"
NAMES = sorted(path.name for path in EXAMPLES.iterdir() if path.is_dir() and not path.name.startswith(("_", ".")))


@pytest.mark.parametrize("name", NAMES)
def test_the_archive_equals_the_folder(name: str) -> None:
    assert (EXAMPLES / f"{name}.zip").read_bytes() == pack(EXAMPLES / name), f"run python example/pack.py {name}"


def test_scripts_are_executable_in_the_archive() -> None:
    with zipfile.ZipFile(EXAMPLES / "appli.zip") as archive:
        modes = {member.filename: member.external_attr >> 16 for member in archive.infolist()}
    assert modes["scripts/server/create.sh"] == 0o100755
    assert modes["Definitions/appli.yaml"] == 0o100644


def test_neither_time_nor_order_of_creation_shows(tmp_path: Path) -> None:
    first, second = tmp_path / "1", tmp_path / "2"
    for folder, names in ((first, "ab"), (second, "ba")):
        for name in names:
            (folder / name).mkdir(parents=True)
            (folder / name / "file").write_text(name)
    os.utime(second / "a/file", (time.time() - 1e6,) * 2)
    (second / ".hidden").touch()
    assert pack(first) == pack(second)


def test_an_unknown_example_is_named() -> None:
    ended = subprocess.run(
        [sys.executable, EXAMPLES / "pack.py", "nothing"], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    assert "there is no example 'nothing'" in ended.stderr
