"""``ditrit top`` and the workers as the API tells them."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from rich.console import Console

from manager.commands.top import picture

Csar = Callable[..., bytes]


def operation(number: int, **more: Any) -> dict[str, Any]:
    started = (datetime.now(UTC) - timedelta(seconds=3700)).isoformat()
    about = {"execution": "e", "model": "m", "instance": "i", "started": started, "node": "A", "index": [number]}
    return {
        "id": f"e/A/{number}/1",
        **about,
        "relationship": None,
        "interface": "Standard",
        "operation": "create",
        **more,
    }


def test_all_that_runs_is_drawn_as_far_as_there_is_room() -> None:
    running = [operation(number) for number in range(5)] + [operation(9, interface=None, started=None)]
    workers = [
        {"id": "w1", "host": "h", "slots": 8, "running": [item["id"] for item in running], "operations": running},
        {"id": "w2", "host": "h", "slots": 4, "running": [], "operations": []},
    ]
    console = Console(width=100, record=True, force_terminal=False)
    console.print(picture("http://x", workers, 40))
    text = console.export_text()
    assert "2 workers, 6 of 12 slots busy" in text
    assert "A[4] Standard.create" in text
    assert "1:01:4" in text
    assert "e/A/9/1" in text
    console.print(picture("http://x", workers, 9))
    assert "… and 2 more" in console.export_text()


def test_it_is_one_table_where_nobody_watches(
    api: Any, csar: Csar, name: str, server: str, worker: str, variables: dict[str, str]
) -> None:
    slow = {f"scripts/{step}.sh": "#!/bin/sh\nexec sleep 300\n" for step in ("create", "start")}
    api.upload(name, csar(scripts={**slow, "scripts/delete.sh": "#!/bin/sh\n"}))
    api.create(name, servers=1)

    def ditrit(*arguments: str) -> str:
        command = [sys.executable, "-m", "manager.cli", "top", *arguments, "--server", server]
        return subprocess.run(command, env=variables, capture_output=True, text=True, timeout=60, check=True).stdout

    execution = api.execute(name, "install").json()["id"]
    deadline = time.monotonic() + 30
    while not (mine := [item for item in json.loads(ditrit("--json")) if item["running"]]):
        assert time.monotonic() < deadline, "nothing runs"
    try:
        found = mine[0]["operations"][0]
        assert (mine[0]["id"], found["execution"], found["node"]) == (worker, execution, "app")
        assert (found["index"], found["operation"], found["model"]) == ([0, 0], "create", name)
        table = ditrit()
        assert "app[0,0] Standard.create" in table
        assert f"{name}/i" in table
    finally:
        api("POST", f"/exec/{execution}/cancel")
        api("DELETE", f"/instance/{name}/i", params={"force": "true"})
