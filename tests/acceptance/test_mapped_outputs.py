"""What operations say becomes attributes by mappings (1.3): of their node, and of both ends of a relationship."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from tests.acceptance.servers import Server, running
from tests.support.archives import archive

TEMPLATE = """\
tosca_definitions_version: tosca_simple_yaml_1_3
relationship_types:
  shop.Uses:
    derived_from: tosca.relationships.ConnectsTo
    attributes: { ticket: { type: string } }
node_types:
  shop.Database:
    derived_from: tosca.nodes.SoftwareComponent
    attributes: { address: { type: string }, client: { type: string }, guests: { type: string } }
    capabilities: { service: tosca.capabilities.Endpoint }
    interfaces:
      Standard:
        operations:
          create:
            implementation: database.sh
            outputs: { ip: [ SELF, address ], number: [ SELF, service, port ] }
          stop:
            implementation: stop.sh
            inputs: { guests: { get_attribute: [ SELF, guests ] } }
  shop.Web:
    derived_from: tosca.nodes.SoftwareComponent
    attributes: { granted: { type: string }, ready: { type: string } }
    requirements: [ { database: { capability: tosca.capabilities.Endpoint, relationship: shop.Uses } } ]
topology_template:
  node_templates:
    server:
      type: tosca.nodes.Compute
      capabilities: { scalable: { properties: { default_instances: 2 } } }
    web:
      type: shop.Web
      requirements:
        - host: server
        - database:
            node: database
            relationship:
              type: shop.Uses
              interfaces:
                Configure:
                  operations:
                    pre_configure_source:
                      implementation: grant.sh
                      outputs: { grant: [ SOURCE, granted ], ticket: [ SELF, ticket ], said: [ TARGET, guests ] }
                    add_target:
                      implementation: add.sh
                      inputs:
                        granted: { get_attribute: [ SOURCE, granted ] }
                        guests: { get_attribute: [ TARGET, guests ] }
                        ticket: { get_attribute: [ SELF, ticket ] }
                      outputs: { seen: [ TARGET, client ], done: [ SOURCE, ready ] }
    store:
      type: tosca.nodes.Compute
      capabilities: { scalable: { properties: { default_instances: 2 } } }
    database:
      type: shop.Database
      requirements: [ { host: store } ]
  outputs:
    addresses: { type: list, value: { get_attribute: [ database, address ] } }
    ports: { type: integer, value: { get_attribute: [ database, service, port ] } }
    clients: { type: list, value: { get_attribute: [ database, client ] } }
    guests: { type: list, value: { get_attribute: [ database, guests ] } }
    granted: { type: list, value: { get_attribute: [ web, granted ] } }
"""
SCRIPTS = {
    "database.sh": 'echo "ip=10.0.0.${INSTANCE%,*}" >> "$DITRIT_OUTPUTS"\necho "number=5432" >> "$DITRIT_OUTPUTS"\n',
    "stop.sh": 'echo "stopped with $guests"\n',
    "grant.sh": 'for name in grant ticket said; do echo "$name=$name of $SOURCE" >> "$DITRIT_OUTPUTS"; done\n',
    "add.sh": 'echo "added $granted, $guests, $ticket"\n'
    'for name in seen done; do echo "$name=$name by $SOURCE" >> "$DITRIT_OUTPUTS"; done\n',
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, space_flags: Sequence[str]) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("mapped"), 2, *space_flags) as found:
        yield found


def test_outputs_become_the_attributes_that_they_are_mapped_to(server: Server) -> None:
    server.deploy(archive({"service.yaml": TEMPLATE, **SCRIPTS}), "mapped")
    execution = server.execute("mapped", "install")

    answer = server.get("/instance/mapped/one")
    assert answer["outputs"]["addresses"] == ["10.0.0.0", "10.0.0.1"]
    assert answer["outputs"]["ports"] == [5432, 5432]
    assert answer["outputs"]["granted"] == ["grant of web[0,0]", "grant of web[1,0]"]
    (guests,) = set(answer["outputs"]["guests"])  # said of all instances at once: the last one counts
    assert guests in ("said of web[0,0]", "said of web[1,0]")
    assert set(answer["outputs"]["clients"]) <= {"seen by web[0,0]", "seen by web[1,0]"}
    attributes = {node["attributes"]["tosca_id"]: node["attributes"] for node in answer["nodes"]}
    for number in range(2):
        own = attributes[f"database[{number},0]"]
        assert (own["address"], own["service.port"]) == (f"10.0.0.{number}", "5432")
        assert own["guests"] == guests
        assert attributes[f"web[{number},0]"]["ready"] == f"done by web[{number},0]"
    log = server.text(f"/exec/{execution}/log", operation="add_target")
    for number in range(2):
        added = f"added grant of web[{number},0], said of web["
        assert log.count(added) == 2  # for each of two databases
        assert log.count(f", ticket of web[{number},0]\n") == 2
    execution = server.execute("mapped", "uninstall")
    assert server.text(f"/exec/{execution}/log", operation="stop").count(f"stopped with {guests}\n") == 2


def test_the_space_that_holds_them_is_sound(server: Server) -> None:
    server.deploy(archive({"service.yaml": TEMPLATE, **SCRIPTS}), "sound")
    server.execute("sound", "install")
    server.execute("sound", "uninstall")

    command = [sys.executable, "-m", "manager.cli", "space", "check", "--json"]
    command += ["--state", server.settings["DITRIT_STATE"]]
    if "DITRIT_SPACE" in server.settings:
        command += ["--space", server.settings["DITRIT_SPACE"]]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    found: dict[str, Any] = json.loads(ended.stdout)
    assert found["findings"] == []
