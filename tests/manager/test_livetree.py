"""The picture of an execution while it runs."""

from typing import Any

import pytest
from rich.console import Console

from manager.display import Progress, picture

NODES = [("srv", [0], None), ("srv", [1], None), ("app", [0, 0], ("srv", [0])), ("app", [1, 0], ("srv", [1]))]


def nodes(copies: int = 1) -> list[dict[str, Any]]:
    found = []
    for node, index, host in NODES:
        for copy in range(copies):
            above = None if host is None else {"node": host[0], "index": [copy * 2 + host[1][0]]}
            where = [copy * 2 + index[0], *index[1:]]
            found.append({"node": node, "index": where, "host": above, "state": "initial"})
    return found


def record(workflow: str = "install") -> dict[str, Any]:
    counts = {"total": 4, "done": 1, "running": 1, "failed": 1}
    return {"workflow": workflow, "model": "m", "instance": "i", "status": "running", "operations": counts}


def drawn(progress: Progress, height: int = 24) -> str:
    console = Console(width=100, record=True, force_terminal=False)
    console.print(picture(progress, height))
    return console.export_text()


@pytest.fixture
def progress() -> Progress:
    made = Progress(record(), nodes())
    news: list[dict[str, Any]] = [
        {"node": "srv", "index": [0], "state": "started"},
        {"node": "app", "index": [0, 0], "state": "configuring"},
        {"node": "srv", "index": [1], "state": "creating"},
        {"node": "srv", "index": [1], "interface": "Standard", "operation": "create", "exit_code": 1},
    ]
    made.add(record(), news)
    return made


def test_node_instances_stand_below_their_hosts(progress: Progress) -> None:
    lines = drawn(progress).splitlines()
    assert "install of m/i: running" in lines[0]
    assert "1/4 operations, 1 running, 1 failed" in lines[1]
    assert lines[2].startswith("✔ srv[0] started")
    assert "app[0,0] configuring" in lines[3]
    assert lines[4].startswith("✘ srv[1] failed")
    assert "· app[1,0] initial" in lines[5]
    assert lines[6] == "failed: srv[1] Standard.create"


def test_what_does_not_fit_is_drawn_with_less_detail() -> None:
    progress = Progress(record(), nodes(copies=6))
    whole = drawn(progress, 40)
    assert whole.count("app[") == 12
    hosts = drawn(progress, 20)
    assert (hosts.count("srv["), hosts.count("app[")) == (12, 0)
    assert "2 initial" in hosts
    templates = drawn(progress, 8)
    assert "12 initial" in templates
    assert len(templates.splitlines()) <= 8
    many = Progress(record(), [{**nodes()[0], "node": f"n{number}"} for number in range(30)])
    assert "more" in drawn(many, 10)


def test_a_workflow_whose_aim_nobody_knows_has_no_bars_on_hosts() -> None:
    for workflow, bars in (("install", 1), ("backup", 0)):
        progress = Progress(record(workflow), nodes())
        progress.add(record(workflow), [{"node": "srv", "index": [0], "state": "started"}])
        assert sum("━" in line for line in drawn(progress, 40).splitlines()[2:]) == bars
