"""What do short operations cost beyond the processes that they are?

Place in the flow: ``python -m benchmarks.engine --only overhead``.  Two workers run no-op scripts; a plain loop of
Popen and wait runs as many with as many at once.  The worker's CPU is compared with that of a loop over the product's
own executor, which starts the processes and reads what they print and does nothing else.
"""

from __future__ import annotations

import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.deployments import Archive, Site, workload_archive
from benchmarks.fleet import running, worker_commands
from benchmarks.scripts import request_in, through_executor, through_popen
from benchmarks.workloads import wide
from worker.executors.script import ScriptExecutor

WORKERS = 2
SLOTS = (4, 16)  # of each worker: the default, and what a site with more to do would give


def measure(*, quick: bool) -> list[dict[str, Any]]:
    """Independent nodes, three operations each; medians of alternating rounds."""
    nodes, rounds = (10, 1) if quick else (200, 7)
    archive = workload_archive(wide(nodes, 0))
    return [_row(archive, nodes * 3, slots, rounds) for slots in SLOTS]


def _row(archive: Archive, runs: int, slots: int, rounds: int) -> dict[str, Any]:
    found = [_round(archive, runs, slots) for _ in range(rounds)]
    plain, executor_cpu, ours, cpu = (statistics.median(column) for column in zip(*found, strict=True))
    return {
        "operations": runs,
        "at_once": WORKERS * slots,
        "plain_seconds": round(plain, 3),
        "seconds": round(ours, 3),
        "ratio": round(ours / plain, 2),
        "worker_cpu_ms": round(cpu / runs * 1000, 3),
        "executor_cpu_ms": round(executor_cpu / runs * 1000, 3),
        "engine_cpu_ms": round((cpu - executor_cpu) / runs * 1000, 3),
    }


def _round(archive: Archive, runs: int, slots: int) -> tuple[float, float, float, float]:
    """Seconds of the plain loop, CPU of the executor alone, seconds and CPU of the workers."""
    at_once = WORKERS * slots
    with tempfile.TemporaryDirectory() as folder:
        executor, request = ScriptExecutor(Path(folder) / "spool"), request_in(Path(folder))
        plain, _ = _timed(lambda: through_popen(Path(folder) / "noop", runs, at_once))
        _, executor_cpu = _timed(lambda: through_executor(executor, request, runs, at_once))
        return plain, executor_cpu, *_through_workers(archive, Path(folder), slots)


def _through_workers(archive: Archive, folder: Path, slots: int) -> tuple[float, float]:
    site = Site(folder)
    site.create(archive, "one")
    with running(site, worker_commands(site, WORKERS, slots)) as fleet:
        before = fleet.cpu()
        ran = site.run("one")
        cpu = fleet.cpu() - before
    site.space.close()
    return ran.seconds, cpu


def _timed(call: Callable[[], None]) -> tuple[float, float]:
    """Seconds, and CPU seconds of this process."""
    cpu, started = _cpu(), time.perf_counter()
    call()
    return time.perf_counter() - started, _cpu() - cpu


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime
