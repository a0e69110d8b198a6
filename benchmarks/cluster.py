"""How fast is the engine on three Consul servers, compared with what they can do themselves?

Starts three servers on this machine, each with its own folder, and workers whose operations do nothing:

* wide: independent nodes; the ratio compares operations per second with single puts per second, one after another;
* chain: nodes of which each waits for the one before: Consul's transactions for each operation;
* wakeup: from the commit that makes an operation possible to its start on another worker, against one put;
* idle: what a worker costs that has nothing to do;
* scale: CPU and time of an operation among many node instances against few.

    python -m benchmarks.cluster [--quick] [--only wide,chain,wakeup,idle,scale] [--json FILE]

Needs ``consul`` on the PATH (``tests/support/install-servers`` installs it).
"""

from __future__ import annotations

import itertools
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.deployments import Archive, Ran, Site, scaled_archive, workload_archive
from benchmarks.fleet import Fleet, noop_commands, running
from benchmarks.report import Measurement, Rows, options, report
from benchmarks.workloads import Workload, chain, wide
from engine.executions.progress import history
from engine.executions.records import ExecutionRecord
from engine.space.base import Space
from engine.space.verbs import Set
from tests.support.consul import Cluster, cluster
from tests.support.proxy import proxy

SLOTS = 16


class Bench:
    """The servers, and spaces of their own in them for each measurement."""

    def __init__(self, servers: Cluster, folder: Path) -> None:
        self.servers = servers
        self._folder = folder
        self._numbers = itertools.count()

    @contextmanager
    def site(self, netloc: str = "") -> Iterator[Site]:
        """A fresh space; ``netloc`` stands for the servers when they are reached another way."""
        name = f"space{next(self._numbers)}"
        (self._folder / name).mkdir()
        url = self.servers.url(name)
        site = Site(self._folder / name, url.replace(self.servers.netloc, netloc) if netloc else url)
        try:
            yield site
        finally:
            site.space.close()

    def run(self, archive: Archive, workers: int) -> tuple[Ran, float, float]:
        """Install once: what it took, CPU seconds of the workers, and single puts per second just before."""
        with self.site() as site:
            site.create(archive, "one")
            puts = 1 / statistics.median(put_seconds(site.space))
            with running(site, noop_commands(site, workers, SLOTS)) as fleet:
                ran, cpu = _ran(site, fleet)
            return ran, cpu, puts


def _ran(site: Site, fleet: Fleet) -> tuple[Ran, float]:
    before = fleet.cpu()
    ran = site.run("one")
    return ran, fleet.cpu() - before


def put_seconds(space: Space, count: int = 100) -> list[float]:
    """How long single puts take, one after another."""
    found = []
    for number in range(count):
        started = time.perf_counter()
        space.transact([Set(f"bare/{number}", b"x" * 96)])
        found.append(time.perf_counter() - started)
    return found


def measure_wide(bench: Bench, *, quick: bool) -> Rows:
    nodes, workers = (20, (1, 2)) if quick else (1000, (1, 2, 4, 8))
    archive = workload_archive(wide(nodes, 0))
    return [_row(f"wide {nodes}", count, *bench.run(archive, count)) for count in workers]


def measure_chain(bench: Bench, *, quick: bool) -> Rows:
    nodes = 10 if quick else 100
    archive = workload_archive(chain(nodes, 0))
    return [_row(f"chain {nodes}", count, *bench.run(archive, count)) for count in ((1,) if quick else (1, 2))]


def measure_wakeup(bench: Bench, *, quick: bool) -> Rows:
    """Nodes whose end makes two others possible, for two workers with one slot each: one wakes the other."""
    archive = workload_archive(forks(3 if quick else 60), names=("start",))
    with bench.site() as site:
        site.create(archive, "one")
        with running(site, noop_commands(site, 2, 1)):
            site.run("one")
        (record,) = ExecutionRecord.all(site.space)
        found = _handovers([item for item in history(site.space, record) if "exit_code" in item])
        puts = put_seconds(site.space, 200)
    wakeup, put = (statistics.median(some) * 1000 for some in (found, puts))
    row = {"handovers": len(found), "wakeup_ms": round(wakeup, 2), "put_ms": round(put, 2)}
    return [row | {"ratio": round(wakeup / put, 2)}]


