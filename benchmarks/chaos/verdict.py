"""Whether a run was good: everything that can be looked up afterwards.

Place in the flow: the API, the marks of the scripts, the space as a whole → **violations** in words.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from benchmarks.chaos.client import Client, Refused
from benchmarks.chaos.daemons import ROOT
from benchmarks.chaos.marks import Marks, read_marks
from benchmarks.chaos.plan import WORKFLOWS, Plan
from benchmarks.chaos.site import LEASE, Site
from tests.acceptance.checker import check

END = {"install": "started", "uninstall": "deleted"}


@dataclass
class Findings:
    """What was found wrong, and how much work was done twice."""

    violations: list[str] = field(default_factory=list)
    operations: int = 0
    repeated: int = 0  # attempts after the first ones


def judge(site: Site, plan: Plan, client: Client, executions: dict[str, str], ended: set[str]) -> Findings:
    """Look at everything; ``executions`` are those of the workflows, ``ended`` those of them that ended well."""
    found = Findings()
    runs, wrong = read_marks(site.marks)
    found.violations += wrong
    for workflow in WORKFLOWS:
        if workflow in ended:
            execution = executions[workflow]
            history = client.items(f"/exec/{execution}/history")
            operations = [item for item in history if "id" in item]
            found.operations += len(operations)
            found.repeated += sum(item["attempt"] - 1 for item in operations)
            own = [run for run in runs if run.operation.startswith(f"{execution}/")]
            found.violations += check(history, plan.topology, workflow, strict=plan.strict)
            marks = Marks(own, site.harms, LEASE)
            found.violations += marks.check(history, plan.topology, workflow, strict=plan.strict)
            found.violations += _logs(client, execution, operations)
    found.violations += _claims(client)
    found.violations += _tracebacks(site)
    found.violations += _space(site)
    return found


def states(client: Client, plan: Plan, workflow: str) -> Iterator[str]:
    """Whether all nodes are where the workflow brings them."""
    found = Counter(node["state"] for node in client.get("/instance/chaos/one")["nodes"])
    if found != {END[workflow]: plan.instances}:
        yield f"after {workflow} the nodes are {dict(found)}, expected {plan.instances} {END[workflow]}"


def _logs(client: Client, execution: str, operations: list[Any]) -> Iterator[str]:
    """What each operation printed can be read: in one go, since every request looks through all operations."""
    lines = client.text(f"/exec/{execution}/log").splitlines()
    found = Counter(line for line in lines if not line.startswith("=== "))
    expected = Counter(f"done: attempt {item['attempt']} of {item['id']}" for item in operations)
    yield from (f"not in the log: {line}" for line in expected - found)
    yield from (f"in the log, and not expected there: {line}" for line in found - expected)


def _claims(client: Client) -> Iterator[str]:
    """What managers have said to exist exists."""
    for path in client.claims:
        try:
            client.get(path)
        except Refused as error:
            yield f"a manager had said that it is there: {error}"


def _tracebacks(site: Site) -> Iterator[str]:
    """No program of ours ends, or answers, in a way that was not foreseen."""
    for daemon in site.daemons:
        text = daemon.log.read_text(errors="replace")
        if "Traceback" in text:
            yield f"{daemon.log}: {text[text.rindex('Traceback') :][-1500:]}"


def _space(site: Site) -> Iterator[str]:
    """``ditrit space check`` finds nothing; findings that pass within seconds are work that is going on."""
    for _ in range(4):
        command = [sys.executable, "-m", "manager.cli", "space", "check", "--json"]
        environment = site.managers[0].environment
        ended = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False
        )
        if ended.returncode == 0:
            return
        time.sleep(1.0)
    try:
        findings = json.loads(ended.stdout)["findings"]
        yield from (f"space check: {item['kind']} {item['key']}: {item['wrong']}" for item in findings)
    except ValueError:
        yield f"space check: {ended.stdout}{ended.stderr}"
