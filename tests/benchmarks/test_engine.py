"""The measurements of the engine run and give their figures; how large these are is no test's business."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.critical import Graph, least_operations
from benchmarks.deployments import example_archive, scaled_archive, workload_archive
from benchmarks.engine import main
from benchmarks.plain import PlainLoop
from benchmarks.workloads import OPERATIONS, Workload, appli, chain, wide
from engine.rete.memory import CellId
from tests.acceptance import topologies
from tests.acceptance.expectation import expect

KEYS = {
    "space": {"topology", "workers", "per_second", "cpu_ms", "commits_per_operation", "bare_per_second", "ratio"},
    "overhead": {"at_once", "plain_seconds", "seconds", "ratio", "engine_cpu_ms"},
    "makespan": {"topology", "critical_seconds", "plain_seconds", "seconds", "ratio", "ratio_to_plain"},
    "scale": {"shape", "nodes", "create_seconds", "start_ms", "ms_per_operation", "worker_mib", "ratio", "cpu_ratio"},
}


@pytest.mark.parametrize("name", KEYS)
def test_a_measurement_gives_its_figures(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "figures.json"
    main(["--quick", "--only", name, "--json", str(file)])
    found = json.loads(file.read_text())
    assert list(found) == [name]
    assert all(KEYS[name] | {"operations"} <= set(row) and row["operations"] > 0 for row in found[name])
    assert f"python -m benchmarks.engine --only {name} --quick" in capsys.readouterr().out


def test_a_measurement_that_there_is_not_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--only", "spice"])
    assert "unknown measurement 'spice'; known are space, overhead, makespan, scale" in capsys.readouterr().err


@pytest.mark.parametrize("workload", [wide(4, 0), chain(5, 0), appli(0)])
def test_without_shared_hosts_the_critical_path_is_the_longest_way(workload: Workload) -> None:
    assert least_operations(workload_archive(workload).template) == workload.critical_operations


def test_instances_on_a_host_of_their_own_run_side_by_side() -> None:
    assert least_operations(scaled_archive(2, 3).template) == len(OPERATIONS)


def test_the_critical_path_of_the_example_is_longer_than_what_its_busiest_host_has_to_do() -> None:
    events = [event for event in expect(topologies.appli(), "install").events if event.is_operation]
    on_a0 = [event for event in events if event.index and (event.node, event.index[0]) in (("srvA", 0), ("A", 0))]
    assert len(on_a0) < least_operations(example_archive().template) < len(events)


def test_the_plain_loop_runs_what_can_run_and_one_operation_at_a_time_on_a_host() -> None:
    first, second, joined, alone = (("A", 0, 0), ("A", 1, 0), ("B", 0, 0), ("C", 0, 0))
    graph = Graph(hosts={first: CellId("h", 0), second: CellId("h", 0), joined: None, alone: None})
    graph.before |= {first: set(), second: set(), joined: {first, second}, alone: set()}
    assert PlainLoop(graph, ["sleep", "0.2"]).run() >= 0.6
