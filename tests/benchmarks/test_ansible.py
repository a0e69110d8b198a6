"""What a playbook costs beyond what it does."""

from __future__ import annotations

from benchmarks.ansible import TASKS, measure


def test_a_playbook_costs_at_most_a_third_of_a_process_of_its_own() -> None:
    assert measure(TASKS["no module"], 3)["ratio"] <= 1 / 3
