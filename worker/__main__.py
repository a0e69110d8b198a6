"""``python -m worker``: a worker as a program.

Place in the flow: flags, variables and file → `WorkerConfig` → `worker.main.run_worker`, until SIGTERM or SIGINT.
"""

from __future__ import annotations

import os
import sys

from engine.program import run_program
from worker.config import WorkerConfig
from worker.main import run_worker

if __name__ == "__main__":
    sys.exit(run_program("worker", WorkerConfig, run_worker, sys.argv[1:], os.environ))
