"""What does running a script cost beyond starting a process and waiting for it?

Runs the same no-op ``#!/bin/sh`` script through the `ScriptExecutor` and through a plain loop of Popen and wait, with
the same number of processes at once, in alternating rounds, and prints the ratio of the medians.

    python benchmarks/scripts.py [--runs 200] [--rounds 7] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import select
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from worker.environment import passed_on
from worker.executors.base import OperationRequest, RunningOperation
from worker.executors.script import ScriptExecutor


def request_in(folder: Path) -> OperationRequest:
    (folder / "noop").write_text("#!/bin/sh\n")
    (folder / "noop").chmod(0o755)
    return OperationRequest(
        "e/1", "e", "m", "i", "A", (0,), "Standard", "create", "noop", (), folder, {"port": 80}, {}, 1, "1", None
    )


def through_executor(executor: ScriptExecutor, request: OperationRequest, runs: int, parallel: int) -> None:
    poll, running, left = select.epoll(), dict[int, RunningOperation](), runs
    while left or running:
        while left and len(running) < parallel:
            operation = executor.start(request)
            handle = operation.fileno()
            poll.register(handle, select.EPOLLIN)
            running[handle] = operation
            left -= 1
        for handle, _ in poll.poll():
            result = running.pop(handle).result()
            assert result is not None
            assert result.succeeded, result.error
    poll.close()


def through_popen(script: Path, runs: int, parallel: int) -> None:
    variables, running, left = passed_on(os.environ), set[int](), runs
    while left or running:
        while left and len(running) < parallel:
            process = subprocess.Popen(
                [str(script)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=script.parent,
                env=variables,
                start_new_session=True,
            )
            process.returncode = 0  # we wait for any child ourselves: the object is not to look for it again
            running.add(process.pid)
            left -= 1
        running.discard(os.wait()[0])


def timed(call: Callable[[], None]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def compare(folder: Path, runs: int, rounds: int, parallel: int) -> dict[str, float]:
    executor, request = ScriptExecutor(folder / "spool"), request_in(folder)
    ours, plain = [], []
    for _ in range(rounds):
        plain.append(timed(lambda: through_popen(folder / "noop", runs, parallel)))
        ours.append(timed(lambda: through_executor(executor, request, runs, parallel)))
    per_run = [statistics.median(times) / runs * 1000 for times in (plain, ours)]
    return {"parallel": parallel, "popen_ms": per_run[0], "executor_ms": per_run[1], "ratio": per_run[1] / per_run[0]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    print(f"{'at once':>8} {'Popen ms':>9} {'executor ms':>12} {'ratio':>6}")
    rows = []
    for parallel in (1, 2, 8):
        with tempfile.TemporaryDirectory() as folder:
            rows.append(compare(Path(folder), options.runs, options.rounds, parallel))
        row = rows[-1]
        print(f"{parallel:>8} {row['popen_ms']:>9.3f} {row['executor_ms']:>12.3f} {row['ratio']:>6.2f}")
    if options.json:
        options.json.write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    main()
