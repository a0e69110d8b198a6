"""How does it compare with other TOSCA orchestrators on the same machine?

Deploys the same workloads with unfurl 1.2.0, opera 0.7.0 and this product, and prints a table:

* span: seconds from the start of the first operation to the end of the last;
* x ideal: span divided by the least that any orchestrator needs: the operations on the longest way through the graph
  one after the other, or all of them on 16 slots (no-op: on the processors) without a gap, whichever is longer;
* CPU/op: milliseconds of CPU for each operation, beyond what the script itself takes;
* wall: seconds that the whole command took, its own start included.

The others are installed from the package index, each in a virtual environment of its own.

    python -m benchmarks.peers [--quick] [--only ditrit,unfurl] [--folder DIR] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from benchmarks.orchestrators import PARALLEL, Ditrit, Opera, Orchestrator, Run, Unfurl, cpu_of_children
from benchmarks.workloads import Workload, appli, chain, wide, write_script

ORCHESTRATORS: dict[str, type[Orchestrator]] = {"ditrit": Ditrit, "unfurl": Unfurl, "opera": Opera}
QUICK = (appli(0), wide(10, 0), chain(10, 0), appli(1))
FULL = (
    *(appli(0), wide(10, 0), wide(50, 0), wide(200, 0), chain(10, 0), chain(50, 0), chain(200, 0)),
    *(appli(1), wide(10, 1), wide(50, 1), wide(200, 1), chain(10, 1), chain(50, 1), chain(200, 1)),
)
HEADER = ("workload", "operation", "orchestrator", "ran", "span s", "x ideal", "CPU/op ms", "wall s")


def script_cost(folder: Path, seconds: float) -> tuple[float, float]:
    """What one bare run of the script takes: seconds, and CPU seconds."""
    script = write_script(folder, Workload("bare", {}, seconds))
    costs = []
    for _ in range(3 if seconds else 200):
        cpu, started = cpu_of_children(), time.monotonic()
        subprocess.run([script], check=True)
        costs.append((time.monotonic() - started, cpu_of_children() - cpu))
    return statistics.median(cost[0] for cost in costs), statistics.median(cost[1] for cost in costs)


def ideal(run: Run, seconds: float) -> float:
    """The least time in which the workload can be done, when an operation takes so many seconds."""
    at_once = PARALLEL if run.seconds_per_operation else min(PARALLEL, os.cpu_count() or 1)
    return seconds * max(run.critical, run.operations / at_once)


def row_of(run: Run, cost: tuple[float, float]) -> str:
    """One line of the table."""
    complete = run.ran == run.operations
    ran = str(run.ran) if complete else f"**{run.ran} of {run.operations}**"
    ratio = f"{run.span / ideal(run, cost[0]):.2f}" if complete else "-"
    cpu = f"{max(0.0, run.cpu / run.ran - cost[1]) * 1000:.1f}" if run.ran else "-"
    operation = f"sleep {run.seconds_per_operation:g}" if run.seconds_per_operation else "no-op"
    cells = (run.workload, operation, run.orchestrator, ran, f"{run.span:.2f}", ratio, cpu, f"{run.wall:.2f}")
    return f"| {' | '.join(cells)} |"


def compare(options: argparse.Namespace, folder: Path) -> list[dict[str, object]]:
    """Run every workload with every orchestrator."""
    orchestrators = [ORCHESTRATORS[name](folder, options.limit) for name in options.only.split(",")]
    for orchestrator in orchestrators:
        orchestrator.install()
    costs = {seconds: script_cost(folder / "bare", seconds) for seconds in (0.0, 1.0)}
    rows = []
    print(f"| {' | '.join(HEADER)} |\n{'|---' * len(HEADER)}|")
    for workload in QUICK if options.quick else FULL:
        for orchestrator in orchestrators:
            run = orchestrator.deploy(workload)
            print(row_of(run, costs[workload.seconds]), flush=True)
            rows.append(
                run.row() | {"script_seconds": costs[workload.seconds][0], "script_cpu": costs[workload.seconds][1]}
            )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small workloads only")
    parser.add_argument("--only", default=",".join(ORCHESTRATORS), help="orchestrators, separated by commas")
    parser.add_argument("--limit", type=float, default=700.0, help="seconds for one deployment")
    parser.add_argument("--folder", type=Path, help="where all is installed and written; a temporary one is removed")
    parser.add_argument("--json", type=Path, help="file for the figures")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = (options.folder or Path(temporary)).absolute()
        folder.mkdir(parents=True, exist_ok=True)
        rows = compare(options, folder)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    main()
