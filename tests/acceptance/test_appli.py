"""The reference example, deployed by the very lines of the README."""

import json
import re
import shlex
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.checker import appli, check
from tests.acceptance.running import Up

ROOT = Path(__file__).parents[2]
LINES = [line for line in (ROOT / "README.md").read_text().splitlines() if line.startswith("curl -X PUT")]


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory, space_flags: Sequence[str]) -> Iterator[Up]:
    made = Up(tmp_path_factory.mktemp("state"), *space_flags)
    made.until("Ctrl-C")
    yield made
    assert made.end() == 0


def curl(up: Up, line: str) -> Any:
    """Run a line of the README as it stands, but for the port."""
    command = shlex.split(line.replace("http://localhost:5000", up.url))
    ended = subprocess.run([*command, "-sS"], cwd=ROOT, capture_output=True, text=True, timeout=30, check=True)
    return json.loads(ended.stdout)


def ended(up: Up, execution: str, patience: float = 60) -> Any:
    deadline = time.monotonic() + patience
    while True:
        record = curl(up, f"curl http://localhost:5000/exec/{execution}")
        if record["status"] != "running":
            return record
        assert time.monotonic() < deadline, record
        time.sleep(0.1)


def states(up: Up, path: str) -> list[str]:
    return [node["state"] for node in curl(up, f"curl http://localhost:5000/instance/{path}")["nodes"]]


def history(up: Up, execution: str) -> list[dict[str, Any]]:
    return list(curl(up, f'curl "http://localhost:5000/exec/{execution}/history?limit=1000"')["items"])


def journal_lines(up: Up, record: Any) -> int:
    """How many lines an execution has in the journal; the workers write them after the commit."""
    deadline = time.monotonic() + 30
    while True:
        found: int = sum(line.split()[2] == record["id"] for line in up.journal.read_text().splitlines())
        if found >= record["operations"]["total"] or time.monotonic() > deadline:
            return found
        time.sleep(0.05)


def test_the_lines_of_the_readme_deploy_the_example_and_take_it_down_and_deploy_it_again(up: Up) -> None:
    upload, create, execute = LINES
    assert curl(up, upload)["model"] == "un_model"
    assert curl(up, create) == {"model": "un_model", "instance": "une_instance", "node_instances": 19}
    for workflow, state in (("install", "started"), ("uninstall", "deleted"), ("install", "started")):
        started = curl(up, execute.replace("workflow=install", f"workflow={workflow}"))
        record = ended(up, started["id"])
        assert record["status"] == "succeeded", record["error"]
        assert states(up, "un_model/une_instance") == [state] * 19
        assert check(history(up, record["id"]), appli(), workflow) == []
        assert journal_lines(up, record) == record["operations"]["total"]


def test_both_workers_take_part(up: Up) -> None:
    workers = {line.split()[1] for line in up.journal.read_text().splitlines()}
    assert workers == {"worker-1", "worker-2"}


def test_the_journal_names_moment_worker_node_operation_and_result(up: Up) -> None:
    line = up.journal.read_text().splitlines()[0]
    assert re.fullmatch(r"\S+Z worker-\d \S+ \w+\[[\d,]+\] \w+\.\w+( \S+->\S+)? exit=0 [\d.]+s", line), line
