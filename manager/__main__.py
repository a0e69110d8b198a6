"""``python -m manager``: a manager as a program.

Place in the flow: flags, variables and file → `ManagerConfig` → `manager.server.serve`, until SIGTERM or SIGINT.
"""

from __future__ import annotations

import os
import sys

from engine.program import run_program
from manager.config import ManagerConfig
from manager.server import serve

if __name__ == "__main__":
    sys.exit(run_program("manager", ManagerConfig, serve, sys.argv[1:], os.environ))
