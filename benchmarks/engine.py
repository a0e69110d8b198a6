"""How fast is the engine, what does it cost, and does it stay so when topologies grow?

Four measurements, each a table with a ratio that was taken within the one run:

* space: operations that do nothing, through worker processes and the embedded space (`benchmarks.speed`);
* overhead: no-op scripts against a plain loop that starts the same processes (`benchmarks.overhead`);
* makespan: sleeping operations against the critical path (`benchmarks.makespan`);
* scale: the cost of an operation among 20,000 node instances against 200 (`benchmarks.scale`).

    python -m benchmarks.engine [--quick] [--only space,overhead,makespan,scale] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import makespan, overhead, scale, speed

Rows = list[dict[str, Any]]
MEASUREMENTS: dict[str, Callable[..., Rows]] = {
    "space": speed.measure,
    "overhead": overhead.measure,
    "makespan": makespan.measure,
    "scale": scale.measure,
}
GOALS = {
    "space": "3000 operations per second or more, wide, with 1, 2 and 4 workers",
    "overhead": "ratio 1.5 or less; engine_cpu_ms 0.5 or less",
    "makespan": "ratio 1.05 or less",
    "scale": "ratio 1.2 or less; worker_mib the same",
}


def measure(names: list[str], *, quick: bool) -> dict[str, Rows]:
    """Run the measurements of these names, printing each as soon as it is there."""
    found = {}
    for name in names:
        flags = " --quick" if quick else ""
        print(f"\n{name}: goal {GOALS[name]}; python -m benchmarks.engine --only {name}{flags}", flush=True)
        found[name] = MEASUREMENTS[name](quick=quick)
        print(table(found[name]), flush=True)
    return found


def table(rows: Rows) -> str:
    """The rows under their names, as Markdown."""
    lines = [list(rows[0]), ["---"] * len(rows[0]), *(list(map(str, row.values())) for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="the smallest sizes: whether it works, not how fast")
    parser.add_argument("--only", default=",".join(MEASUREMENTS), help="measurements, separated by commas")
    parser.add_argument("--json", type=Path, help="file for the figures")
    options = parser.parse_args(arguments)
    names = options.only.split(",")
    if unknown := [name for name in names if name not in MEASUREMENTS]:
        parser.error(f"unknown measurement {unknown[0]!r}; known are {', '.join(MEASUREMENTS)}")
    found = measure(names, quick=options.quick)
    if options.json:
        options.json.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
