"""How much longer than its critical path does a deployment take?

Place in the flow: ``python -m benchmarks.engine --only makespan``.  Every operation sleeps; with slots for all of them
the least that any orchestrator needs is the longest way through the graph (`benchmarks.critical`).  Beside it stands
what a plain loop takes on the same machine (`benchmarks.plain`), which also has to start the processes.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from benchmarks.critical import graph_of, least_operations
from benchmarks.deployments import Archive, Site, example_archive, workload_archive
from benchmarks.fleet import running, worker_commands
from benchmarks.plain import PlainLoop
from benchmarks.workloads import chain, wide

WORKERS, SLOTS = 2, 128


def measure(*, quick: bool) -> list[dict[str, Any]]:
    """The example, a chain whose nodes have one operation each, and independent nodes."""
    seconds, length, width = (0.1, 5, 10) if quick else (1.0, 50, 200)
    script = f"#!/bin/sh\nexec sleep {seconds:g}\n"
    archives = {
        "example": example_archive(script),
        f"chain {length}": workload_archive(chain(length, 0), script, ("start",)),
        f"wide {width}": workload_archive(wide(width, 0), script),
    }
    return [{"topology": name, **_row(archive, seconds)} for name, archive in archives.items()]


def _row(archive: Archive, seconds: float) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        site = Site(Path(folder))
        site.create(archive, "one")
        with running(site, worker_commands(site, WORKERS, SLOTS)):
            ran = site.run("one")
        site.space.close()
    critical = least_operations(archive.template) * seconds
    plain = PlainLoop(graph_of(archive.template, "install"), ["/bin/sh", "-c", f"exec sleep {seconds:g}"]).run()
    return {
        "operations": ran.operations,
        "sleep": seconds,
        "critical_seconds": round(critical, 2),
        "plain_seconds": round(plain, 2),
        "seconds": round(ran.seconds, 2),
        "ratio": round(ran.seconds / critical, 3),
        "ratio_to_plain": round(ran.seconds / plain, 3),
    }
