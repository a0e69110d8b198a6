"""A short run of ``python -m benchmarks.chaos``, and workers without one of their guards, which it must find out."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest

from benchmarks.chaos.__main__ import main
from benchmarks.chaos.faults import FAULTS
from benchmarks.chaos.plan import plan
from benchmarks.chaos.run import Options, run, run_on
from benchmarks.chaos.site import Crew, site
from tests.support.consul import binary
from tests.support.topologies import Node

INDEPENDENT = [Node(f"n{number}", operations=("create", "delete")) for number in range(150)]


@pytest.fixture(autouse=True)
def needs_consul() -> None:
    binary()


def test_nothing_is_lost_or_done_twice_whatever_dies(tmp_path: Path) -> None:
    options = Options(seconds=20, most=20, longest=0.7, pace=0.4)
    found = run(1, tmp_path, options, print)
    assert found.violations == []
    assert found.operations > 50
    assert sum(found.faults.values()) > 15
    assert found.promises > 5


def without(guard: str, *only: str) -> Options:
    """Workers that lack a guard."""
    crew = Crew(6, 1, ("benchmarks.chaos.broken", guard))
    return Options(seconds=10, longest=0.2, recovery=8, pace=0.1, crew=crew, only=only, most=20)


def found_out(folder: Path, options: Options, tries: int = 6) -> bool:
    """Whether one of some runs shows more than that it was slow: a race has to happen before it can be seen."""
    for seed in range(1, tries + 1):
        (folder / str(seed)).mkdir()
        found = run(seed, folder / str(seed), options, print)
        if any("has not ended" not in violation for violation in found.violations):
            return True
    return False


def test_tuples_that_are_taken_whatever_has_become_of_them_are_found_out(tmp_path: Path) -> None:
    """What workers far away find in a list, those nearby have carried out before it is locked."""
    made = plan(1, tmp_path / "marks", longest=0.2, nodes=INDEPENDENT)
    with site(tmp_path, without("take").crew) as there, ExitStack() as stack:
        for worker in there.workers[:4]:
            for line in worker.lines:
                stack.enter_context(line.slow(0.1))
        found = run_on(there, made, Options(seconds=9, only=(), recovery=1), print)
    assert any("was started twice" in violation for violation in found.violations), found.violations


def test_commits_that_do_not_look_who_holds_the_operation_are_found_out(tmp_path: Path) -> None:
    assert found_out(tmp_path, without("commit", "net-silence", "worker-stop"))


def test_a_fault_that_there_is_not_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--only", "earthquake"])
    assert f"unknown fault 'earthquake'; known are {', '.join(FAULTS)}" in capsys.readouterr().err
