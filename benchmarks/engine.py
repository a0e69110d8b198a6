"""How fast is the engine, what does it cost, and does it stay so when topologies grow?

Four measurements, each a table with a ratio that was taken within the one run:

* space: operations that do nothing, through worker processes and the embedded space (`benchmarks.speed`);
* overhead: no-op scripts against a plain loop that starts the same processes (`benchmarks.overhead`);
* makespan: sleeping operations against the critical path (`benchmarks.makespan`);
* scale: the cost of an operation among 20,000 node instances against 200 (`benchmarks.scale`).

    python -m benchmarks.engine [--quick] [--only space,overhead,makespan,scale] [--json FILE]
"""

from __future__ import annotations

from benchmarks import makespan, overhead, scale, speed
from benchmarks.report import Measurement, options, report

MEASUREMENTS = {
    "space": Measurement(
        "3000 operations per second or more, wide, with 1, 2 and 4 workers", lambda quick: speed.measure(quick=quick)
    ),
    "overhead": Measurement(
        "ratio 1.5 or less; engine_cpu_ms 0.5 or less", lambda quick: overhead.measure(quick=quick)
    ),
    "makespan": Measurement("ratio 1.05 or less", lambda quick: makespan.measure(quick=quick)),
    "scale": Measurement("ratio 1.2 or less; worker_mib the same", lambda quick: scale.measure(quick=quick)),
}


def main(arguments: list[str] | None = None) -> None:
    report("benchmarks.engine", MEASUREMENTS, options(__doc__, MEASUREMENTS, arguments))


if __name__ == "__main__":
    main()
