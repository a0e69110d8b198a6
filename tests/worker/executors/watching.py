"""Watches operations and the processes that they start, for tests."""

from __future__ import annotations

import select
import time
from collections.abc import Callable
from pathlib import Path

from worker.executors.base import Result, RunningOperation


def wait(operation: RunningOperation, seconds: float = 20.0) -> Result:
    """The result, tending meanwhile as the daemon does, only more often."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        select.select([operation.fileno()], [], [], 0.05)
        result = operation.result()
        if result is not None:
            return result
        operation.tend(time.monotonic())
    raise AssertionError("the operation did not end")


def printed(result: Result) -> str:
    return "" if result.output is None else result.output.read_text()


def eventually(condition: Callable[[], bool], seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return condition()


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def pid_in(path: Path) -> int:
    assert eventually(lambda: path.exists() and path.read_text().endswith("\n"))
    return int(path.read_text())
