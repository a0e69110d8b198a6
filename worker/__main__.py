"""``python -m worker``: a worker as a program.

Place in the flow: flags, variables and file → `WorkerConfig` → `worker.main.run_worker`, until SIGTERM or SIGINT.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence

from engine.errors import EngineError
from engine.settings import SettingsError, describe, load
from engine.supervision import end_with_parent
from worker.config import WorkerConfig
from worker.journal import open_journal
from worker.main import run_worker


def main(arguments: Sequence[str]) -> int:
    """Run a worker; the exit code is 2 for a wrong setting, 1 for a store that cannot be opened."""
    flags = vars(_parser().parse_args(arguments))
    parent = flags.pop("parent")
    if parent is not None:
        end_with_parent(parent)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        config = load(WorkerConfig, "worker", flags, os.environ)
        config.state.mkdir(parents=True, exist_ok=True)
        journal = open_journal(config.journal, config.state / "execs")
        print(f"{config.name}: {config.slots} slots, journal {journal.path}", flush=True)  # noqa: T201  says where to look
        run_worker(config)
    except SettingsError as error:
        return _failed(error, 2)
    except (EngineError, OSError, ValueError) as error:
        return _failed(error, 1)
    return 0


def _failed(error: Exception, code: int) -> int:
    sys.stderr.write(f"error: {error}\n")
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m worker", description="Carry out operations from the space.")
    parser.add_argument("--config", help="a YAML file with settings")
    parser.add_argument("--parent", type=int, help=argparse.SUPPRESS)
    for name, variable, help_text in describe(WorkerConfig):
        parser.add_argument(f"--{name.replace('_', '-')}", help=f"{help_text} (also {variable})")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
