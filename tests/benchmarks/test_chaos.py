"""What operations have written down is compared with the history: every rule is watched."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from benchmarks.chaos.marks import Harm, Marks, Run, read_marks
from benchmarks.chaos.plan import plan
from tests.acceptance.expectation import expect
from tests.acceptance.test_checker import some_history
from tests.acceptance.topologies import minimal

HOST = "server[0]"
CREATE, START = "x/page.create", "x/page.start"


def history(attempts: dict[str, int] | None = None) -> list[dict[str, Any]]:
    """An installation of the minimal example, as the API tells it: create at 10 to 11, start at 20 to 21."""
    found = some_history(minimal(), "install", strict=False)
    for number, item in enumerate(found):
        item["time"] = 1.0 + number / 10
        if "operation" in item:
            item["id"] = f"x/page.{item['operation']}"
            item["attempt"] = (attempts or {}).get(item["id"], 1)
            item["time"] = {CREATE: 12.0, START: 22.0}[item["id"]]
    return found


def create(attempt: int = 1, begin: float = 10.0, end: float | None = 11.0) -> Run:
    return Run(CREATE, attempt, 100, HOST, begin, end)


def start(attempt: int = 1, begin: float = 20.0, end: float | None = 21.0) -> Run:
    return Run(START, attempt, 200, HOST, begin, end)


def found(runs: Sequence[Run], attempts: dict[str, int] | None = None, harms: Sequence[Harm] = ()) -> list[str]:
    return list(Marks(runs, harms, lease=2.0).check(history(attempts), minimal(), "install", strict=False))


def test_one_attempt_at_each_in_order_is_well() -> None:
    assert found([create(), start()]) == []


def test_an_attempt_in_vain_before_the_committed_one_is_well() -> None:
    assert found([create(1, 8.0, None), create(2), start()], {CREATE: 2}) == []


@pytest.mark.parametrize(
    ("runs", "attempts", "wrong"),
    [
        ([create()], {}, "committed and never run: attempt 1 of x/page.start"),
        ([create(end=None), start()], {}, "committed and never ended: attempt 1 of x/page.create"),
        ([create(), start(), Run("x/else", 1, 1, HOST, 30.0, 31.0)], {}, "ran and was never committed: x/else"),
        ([create(), create(2, 13.0, 14.0), start()], {}, "attempt 2 of x/page.create was started, attempt 1 was"),
        (
            [create(), start(begin=10.9)],
            {},
            "attempt 1 of x/page.start began 0.100 s before the end of what comes first",
        ),
        ([create(), start(1, 10.5, None), start(2)], {START: 2}, "attempt 1 of x/page.start began 0.500 s before"),
        ([create(2), create(1, 12.5, None), start()], {CREATE: 2}, "was started after the commit of attempt 2"),
        ([create(), start(1, 10.0, 10.5), start(2)], {START: 2}, f"on {HOST} at the same time: "),
    ],
)
def test_each_rule_is_watched(runs: list[Run], attempts: dict[str, int], wrong: str) -> None:
    assert any(wrong in violation for violation in found(runs, attempts)), found(runs, attempts)


def test_only_what_a_worker_in_trouble_did_in_vain_may_overlap() -> None:
    runs = [create(1, 9.0, 10.5), create(2), start()]
    assert any("at the same time" in violation for violation in found(runs, {CREATE: 2}))
    assert found(runs, {CREATE: 2}, [Harm((100,), 9.5, 10.0)]) == []
    assert found(runs, {CREATE: 2}, [Harm((), 9.5, 10.0)]) == []
    assert found(runs, {CREATE: 2}, [Harm((999,), 9.5, 10.0)]) != []
    assert found(runs, {CREATE: 2}, [Harm((100,), 1.0, 4.0)]) != [], "long before"


def test_an_attempt_that_is_started_twice_is_told(tmp_path: Path) -> None:
    line = "begin\t10.5\t100\t1\tserver[0]\tx/1\n"
    (tmp_path / "marks").write_text(line + "end\t11.5\t100\t1\tserver[0]\tx/1\n" + line)
    assert read_marks(tmp_path / "marks")[1] == ["attempt 1 of x/1 was started twice"]
    (tmp_path / "marks").write_text(line)
    assert read_marks(tmp_path / "marks") == ([Run("x/1", 1, 100, "server[0]", 10.5)], [])


@pytest.mark.parametrize("seed", range(6))
def test_a_seed_always_gives_the_same_plan(tmp_path: Path, seed: int) -> None:
    made = plan(seed, tmp_path / "marks", most=60)
    again = plan(seed, tmp_path / "marks", most=60)
    assert (made.topology, made.strict, made.operations) == (again.topology, again.strict, again.operations)
    assert made.instances <= 60
    assert made.operations == sum(
        len([event for event in expect(made.topology, workflow).events if event.is_operation])
        for workflow in ("install", "uninstall")
    )
