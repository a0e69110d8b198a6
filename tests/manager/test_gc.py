"""``ditrit gc`` as a program, over a space and an artifact store of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.artifacts.folder import FolderStore
from engine.executions.records import ExecutionRecord
from engine.space import open_space
from engine.space.verbs import Cas, Set
from manager.housekeeping.turn import turn

Run = Callable[..., subprocess.CompletedProcess[str]]
STAMP = "2020-01-0{}T00:00:00.000000Z"


@pytest.fixture
def run(variables: dict[str, str], tmp_path: Path) -> Run:
    def gc(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "manager.cli", "gc", "--state", str(tmp_path), *arguments]
        return subprocess.run(command, env=variables, capture_output=True, text=True, timeout=60, check=False)

    return gc


@pytest.fixture
def space(tmp_path: Path) -> Any:
    """Three executions of long ago of one instance, a log of each, and an archive of nobody."""
    space = open_space(f"sqlite://{tmp_path}/space.db")
    artifacts = FolderStore(tmp_path / "artifacts")
    for number in (1, 2, 3):
        about = {"model": "m", "instance": "i", "digest": "d", "workflow": "install", "network": "n", "run": number}
        stamps = {"created": STAMP.format(number), "ended": STAMP.format(number)}
        record = ExecutionRecord(id=f"e{number}", operations=1, status="succeeded", **about, **stamps)  # type: ignore[arg-type]  # a test's brevity
        space.transact([Cas(record.key, record.encoded(), 0), Set(f"done/e{number}/x", b"{}")])
        artifacts.put(f"log/e{number}/x", b"")
    artifacts.put("csar/" + "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", b"")
    yield space
    space.close()


def test_it_says_what_it_would_remove_then_removes_it(run: Run, space: Any, tmp_path: Path) -> None:
    rehearsed = run("--dry-run", "--keep-days", "0", "--keep-executions", "1")
    assert rehearsed.returncode == 0, rehearsed.stderr
    assert rehearsed.stdout.splitlines() == [
        "would remove execution e1",
        "would remove execution e2",
        "would remove archive csar/e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "would remove 2 record(s) and 2 log(s) of executions",
    ]
    assert len(space.keys("exec/")) == 3
    removed = run("--json", "--keep-days", "0", "--keep-executions", "1")
    answer = json.loads(removed.stdout)
    assert (answer["removed"], answer["executions"], answer["records"], answer["logs"]) == (True, ["e1", "e2"], 2, 2)
    assert space.keys("exec/") + space.keys("done/") == ["exec/e3", "done/e3/x"]
    assert run("--keep-days", "0").stdout == "nothing to remove\n"


def test_the_defaults_remove_what_is_older_than_a_month(run: Run, space: Any) -> None:
    assert "removed execution e3" in run().stdout
    assert space.keys("exec/") == []


def test_while_another_does_it_that_is_said(run: Run, space: Any) -> None:
    with turn(space, "manager one"):
        refused = run()
    assert (refused.returncode, refused.stderr) == (1, "error: housekeeping is being done by manager one\n")


def test_a_space_that_is_not_there_is_named_and_not_created(run: Run, tmp_path: Path) -> None:
    refused = run()
    assert refused.returncode == 1
    assert f"there is no space 'sqlite://{tmp_path}/space.db'; say which with --state or --space" in refused.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_setting_that_cannot_be_is_misuse(run: Run, space: Any) -> None:
    refused = run("--keep-days", "-1")
    assert (refused.returncode, refused.stderr) == (2, "error: keep_days: found -1, expected at least 0\n")
