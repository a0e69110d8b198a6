"""A database says a password and a port, a web server on two servers is configured with them, outputs show them."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
import requests

from tests.acceptance.servers import Server, running
from tests.support.archives import archive

TEMPLATE = """\
tosca_definitions_version: tosca_simple_yaml_1_1
relationship_types:
  shop.Connection:
    derived_from: tosca.relationships.ConnectsTo
    attributes: { token: { type: string } }
node_types:
  shop.Database:
    derived_from: tosca.nodes.SoftwareComponent
    properties: { name: { type: string, default: orders } }
    attributes: { password: { type: string }, port: { type: integer }, url: { type: string } }
    capabilities: { service: tosca.capabilities.Endpoint }
  shop.Web:
    derived_from: tosca.nodes.SoftwareComponent
    attributes: { page: { type: string } }
    requirements:
      - database: { capability: tosca.capabilities.Endpoint, relationship: shop.Connection }
topology_template:
  node_templates:
    server:
      type: tosca.nodes.Compute
      capabilities: { scalable: { properties: { default_instances: 2, min_instances: 1, max_instances: 2 } } }
      interfaces: { Standard: { create: server.sh } }
    web:
      type: shop.Web
      requirements:
        - host: server
        - database:
            node: database
            relationship:
              type: shop.Connection
              interfaces:
                Configure:
                  pre_configure_source: { implementation: token.sh }
                  add_target:
                    implementation: added.sh
                    inputs:
                      token: { get_attribute: [ SELF, token ] }
                      page: { get_attribute: [ SOURCE, page ] }
                      port: { get_operation_output: [ TARGET, Standard, create, port ] }
      interfaces:
        Standard:
          configure:
            implementation: configure.sh
            inputs:
              address: { get_attribute: [ HOST, private_address ] }
              password: { get_attribute: [ SELF, database, password ] }
              url: { get_attribute: [ database, url ] }
    database:
      type: shop.Database
      attributes:
        url:
          concat:
            - "db://:"
            - { get_operation_output: [ SELF, Standard, create, port ] }
            - /
            - { get_attribute: [ SELF, name ] }
      interfaces: { Standard: { create: database.sh } }
  outputs:
    port: { type: integer, value: { get_attribute: [ database, port ] } }
    url:
      type: string
      value: { concat: [ { get_attribute: [ database, url ] }, "?", { get_attribute: [ database, password ] } ] }
    pages: { type: list, value: { get_attribute: [ web, page ] } }
    addresses: { type: list, value: { get_attribute: [ server, private_address ] } }
"""
SCRIPTS = {
    "server.sh": 'echo "private_address=10.0.0.$INSTANCE" >> "$DITRIT_OUTPUTS"\n',
    "database.sh": 'echo "port:=5432" >> "$DITRIT_OUTPUTS"\necho "password=pa ss=word" >> "$DITRIT_OUTPUTS"\n',
    "token.sh": 'echo "token=t$INSTANCE" >> "$DITRIT_OUTPUTS"\n',
    "configure.sh": 'echo "configured with $password"\necho "page=$address>$url" >> "$DITRIT_OUTPUTS"\n',
    "added.sh": 'echo "added $token $page $port"\n',
}
URL = "db://:5432/orders"


def shop(**scripts: str) -> bytes:
    return archive({"service.yaml": TEMPLATE, **SCRIPTS, **{f"{name}.sh": text for name, text in scripts.items()}})


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, space_flags: Sequence[str]) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("attributes"), 2, *space_flags) as found:
        yield found


def instance(server: Server, model: str) -> Any:
    return server.get(f"/instance/{model}/one")


def test_what_a_database_says_reaches_the_web_server_and_the_outputs(server: Server) -> None:
    server.deploy(shop(), "shop")
    before = instance(server, "shop")
    assert before["outputs"] == {"port": None, "url": None, "pages": None, "addresses": None}

    execution = server.execute("shop", "install")

    pages = [f"10.0.0.{number}>{URL}" for number in range(2)]
    answer = instance(server, "shop")
    assert answer["outputs"] == {
        "port": 5432,
        "url": f"{URL}?pa ss=word",
        "pages": pages,
        "addresses": ["10.0.0.0", "10.0.0.1"],
    }
    own = {"port": 5432, "password": "pa ss=word", "url": URL}
    every = {"tosca_name": "database", "tosca_id": "database[0]", "state": "started"}
    assert [node["attributes"] for node in answer["nodes"] if node["node"] == "database"] == [every | own]
    assert [node["attributes"]["page"] for node in answer["nodes"] if node["node"] == "web"] == pages
    log = server.text(f"/exec/{execution}/log", node="web", operation="configure")
    assert log.count("configured with pa ss=word\n") == 2
    added = server.text(f"/exec/{execution}/log", operation="add_target")
    for number in range(2):
        assert f"added t{number},0 {pages[number]} 5432\n" in added


def test_the_command_shows_attributes_and_outputs(server: Server) -> None:
    server.deploy(shop(), "shown")
    server.execute("shown", "install")
    command = [sys.executable, "-m", "manager.cli", "instance", "show", "shown", "one", "--server", server.url]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    assert "attribute database[0] port = 5432\n" in shown
    assert f"attribute web[1,0] page = 10.0.0.1>{URL}\n" in shown
    assert 'output addresses = ["10.0.0.0", "10.0.0.1"]\n' in shown


def failed(server: Server, model: str) -> str:
    execution = server.put("/exec", params={"model": model, "instance": "one", "workflow": "install"})["id"]
    deadline = time.monotonic() + 60
    while (record := server.get(f"/exec/{execution}"))["status"] == "running":
        assert time.monotonic() < deadline, record
        time.sleep(0.05)
    assert record["status"] == "failed"
    return str(record["error"])


def test_an_attribute_that_nobody_has_said_fails_the_operation_that_asks_for_it(server: Server) -> None:
    server.deploy(shop(database="true\n"), "silent")
    error = failed(server, "silent")
    asked = "web[0,0] Standard.configure: input 'password': get_attribute [SELF, database, password]: "
    assert f"{asked}database[0] has no value for 'service.password' or 'password'" in error


def test_a_malformed_line_fails_the_operation_that_wrote_it_and_none_of_its_outputs_is_taken(server: Server) -> None:
    server.deploy(shop(database='echo "port:=1" > "$DITRIT_OUTPUTS"\necho hunter2 >> "$DITRIT_OUTPUTS"\n'), "wrong")
    error = failed(server, "wrong")
    assert "database[0] Standard.create: its outputs cannot be taken: line 2: found no '='" in error
    assert "hunter2" not in error
    assert instance(server, "wrong")["outputs"]["port"] is None


def test_attributes_stay_when_the_instance_is_taken_down_and_go_with_it(server: Server) -> None:
    server.deploy(shop(), "gone")
    server.execute("gone", "install")
    server.execute("gone", "uninstall")
    assert instance(server, "gone")["outputs"]["port"] == 5432
    path = f"{server.url}/instance/gone/one"
    assert requests.delete(path, timeout=60).status_code == 204
    server.put("/instance", params={"model": "gone", "name": "one"})
    assert instance(server, "gone")["outputs"]["port"] is None
