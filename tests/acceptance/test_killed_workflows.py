"""Workflows of a topology while their workers die by ``kill -9``: every step runs once, and what was decided stays."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.acceptance.servers import running
from tests.acceptance.test_killed_workers import dying_workers
from tests.acceptance.test_workflows import SCRIPTS, done, ended, history, site


def test_workers_that_are_killed_in_the_middle_change_nothing(tmp_path: Path, space_flags: Sequence[str]) -> None:
    slow = {name: f"{text}sleep 0.2\n" for name, text in SCRIPTS.items() if name != "bad.sh"}
    with running(tmp_path, 0, *space_flags) as server, dying_workers(server) as dead:
        server.deploy(site(**slow), "killed")
        server.execute("killed", "install")
        for _ in range(2):
            record = ended(server, "killed", "rolling")
            assert record["status"] == "succeeded", record
            steps = [step for step, _, _ in done(history(server, record))]
            assert steps[:3] == ["stop"] * 3
            assert sorted(steps[3:7]) == ["db", "link", "link", "link"]
            assert steps[7:] == ["start"] * 6
            record = ended(server, "killed", "only")
            assert [step for step, _, _ in done(history(server, record))] == ["one"]
            assert ended(server, "killed", "rescued")["status"] == "succeeded"
        assert len(dead) >= 2
