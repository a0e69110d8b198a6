"""Topologies with workflows of their own, parsed as a user writes them."""

from __future__ import annotations

from tests.tosca.archives import parsed, topology
from tosca.model import ServiceTemplate

NODES = """\
  inputs: { size: { type: integer, default: 1 } }
  node_templates:
    srv:
      type: Compute
      capabilities: { scalable: { properties: { default_instances: 1, min_instances: 1, max_instances: 99 } } }
    app:
      type: SoftwareComponent
      requirements: [ { host: srv }, { dependency: { node: db, relationship: tosca.relationships.ConnectsTo } } ]
      interfaces:
        Standard: { create: create.sh, configure: configure.sh, start: start.sh, stop: stop.sh, delete: delete.sh }
    db:
      type: SoftwareComponent
      capabilities: { feature: {} }
      interfaces:
        Standard: { create: create.sh, start: start.sh, stop: stop.sh }
  groups:
    all: { type: tosca.groups.Root, members: [ app, db ] }
"""


def flows(
    workflows: str, nodes: str = NODES, version: str = "tosca_simple_yaml_1_3", servers: int = 1, types: str = ""
) -> ServiceTemplate:
    """A topology with these workflows, which are indented by four; ``servers`` is how many ``srv`` there are."""
    nodes = nodes.replace("default_instances: 1", f"default_instances: {servers}")
    files = {f"{name}.sh": "true\n" for name in ("create", "configure", "start", "stop", "delete", "act")}
    found = parsed(topology(f"{nodes}  workflows:\n{workflows}", types, version), files)
    assert found.service_template is not None, [str(problem) for problem in found.problems]
    return found.service_template
