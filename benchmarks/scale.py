"""Does an operation cost the same in a topology a hundred times as large?

Place in the flow: ``python -m benchmarks.engine --only scale``.  Operations do nothing; the ratio compares the time of
an operation, and the CPU of the workers, with those of the small topology.  Small ones are run several times over, so
that they last long enough to be measured.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.deployments import Archive, Site, scaled_archive, workload_archive
from benchmarks.fleet import Fleet, noop_commands, running
from benchmarks.workloads import wide

WORKERS, SLOTS, TEMPLATES = 2, 32, 20

SHAPES: dict[str, Callable[[int], Archive]] = {
    "templates": lambda nodes: workload_archive(wide(nodes, 0)),
    "instances": lambda nodes: scaled_archive(TEMPLATES, nodes // TEMPLATES),
}


def measure(*, quick: bool) -> list[dict[str, Any]]:
    """Node templates, and instances of a few templates: small and large."""
    small, large, times = (40, 200, 2) if quick else (200, 20_000, 10)
    rows = []
    for shape, archive in SHAPES.items():
        base = _measure(archive(small), times)
        for nodes, found in ((small, base), (large, _measure(archive(large), 1))):
            ratios = {
                "ratio": round(found["ms_per_operation"] / base["ms_per_operation"], 2),
                "cpu_ratio": round(found["cpu_ms"] / (base["cpu_ms"] or 1), 2),
            }
            rows.append({"shape": shape, "nodes": nodes, **found, **ratios})
    return rows


def _measure(archive: Archive, times: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        site = Site(Path(folder))
        created = site.create(archive, "0")
        for number in range(1, times):
            site.create(archive, str(number))
        with running(site, noop_commands(site, WORKERS, SLOTS)) as fleet:
            found = _run(site, fleet, times)
        site.space.close()
    return {"create_seconds": round(created, 3), **found}


def _run(site: Site, fleet: Fleet, times: int) -> dict[str, Any]:
    before = fleet.cpu()
    all_ran = [site.run(str(number)) for number in range(times)]
    operations = sum(ran.operations for ran in all_ran)
    return {
        "start_ms": round(min(ran.start for ran in all_ran) * 1000, 1),
        "operations": operations,
        "ms_per_operation": round(sum(ran.seconds for ran in all_ran) / operations * 1000, 3),
        "cpu_ms": round((fleet.cpu() - before) / operations * 1000, 3),
        "worker_mib": round(fleet.memory(), 1),
    }
