"""An archive whose operations are functions of one Python module."""

from __future__ import annotations

from pathlib import Path

from tests.acceptance.servers import running
from tests.support.archives import archive

TEMPLATE = """\
tosca_definitions_version: tosca_simple_yaml_1_1
artifact_types:
  ditrit.artifacts.PythonFunctions: { derived_from: tosca.artifacts.Implementation.Python }
node_types:
  shop.Counter:
    derived_from: tosca.nodes.Root
    properties: { steps: { type: list, entry_schema: { type: integer } } }
    attributes: { sum: { type: integer }, seen: { type: integer } }
    artifacts:
      counting: { type: ditrit.artifacts.PythonFunctions, file: lib/counting.py }
    interfaces:
      Standard:
        create: { implementation: counting, inputs: { steps: { default: { get_property: [ SELF, steps ] } } } }
        start: { implementation: counting, inputs: { total: { default: { get_attribute: [ SELF, sum ] } } } }
topology_template:
  node_templates:
    counter: { type: shop.Counter, properties: { steps: [ 1, 2, 39 ] } }
"""
COUNTING = """\
def create(steps):
    print("adding", steps)
    return {"sum": sum(steps)}


def start(total):
    return {"seen": total}
"""


def test_functions_are_called_with_inputs_and_return_attributes(tmp_path: Path) -> None:
    with running(tmp_path, 1) as server:
        server.deploy(archive({"service.yaml": TEMPLATE, "lib/counting.py": COUNTING}), "shop")
        execution = server.execute("shop", "install")
        (node,) = server.get("/instance/shop/one")["nodes"]
        assert (node["attributes"]["sum"], node["attributes"]["seen"]) == (42, 42)
        log = server.text(f"/exec/{execution}/log", node="counter", operation="create")
        assert "adding [1, 2, 39]" in log
