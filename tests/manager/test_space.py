"""``ditrit space`` as a program, over spaces of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.executions.start import start_execution
from engine.space import open_space
from engine.space.verbs import Set
from manager.transfer.exporting import export
from tests.manager.installation import Installation
from tests.support.s3 import S3Server

Csar = Callable[..., bytes]
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(variables: dict[str, str], tmp_path: Path) -> Run:
    def space(*arguments: str, state: str = "new", **more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "manager.cli", "space", *arguments, "--state", str(tmp_path / state)]
        environment = {**variables, **more}
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)

    return space


@pytest.fixture
def parcel(tmp_path: Path, csar: Csar) -> Path:
    there = Installation(tmp_path / "old")
    there.upload("m", csar())
    there.deployments.create("m", "i", {})
    there.run("install")
    export(there.space, there.artifacts, tmp_path / "parcel.zip", with_artifacts=True)
    return tmp_path / "parcel.zip"


def test_a_space_is_imported_checked_and_exported(run: Run, parcel: Path, tmp_path: Path) -> None:
    imported = run("import", str(parcel))
    assert imported.returncode == 0, imported.stderr
    assert imported.stdout.endswith(" keys, 5 artifacts imported\n")
    checked = run("check", "--deep")
    assert (checked.returncode, checked.stdout) == (0, "0 finding(s)\n")
    again = run("export", str(tmp_path / "again.zip"), "--artifacts", "--json")
    answer = json.loads(again.stdout)
    assert (answer["file"], answer["artifacts"]) == (str(tmp_path / "again.zip"), 5)
    elsewhere = run("export", str(tmp_path / "x.zip"), "--artifacts", "--artifact-store", f"file://{tmp_path}/empty")
    assert elsewhere.stdout.endswith(" keys, 0 artifacts\n")
    refused = run("import", str(parcel))
    assert (refused.returncode, refused.stderr) == (1, "error: the space is not empty: import into a new one\n")


def test_what_real_daemons_have_stored_is_sound(
    run: Run, api: Any, worker: str, csar: Csar, name: str, state: Path
) -> None:
    api.upload(name, csar())
    api.create(name)
    execution = api.run(name, "install")
    assert execution["status"] == "succeeded"
    checked = run("check", "--deep", "--json", state=str(state))
    assert json.loads(checked.stdout)["findings"] == []


def test_what_is_wrong_is_printed_and_the_exit_code_is_one(run: Run, parcel: Path, tmp_path: Path) -> None:
    run("import", str(parcel))
    space = open_space(f"sqlite://{tmp_path}/new/space.db")
    space.transact([Set("strange", b"")])
    checked = run("check")
    assert checked.returncode == 1
    expected = "layout: strange: stands outside the layout of keys; expected one of the keys of the layout"
    assert checked.stdout == f"{expected}\n1 finding(s)\n"
    found = json.loads(run("check", "--json").stdout)
    assert found["running"] is False
    assert [(item["kind"], item["key"]) for item in found["findings"]] == [("layout", "strange")]
    space.close()


def test_while_an_execution_runs_that_is_said(run: Run, parcel: Path, tmp_path: Path) -> None:
    run("import", str(parcel))
    space = open_space(f"sqlite://{tmp_path}/new/space.db")
    start_execution(space, "m", "i", "uninstall")
    space.close()
    checked = run("check")
    assert checked.returncode == 0
    assert checked.stdout == "0 finding(s); an execution is running: findings may be passing\n"
    refused = run("export", str(tmp_path / "x.zip"))
    assert refused.returncode == 1
    assert "1 execution(s) run" in refused.stderr


def test_a_space_moves_from_a_folder_to_a_bucket(run: Run, parcel: Path, s3_server: S3Server, bucket: str) -> None:
    settings = {**s3_server.credentials, "DITRIT_ARTIFACTS": s3_server.url(bucket)}
    assert run("import", str(parcel), **settings).returncode == 0
    assert run("check", "--deep", **settings).stdout == "0 finding(s)\n"
    assert len(list((s3_server.objects / bucket / "log").rglob("*"))) > 4


def test_archives_that_are_missing_after_an_import_are_named(run: Run, tmp_path: Path, csar: Csar) -> None:
    there = Installation(tmp_path / "old")
    there.upload("m", csar())
    export(there.space, there.artifacts, tmp_path / "keys.zip", with_artifacts=False)
    imported = run("import", str(tmp_path / "keys.zip"))
    assert imported.returncode == 0
    digest = there.catalog.get("m").digest
    assert f"warning: the artifact store has no csar/{digest}: copy it there" in imported.stderr
    assert run("check").returncode == 1


def test_a_file_that_is_no_export_is_named(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"x")
    refused = run("import", str(tmp_path / "x.zip"))
    assert refused.returncode == 1
    assert refused.stderr == f"error: '{tmp_path}/x.zip' is no export of a space: File is not a zip file\n"


def test_a_space_that_is_not_there_is_named(run: Run, tmp_path: Path) -> None:
    for command in (["check"], ["export", str(tmp_path / "x.zip")]):
        refused = run(*command)
        assert refused.returncode == 1
        assert f"there is no space 'sqlite://{tmp_path}/new/space.db'" in refused.stderr
