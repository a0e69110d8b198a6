"""Requirements that do not name their target: the topology's first node that fits is taken."""

from __future__ import annotations

import pytest

from tests.tosca.archives import parsed, topology

NODES = """\
  node_templates:
    small:
      type: Compute
      capabilities: { host: { properties: { num_cpus: 1 } }, os: { properties: { type: linux } } }
    big:
      type: Compute
      capabilities: { host: { properties: { num_cpus: 8, mem_size: 4 GB } }, os: { properties: { type: linux } } }
    asked: { type: Compute, capabilities: { host: { properties: { num_cpus: { get_input: cpus } } } } }
    db: { type: DBMS, requirements: [ { host: big } ] }
    app: { type: SoftwareComponent, requirements: [ %s ] }
  inputs: { cpus: { type: integer } }
"""
FILTER = "{ host: { node_filter: { capabilities: [ %s ] } } }"


def matched(requirement: str) -> tuple[list[str], list[str]]:
    found = parsed(topology(NODES % requirement))
    codes = [problem.code for problem in found.problems]
    if found.service_template is None:
        return [], codes
    return [way.target for way in found.service_template.node_templates["app"].relationships], codes


@pytest.mark.parametrize(
    ("requirement", "target"),
    [
        ("{ host: Compute }", "small"),
        ("{ host: { node: tosca.nodes.Compute } }", "small"),
        ("{ host: { capability: tosca.capabilities.Container } }", "small"),
        ("{ host: { capability: host } }", "small"),
        (FILTER % "{ host: { properties: [ { num_cpus: { greater_than: 4 } } ] } }", "big"),
        (FILTER % "{ host: { properties: [ { mem_size: { greater_or_equal: 2 GB } } ] } }", "big"),
        (FILTER % "{ host: { properties: { num_cpus: [ { in_range: [ 2, 9 ] } ] } } }", "big"),
        (FILTER % "{ tosca.capabilities.OperatingSystem: { properties: [ { type: linux } ] } }", "small"),
        ("{ dependency: DBMS }", "db"),
    ],
)
def test_a_requirement_takes_the_first_node_that_fits(requirement: str, target: str) -> None:
    targets, codes = matched(requirement)

    assert targets == [target]
    assert "matched-requirement" in codes


@pytest.mark.parametrize(
    "requirement",
    [
        "{ host: LoadBalancer }",
        "{ dependency: }",
        FILTER % "{ nothing: { properties: [ { a: 1 } ] } }",
        "{ host: { node: WebServer, node_filter: { properties: [ { component_version: 1.0 } ] } } }",
    ],
)
def test_a_requirement_that_nothing_fits_is_left_out(requirement: str) -> None:
    targets, codes = matched(requirement)

    assert targets == []
    assert "dangling-requirement" in codes


def test_a_value_that_only_an_instance_knows_fits_every_filter() -> None:
    targets, _ = matched(FILTER % "{ host: { properties: [ { num_cpus: { greater_than: 9 } } ] } }")

    assert targets == ["asked"]
