"""Worker processes for one measurement, and what they cost.

Place in the flow: a space (`benchmarks.deployments`) → **workers**, the product's or those that do nothing → figures.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.deployments import Site
from engine.executions.presence import count_workers

_ROOT = Path(__file__).parents[1]
_PATIENCE = 30.0


@dataclass(frozen=True)
class Fleet:
    """The processes."""

    pids: tuple[int, ...]

    def cpu(self) -> float:
        """CPU seconds that the workers themselves have used; what they started is left out."""
        return sum(own_cpu(pid) for pid in self.pids)

    def memory(self) -> float:
        """Resident memory of the largest of them, in MiB."""
        return max(_resident(pid) for pid in self.pids) / 1024


def noop_commands(site: Site, count: int, slots: int) -> list[list[str]]:
    """Workers that start no processes."""
    return [[sys.executable, "-m", "benchmarks.noop", site.url, f"w{i}", str(slots)] for i in range(count)]


def worker_commands(site: Site, count: int, slots: int) -> list[list[str]]:
    """The product's workers."""
    flags = ["--state", site.folder, "--space", site.url, "--artifacts", site.artifacts, "--slots", slots]
    journal = ["--journal", site.folder / "execs"]
    common = [sys.executable, "-m", "worker", *map(str, [*flags, *journal])]
    return [[*common, "--name", f"w{i}"] for i in range(count)]


@contextmanager
def running(site: Site, commands: Sequence[Sequence[str]]) -> Iterator[Fleet]:
    """The workers, from the moment at which all are ready to their end."""
    with (site.folder / "workers.log").open("wb") as log:
        processes = [subprocess.Popen(command, cwd=_ROOT, stdout=log, stderr=log) for command in commands]
        try:
            _await(site, len(processes))
            yield Fleet(tuple(process.pid for process in processes))
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                process.wait(_PATIENCE)


def _await(site: Site, count: int) -> None:
    deadline = time.monotonic() + _PATIENCE
    while count_workers(site.space) < count:
        if time.monotonic() > deadline:
            raise SystemExit(f"no workers: {(site.folder / 'workers.log').read_text()}")
        time.sleep(0.02)


def own_cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _resident(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))