def forks(count: int) -> Workload:
    """Nodes that two others depend on, both of which the next one depends on, and so on."""
    nodes: dict[str, tuple[str, ...]] = {}
    for n in range(count):
        nodes |= {f"a{n}": (f"b{n - 1}", f"c{n - 1}") if n else (), f"b{n}": (f"a{n}",), f"c{n}": (f"a{n}",)}
    return Workload(f"forks {count}", nodes, 0)


def _handovers(operations: list[dict[str, Any]]) -> list[float]:
    """Seconds from commit to start, of those operations whose worker is not the one that committed what went before."""
    worker = {one["node"]: one["worker"] for one in operations}
    others = [one for one in operations if one["node"][0] != "a" and one["worker"] != worker["a" + one["node"][1:]]]
    moments = [(datetime.fromisoformat(one["started"]), datetime.fromisoformat(one["queued"])) for one in others]
    return [(started - queued).total_seconds() for started, queued in moments]


def measure_idle(bench: Bench, *, quick: bool) -> Rows:
    server = bench.servers.servers[0]
    seconds = 2 if quick else 60
    with (
        proxy(server.address, server.port) as line,
        bench.site(line.netloc) as site,
        running(site, noop_commands(site, 1, SLOTS)) as fleet,
    ):
        time.sleep(2)
        cpu, asked = fleet.cpu(), line.requests
        time.sleep(seconds)
        cpu, asked = fleet.cpu() - cpu, line.requests - asked
    percent = round(cpu / seconds * 100, 2)
    return [{"seconds": seconds, "processor_percent": percent, "requests_per_second": round(asked / seconds, 2)}]


def measure_scale(bench: Bench, *, quick: bool) -> Rows:
    templates, few, many = (5, 10, 20) if quick else (20, 200, 10_000)
    rows: Rows = []
    for nodes in (few, many):
        ran, cpu, _ = bench.run(scaled_archive(templates, nodes // templates), 2)
        per_operation = ran.seconds / ran.operations * 1000
        row = {"nodes": nodes, "operations": ran.operations, "ms_per_operation": round(per_operation, 3)}
        base = rows[0] if rows else row
        row |= {"cpu_ms": round(cpu / ran.operations * 1000, 3)}
        rows.append(row | {"ratio": round(row["ms_per_operation"] / base["ms_per_operation"], 2)})
    return rows


def _row(topology: str, workers: int, ran: Ran, cpu: float, puts: float) -> dict[str, Any]:
    per_second = ran.operations / ran.seconds
    return {
        "topology": topology,
        "workers": workers,
        "operations": ran.operations,
        "per_second": round(per_second),
        "puts_per_second": round(puts),
        "ratio": round(per_second / puts, 2),
        "cpu_ms": round(cpu / ran.operations * 1000, 3),
        "commits_per_operation": round(ran.commits / ran.operations, 3),
        "transactions_per_operation": round(ran.transactions / ran.operations, 3),
    }


MEASUREMENTS: dict[str, tuple[str, Callable[..., Rows]]] = {
    "wide": (
        "ratio 4 or more with 1, 2 and 4 workers, 3 or more with 8; transactions_per_operation 0.2 or less",
        measure_wide,
    ),
    "chain": ("transactions_per_operation 1.05 or less", measure_chain),
    "wakeup": ("ratio 3 or less", measure_wakeup),
    "idle": ("less than 0.5 % of a processor and fewer than 2 requests a second", measure_idle),
    "scale": ("ratio 1.3 or less", measure_scale),
}


def main(arguments: list[str] | None = None) -> None:
    asked = options(__doc__, MEASUREMENTS, arguments)
    with tempfile.TemporaryDirectory() as folder, cluster(Path(folder) / "consul", servers=3) as servers:
        bench = Bench(servers, Path(folder))
        measurements = {name: _on(bench, goal, take) for name, (goal, take) in MEASUREMENTS.items()}
        report("benchmarks.cluster", measurements, asked)


def _on(bench: Bench, goal: str, take: Callable[..., Rows]) -> Measurement:
    return Measurement(goal, lambda quick: take(bench, quick=quick))


if __name__ == "__main__":
    main()
