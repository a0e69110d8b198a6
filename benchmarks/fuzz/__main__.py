"""Is there a document that the parser or the weaver does not bear?

Takes the documents of the tests, the examples and the documentation, and of further folders, changes their text, their
structure and how archives hold them, and gives each to what an upload does short of storing, in a process with little
time and memory.  A finding is an exception, a hang, memory beyond the limit, a problem without a code, a message or a
place, or an accepted template that cannot be woven and does not say why.  Each is reduced and saved.

    python -m benchmarks.fuzz [--minutes 60] [--most N] [--seed N] [--jobs 1] [--corpus FOLDER]... [--out FOLDER]
    python -m benchmarks.fuzz --repeat ARCHIVE
"""

from __future__ import annotations

import argparse
import math
import signal
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from benchmarks.fuzz.child import Child
from benchmarks.fuzz.corpus import all_cases
from benchmarks.fuzz.hunt import Hunt, Tally


def repeat(archive: Path) -> bool:
    """Judge one archive again; True when nothing is wrong."""
    child = Child()
    try:
        verdict = child.judge(archive.read_bytes())
    finally:
        child.stop()
    print(verdict.finding or f"nothing is wrong: {'accepted' if verdict.accepted else 'refused'}, {verdict.codes}")
    print(verdict.detail)
    return not verdict.finding


def hunt(options: argparse.Namespace) -> Tally:
    """Run all jobs for as long as was asked for."""
    cases = all_cases(options.corpus)
    tally = Tally()
    jobs = range(options.jobs)
    hunts = [Hunt(cases[job :: options.jobs], options.seed + job, tally, options.out, Child()) for job in jobs]
    started = time.monotonic()
    with _interrupting(tally), ThreadPoolExecutor(options.jobs) as pool:
        ended = [pool.submit(hunt.run, options.minutes * 60, options.most) for hunt in hunts]
        for future in ended:
            future.result()
    minutes = (time.monotonic() - started) / 60
    print(f"seed {options.seed}: {len(cases)} documents to begin with, {tally.tried} tried in {minutes:.1f} minutes,")
    print(f"{tally.accepted} accepted, {len(tally.seen)} different sets of problems, slowest {tally.longest:.1f} s")
    for finding, times in tally.findings.most_common():
        print(f"{times:8} times {finding}")
    print(f"{len(tally.findings)} findings")
    return tally


@contextmanager
def _interrupting(tally: Tally) -> Iterator[None]:
    """Let signals end the run, which then tells what it has seen."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda *_: tally.over.set()) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60.0, help="how long")
    parser.add_argument(
        "--most", type=float, default=math.inf, help="how many archives at most, those at first included"
    )
    parser.add_argument("--seed", type=int, default=1, help="of the random numbers")
    parser.add_argument("--jobs", type=int, default=1, help="archives judged at once")
    parser.add_argument("--corpus", type=Path, action="append", default=[], help="a folder with further documents")
    parser.add_argument("--out", type=Path, default=Path("build/fuzz"), help="where findings are saved")
    parser.add_argument("--repeat", type=Path, help="judge this archive only")
    options = parser.parse_args()
    fine = repeat(options.repeat) if options.repeat else not hunt(options).findings
    sys.exit(0 if fine else 1)


if __name__ == "__main__":
    main()
