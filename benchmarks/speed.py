"""How many operations per second do the workers and the embedded space manage, when operations do nothing?

Place in the flow: ``python -m benchmarks.engine --only space``.  The ratio compares operations per second with bare
transactions per second: one process that writes one small value after the other into a space of the same kind.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.deployments import Archive, Ran, Site, example_archive, workload_archive
from benchmarks.fleet import noop_commands, running
from benchmarks.workloads import chain, wide
from engine.space.verbs import Set

SLOTS = 32


def measure(*, quick: bool) -> list[dict[str, Any]]:
    """Each topology with 1, 2 and 4 workers; of several rounds the fastest."""
    sizes, rounds, workers = ((50, 10), 1, (1, 2)) if quick else ((2000, 300), 3, (1, 2, 4))
    archives = {
        f"wide {sizes[0]}": workload_archive(wide(sizes[0], 0)),
        f"chain {sizes[1]}": workload_archive(chain(sizes[1], 0)),
        "example": example_archive(),
    }
    rows = []
    bare = max(_bare(100 if quick else 2000) for _ in range(rounds))
    for name, archive in archives.items():
        for count in workers:
            ran, cpu = min((_run(archive, count) for _ in range(rounds)), key=lambda found: found[0].seconds)
            rows.append({"topology": name, "workers": count, **_row(ran, cpu, bare)})
    return rows


def _run(archive: Archive, workers: int) -> tuple[Ran, float]:
    with tempfile.TemporaryDirectory() as folder:
        site = Site(Path(folder))
        site.create(archive, "one")
        with running(site, noop_commands(site, workers, SLOTS)) as fleet:
            before = fleet.cpu()
            ran = site.run("one")
            cpu = fleet.cpu() - before
        site.space.close()
    return ran, cpu


def _bare(count: int) -> float:
    """Transactions per second of one process alone."""
    with tempfile.TemporaryDirectory() as folder:
        space = Site(Path(folder)).space
        started = time.perf_counter()
        for number in range(count):
            space.transact([Set(f"bare/{number}", b"x" * 200)])
        seconds = time.perf_counter() - started
        space.close()
    return count / seconds


def _row(ran: Ran, cpu: float, bare: float) -> dict[str, Any]:
    per_second = ran.operations / ran.seconds
    return {
        "operations": ran.operations,
        "per_second": round(per_second),
        "cpu_ms": round(cpu / ran.operations * 1000, 3),
        "commits_per_operation": round(ran.commits / ran.operations, 2),
        "transactions_per_operation": round(ran.transactions / ran.operations, 2),
        "bare_per_second": round(bare),
        "ratio": round(per_second / bare, 2),
    }
