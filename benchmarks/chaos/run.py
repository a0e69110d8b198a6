"""One run: a plan is installed and taken down again while everything fails now and then.

Place in the flow: seed → plan, site, faults, client → **outcome**.
"""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import Lock, Timer
from typing import Any

from benchmarks.chaos.client import Bystander, Client, Refused
from benchmarks.chaos.faults import FAULTS, Chaos
from benchmarks.chaos.plan import WORKFLOWS, Plan, plan
from benchmarks.chaos.site import Crew, Site, site
from benchmarks.chaos.verdict import Findings, judge, states

MODEL, INSTANCE = "chaos", "one"
_REPORT = 5.0  # seconds between two lines about the progress

Say = Callable[[str], None]


@dataclass(frozen=True)
class Options:
    """What all runs have in common."""

    seconds: float = 90.0  # of faults, at most
    only: Sequence[str] = FAULTS
    most: int = 300  # node instances
    longest: float = 2.0  # seconds that an operation may last
    recovery: float = 120.0  # seconds after the last fault within which all must have ended
    pace: float = 1.0  # times as long between two faults
    crew: Crew = field(default_factory=Crew)


@dataclass
class Outcome:
    """What came of a run."""

    seed: int
    deployed: str
    instances: int
    operations: int
    repeated: int
    seconds: float
    recovery: float  # seconds from the last fault to the end
    faults: dict[str, int]
    unavailable: int
    unanswered: int
    promises: int
    failures: int  # programs that ended by themselves, and were started again
    violations: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def run(seed: int, folder: Path, options: Options, say: Say) -> Outcome:
    """Carry out one run; ``folder`` is empty and stays."""
    made = plan(seed, folder / "marks", most=options.most, longest=options.longest)
    say(f"seed {seed}: {made.name}, {made.instances} node instances, {made.operations} operations, {made.weaving}")
    with site(folder, options.crew) as there:
        return run_on(there, made, options, say)


def run_on(there: Site, made: Plan, options: Options, say: Say) -> Outcome:
    """Carry out a plan on a site."""
    return _Run(made, there, options, say).carry_out()


class _Run:
    def __init__(self, made: Plan, there: Site, options: Options, say: Say) -> None:
        self._plan = made
        self._site = there
        self._say = say
        self._client = Client(there.urls, random.Random(f"client {made.seed}"))
        self._chaos = Chaos(there, made.seed, options.only, options.pace)
        self._options = options
        self._began = time.monotonic()
        self._stopping = Lock()
        self._faultless = 0.0  # when the last fault was over
        self._reported = 0.0
        self._executions: dict[str, str] = {}
        self._ended: set[str] = set()
        self._violations: list[str] = []

    def carry_out(self) -> Outcome:
        self._client.get("/ready")
        self._began = time.monotonic()
        self._chaos.start()
        timer = Timer(self._options.seconds, self._stop)
        timer.start()
        try:
            with contextlib.suppress(_Stuck):
                self._work()
        finally:
            timer.cancel()
            self._stop()
        seconds = time.monotonic() - self._began
        findings = judge(self._site, self._plan, self._client, self._executions, self._ended)
        return self._outcome(findings, seconds)

    def _stop(self) -> None:
        """No more faults."""
        with self._stopping:
            self._chaos.stop()
            self._faultless = self._faultless or time.monotonic()

    def _work(self) -> None:
        bystander = None
        try:
            self._client.upload(MODEL, self._plan.archive, self._plan.weaving)
            self._client.create(MODEL, INSTANCE)
            bystander = Bystander(Client(self._site.urls, random.Random(self._plan.seed)), MODEL)
            for workflow in WORKFLOWS:
                self._executions[workflow] = self._client.execute(MODEL, INSTANCE, workflow)
                self._await(workflow)
                self._violations += states(self._client, self._plan, workflow)
        except Refused as error:
            self._violations.append(f"a request was refused: {error}")
        finally:
            if bystander is not None:
                bystander.stop()
                self._client.claims += bystander.claims
                self._violations += [bystander.trouble] if bystander.trouble else []

    def _await(self, workflow: str) -> None:
        """Wait for the end of an execution, which must be a good one."""
        path = f"/exec/{self._executions[workflow]}"
        while (record := self._client.get(path))["status"] == "running":
            self._report(workflow, record)
            if time.monotonic() - self._began > self._options.seconds + self._options.recovery:
                after = f"{self._options.recovery:.0f} s after the last fault"
                self._violations.append(f"{workflow} has not ended {after}: {record}")
                raise _Stuck
            time.sleep(0.3)
        if record["status"] != "succeeded":
            self._violations.append(f"{workflow} has {record['status']}: {record['error']}")
            raise _Stuck
        self._ended.add(workflow)

    def _report(self, workflow: str, record: dict[str, Any]) -> None:
        now = time.monotonic()
        if now - self._reported > _REPORT:
            self._reported = now
            done, faults = record["operations"], sum(self._site.counts.values())
            self._say(
                f"seed {self._plan.seed}: {now - self._began:.0f} s, {faults} faults, "
                f"{workflow}: {done['done']} of {done['total']} operations, {done['running']} running"
            )

    def _outcome(self, findings: Findings, seconds: float) -> Outcome:
        ended = self._began + seconds
        return Outcome(
            seed=self._plan.seed,
            deployed=self._plan.name,
            instances=self._plan.instances,
            operations=findings.operations,
            repeated=findings.repeated,
            seconds=round(seconds, 1),
            recovery=round(max(0.0, ended - self._faultless), 1),
            faults={name: self._site.counts[name] for name in FAULTS},
            unavailable=self._client.unavailable,
            unanswered=self._client.unanswered,
            promises=len(self._client.claims),
            failures=sum(daemon.failures for daemon in self._site.daemons),
            violations=[*self._violations, *findings.violations, *self._chaos.troubles],
        )


class _Stuck(Exception):
    """There is nothing to wait for any more."""
