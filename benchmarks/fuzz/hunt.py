"""Cases, again and again → **findings**.

Place in the flow of a run: the loop.  A case whose problems are others than were ever told together is changed further:
so a run comes to places where a single change does not lead.
"""

from __future__ import annotations

import math
import random
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.fuzz.archive import mutated
from benchmarks.fuzz.child import Child
from benchmarks.fuzz.corpus import Case
from benchmarks.fuzz.judge import Verdict
from benchmarks.fuzz.reduction import SLOW_TRIES, TRIES, reduced

KEPT = 20_000  # cases that are changed further


@dataclass(slots=True)
class Tally:
    """What all jobs of a run have seen."""

    tried: int = 0
    accepted: int = 0
    longest: float = 0.0
    findings: Counter[str] = field(default_factory=Counter)
    seen: set[tuple[str, ...]] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)
    over: threading.Event = field(default_factory=threading.Event)  # before its time

    def count(self, verdict: Verdict, seconds: float) -> bool:
        """Count a case; True when it shows something new."""
        with self.lock:
            self.tried += 1
            self.accepted += verdict.accepted
            self.longest = max(self.longest, seconds)
            self.findings.update([verdict.finding] if verdict.finding else [])
            new = verdict.codes not in self.seen
            self.seen.add(verdict.codes)
            return self.findings[verdict.finding] == 1 if verdict.finding else new


class Hunt:
    """One job: a source of random numbers, and a process that judges."""

    def __init__(self, cases: Sequence[Case], seed: int, tally: Tally, out: Path, child: Child) -> None:
        self._first = list(cases)
        self._cases = list(cases)
        self._accepted: list[Case] = []  # only these come as far as to the weaver
        self._seed, self._draw = seed, random.Random(seed)
        self._tally, self._out, self._child = tally, out, child

    def run(self, seconds: float, most: float = math.inf) -> None:
        """Try the cases as they are, then what can be made of them, for so long or so many in all jobs."""
        end = time.monotonic() + seconds
        try:
            self._accepted += [case for case in self._first if self._try(case).accepted]
            while time.monotonic() < end and self._tally.tried < most and not self._tally.over.is_set():
                self._try(mutated(self._draw, self._chosen(), self._draw.choice(self._first)))
        finally:
            self._child.stop()

    def _chosen(self) -> Case:
        return self._draw.choice(self._draw.choice((self._first, self._cases, self._accepted or self._first)))

    def _try(self, case: Case) -> Verdict:
        started = time.monotonic()
        verdict = self._child.judge(case.data)
        new = self._tally.count(verdict, time.monotonic() - started)
        if new and verdict.finding:
            self._save(case, verdict)
        elif new and len(self._cases) < KEPT:
            self._cases.append(case)
            self._accepted += [case] if verdict.accepted else []
        return verdict

    def _save(self, case: Case, verdict: Verdict) -> None:
        slow = verdict.finding.startswith(("TooLong", "hang", "MemoryError"))
        stays = lambda smaller: self._child.judge(smaller.data).finding == verdict.finding  # noqa: E731
        small = reduced(case, stays, SLOW_TRIES if slow else TRIES)
        name = "".join(letter if letter.isalnum() else "-" for letter in verdict.finding)[:90]
        self._out.mkdir(parents=True, exist_ok=True)
        archive = self._out / f"{name}.zip"
        archive.write_bytes(small.data)
        texts = "".join(
            f"\n===== {file}\n{data[:4000].decode(errors='backslashreplace')}" for file, data in small.files.items()
        )
        about = f"{verdict.finding}\nseed {self._seed}, case {self._tally.tried}\n\n{verdict.detail}\n{texts}"
        archive.with_suffix(".txt").write_text(about, encoding="utf-8", errors="backslashreplace")
        print(f"{verdict.finding}\n    python -m benchmarks.fuzz --repeat {archive}", flush=True)
