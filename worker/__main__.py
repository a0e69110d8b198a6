"""``python -m worker``: a worker as a program.

Place in the flow: flags, variables and file → `WorkerConfig` → `worker.main.run_worker`, until SIGTERM or SIGINT.
"""

from __future__ import annotations

import os
import sys

from engine.program import run_program
from worker.config import WorkerConfig
from worker.journal import open_journal
from worker.main import run_worker


def run(config: WorkerConfig) -> None:
    """Say where to look, then work."""
    journal = open_journal(config.journal, config.state / "execs")
    sys.stdout.write(f"{config.name}: {config.slots} slots, journal {journal.path}\n")
    sys.stdout.flush()
    run_worker(config)


if __name__ == "__main__":
    sys.exit(run_program("worker", WorkerConfig, run, sys.argv[1:], os.environ))
