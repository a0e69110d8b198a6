"""Is anything lost, done twice or done too early, whatever dies?

Each run installs and uninstalls the example or a random topology on six workers, two managers, three Consul servers and
an S3 server, all of them processes of this machine, each of which fails now and then: killed, stopped, cut off, slowed
down.  Afterwards an independent checker reads what happened.  A seed gives the topology and the schedule of the faults.

    python -m benchmarks.chaos [--runs N] [--seed S] [--seconds MAX] [--only FAULT,...] [--json FILE]

Needs ``consul`` on the PATH (``tests/support/install-servers`` installs it).
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import signal
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from types import FrameType
from typing import NoReturn

from benchmarks.chaos.faults import FAULTS
from benchmarks.chaos.run import Options, Outcome, run
from benchmarks.report import table


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out the runs; the exit code is 1 when one of them has shown a violation."""
    parser = _parser()
    given = parser.parse_args(arguments)
    only = given.only.split(",")
    if unknown := [name for name in only if name not in FAULTS]:
        parser.error(f"unknown fault {unknown[0]!r}; known are {', '.join(FAULTS)}")
    options = Options(given.seconds, only, given.most, given.longest)
    first = random.randrange(1_000_000) if given.seed is None else given.seed
    found = []
    for number, seed in enumerate(range(first, first + given.runs)):
        folder = Path(tempfile.mkdtemp(prefix="ditrit-chaos-"))
        outcome = run(seed, folder, options, partial(_say, head=f"run {number + 1}, "))
        found.append(outcome)
        _conclude(outcome, folder, given)
        if given.json:
            given.json.write_text(json.dumps([one.to_json() for one in found], indent=2) + "\n")
    print(table([_row(one) for one in [*found, _sum(found)]]))
    return 1 if any(one.violations for one in found) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=1, help="how many; each has a seed of its own")
    parser.add_argument("--seed", type=int, help="of the first run; by default any")
    parser.add_argument("--seconds", type=float, default=90.0, help="of faults in a run at most; the rest is without")
    parser.add_argument("--only", default=",".join(FAULTS), help="faults, separated by commas")
    parser.add_argument("--most", type=int, default=300, help="node instances of a random topology")
    parser.add_argument("--longest", type=float, default=2.0, help="seconds that an operation may last")
    parser.add_argument("--json", type=Path, help="file for the figures")
    return parser


def _conclude(outcome: Outcome, folder: Path, given: argparse.Namespace) -> None:
    _say(f"seed {outcome.seed}: {outcome.operations} operations in {outcome.seconds} s, faults {outcome.faults}")
    if not outcome.violations:
        shutil.rmtree(folder)
        return
    for violation in outcome.violations[:30]:
        _say(f"VIOLATION: {violation}")
    again = f"python -m benchmarks.chaos --seed {outcome.seed} --seconds {given.seconds:g} --only {given.only}"
    _say(f"{len(outcome.violations)} violations; what they left is in {folder}; again: {again} --most {given.most}")


def _row(outcome: Outcome) -> dict[str, object]:
    return {
        "seed": outcome.seed if outcome.seed >= 0 else "all",
        "nodes": outcome.instances,
        "operations": outcome.operations,
        "seconds": round(outcome.seconds),
        **outcome.faults,
        "repeated": outcome.repeated,
        "violations": len(outcome.violations),
    }


def _sum(found: Sequence[Outcome]) -> Outcome:
    return Outcome(
        seed=-1,
        deployed="",
        instances=sum(one.instances for one in found),
        operations=sum(one.operations for one in found),
        repeated=sum(one.repeated for one in found),
        seconds=sum(one.seconds for one in found),
        recovery=max(one.recovery for one in found),
        faults={name: sum(one.faults[name] for one in found) for name in FAULTS},
        unavailable=sum(one.unavailable for one in found),
        unanswered=sum(one.unanswered for one in found),
        promises=sum(one.promises for one in found),
        failures=sum(one.failures for one in found),
        violations=[violation for one in found for violation in one.violations],
    )


def _say(line: str, head: str = "") -> None:
    print(head + line, flush=True)


def _end(number: int, _frame: FrameType | None) -> NoReturn:
    """Leave nothing behind: an exception lets all processes be ended."""
    raise SystemExit(128 + number)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, _end)
    sys.exit(main())
