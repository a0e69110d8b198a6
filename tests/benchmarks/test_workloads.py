"""The workloads that orchestrators are compared on."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from benchmarks.workloads import OPERATIONS, Workload, appli, chain, service_template, wide, write_script
from tests.acceptance import topologies
from tosca import open_csar, parse


def test_the_example_is_written_out_instance_by_instance() -> None:
    topology = topologies.appli()
    assert len(appli(0).nodes) == sum(len(topology.instances(node.name)) for node in topology.nodes) == 19


@pytest.mark.parametrize(
    ("workload", "operations", "critical"),
    # The longest way of the example: srvC, C, D, B, A.
    [(wide(10, 0), 30, 3), (chain(10, 0), 30, 30), (appli(0), 57, 15)],
)
def test_the_longest_way_through_a_workload_is_known(workload: Workload, operations: int, critical: int) -> None:
    assert (workload.operations, workload.critical_operations) == (operations, critical)


@pytest.mark.parametrize("workload", [wide(3, 0), chain(3, 0), appli(0)])
def test_its_template_is_one_that_a_parser_reads(workload: Workload, tmp_path: Path) -> None:
    script = write_script(tmp_path, workload)
    operations = dict.fromkeys(OPERATIONS, script.name)
    template = service_template(workload, "tosca_simple_yaml_1_3", {"operations": operations}, "tosca.nodes.Root")
    (tmp_path / "t.yaml").write_text(json.dumps(template))
    parsed = parse(open_csar(tmp_path))
    assert parsed.service_template is not None, list(parsed.problems.errors)
    found = parsed.service_template.node_templates
    assert {name: tuple(r.target for r in node.relationships) for name, node in found.items()} == workload.nodes


def test_the_script_tells_when_it_began_and_when_it_ended(tmp_path: Path) -> None:
    subprocess.run([write_script(tmp_path, wide(1, 0.05))], check=True)
    began, ended = map(float, (tmp_path / "moments").read_text().split())
    assert ended - began >= 0.05
