"""What does a playbook as an operation cost, against a process of ``ansible-playbook`` for it?

Runs the same playbook through the `PlaybookExecutor` and through ``ansible-playbook``, in turns, and prints the ratio
of the medians: once for a playbook whose only task is done by Ansible itself, once for one that runs a module.

    python -m benchmarks.ansible [--runs 10] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import select
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from worker.environment import passed_on
from worker.executors.base import OperationRequest
from worker.executors.playbooks.executor import PlaybookExecutor

TASKS: dict[str, dict[str, Any]] = {
    "no module": {"debug": {"msg": "done"}},
    "one module": {"command": "true", "changed_when": False},
}


def request_in(folder: Path, task: dict[str, Any]) -> OperationRequest:
    play = {"hosts": "all", "gather_facts": False, "tasks": [task]}
    (folder / "noop.yml").write_text(json.dumps([play]))
    return OperationRequest(
        "e/1", "e", "m", "i", "A", (0,), "Standard", "create", "noop.yml", (), folder, {"answer": 42}, {}, 1, "1", None
    )


def through_executor(executor: PlaybookExecutor, request: OperationRequest) -> None:
    operation = executor.start(request)
    select.select([operation.fileno()], [], [])
    result = operation.result()
    assert result is not None
    assert result.succeeded, result.error


def through_process(request: OperationRequest) -> None:
    """What somebody types; the interpreter is given, so that Ansible does not look for one."""
    program = Path(sysconfig.get_path("scripts"), "ansible-playbook")
    variables = json.dumps({"answer": 42, "ansible_python_interpreter": sys.executable})
    command = [str(program), "-i", "A,", "-c", "local", "-e", variables, request.implementation]
    subprocess.run(command, cwd=request.folder, env=passed_on(os.environ), stdout=subprocess.DEVNULL, check=True)


def timed(call: Callable[[], None]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def measure(task: dict[str, Any], runs: int) -> dict[str, float]:
    ours, theirs = [], []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        request, executor = request_in(folder, task), PlaybookExecutor(folder / "spool")
        try:
            first = timed(lambda: through_executor(executor, request))  # loads Ansible
            for _ in range(runs):
                ours.append(timed(lambda: through_executor(executor, request)))
                theirs.append(timed(lambda: through_process(request)))
            resident = Path(f"/proc/{executor.server.pid}/statm").read_text().split()[1]
        finally:
            executor.close()
    found = {"executor": statistics.median(ours), "process": statistics.median(theirs), "first": first}
    return found | {
        "ratio": found["executor"] / found["process"],
        "forkserver_mib": int(resident) * os.sysconf("SC_PAGE_SIZE") / 2**20,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    found = {name: measure(task, options.runs) for name, task in TASKS.items()}
    print(f"{'playbook':12} {'executor':>9} {'process':>9} {'ratio':>6} {'first':>9} {'forkserver':>11}")
    for name, one in found.items():
        times = (f"{one[key] * 1000:6.0f} ms" for key in ("executor", "process"))
        print(f"{name:12} {' '.join(times)} {one['ratio']:6.2f} {one['first'] * 1000:6.0f} ms ", end="")
        print(f"{one['forkserver_mib']:6.0f} MiB")
    if options.json:
        options.json.write_text(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
