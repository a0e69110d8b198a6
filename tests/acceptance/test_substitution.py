"""A database is substituted by the template that its properties choose; whoever uses it does not see which."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.checker import check
from tests.acceptance.servers import Server, running
from tests.acceptance.topologies import substitution
from tosca.csar import folder_files
from tosca.packing import pack

EXAMPLE = Path(__file__).parents[2] / "example" / "substitution"
SHOP = "Definitions/shop.yaml"
CHOSEN = {1: "Definitions/single.yaml", 3: "Definitions/replicated.yaml"}
URLS = {1: "db://10.0.0.1/orders", 3: "db+replicated://10.0.0.1/orders"}
PORT = 5432


def archive(copies: int) -> bytes:
    text = (EXAMPLE / SHOP).read_text()
    assert "copies: 3" in text
    return pack(folder_files(EXAMPLE) | {SHOP: text.replace("copies: 3", f"copies: {copies}").encode()})


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, space_flags: Sequence[str]) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("substitution"), 2, *space_flags) as found:
        yield found


def nodes(server: Server, model: str, name: str) -> list[dict[str, Any]]:
    return [node for node in server.get(f"/instance/{model}/one")["nodes"] if node["node"] == name]


@pytest.mark.parametrize("copies", [1, 3])
def test_the_chosen_template_is_deployed_scaled_and_taken_down_in_the_order_of_the_standard(
    server: Server, copies: int
) -> None:
    model, topology = f"shop{copies}", substitution(copies)
    server.deploy(archive(copies), model)
    answer = server.get(f"/csar/{model}")
    chosen = {"node": "orders", "type": "shop.nodes.Database", "template": CHOSEN[copies]}
    assert answer["substitutions"] == [chosen]

    for workflow, end in (("install", "started"), ("uninstall", "deleted"), ("install", "started")):
        execution = server.execute(model, workflow)
        assert check(server.all(f"/exec/{execution}/history"), topology, workflow) == []
        expected = {"front": 1, "site": 1, "orders/server": 1, f"orders/{'engine' if copies == 1 else 'primary'}": 1}
        expected |= {} if copies == 1 else {"orders/mirror": 3, "orders/replica": 3}
        found = Counter(node["node"] for node in server.get(f"/instance/{model}/one")["nodes"])
        assert found == expected
        assert server.states(model) == Counter({end: sum(expected.values())})


def test_the_command_tells_which_template_was_chosen(server: Server) -> None:
    command = [sys.executable, "-m", "manager.cli", "csar", "push", str(EXAMPLE), "--model", "pushed"]
    shown = subprocess.run(
        [*command, "--server", server.url], capture_output=True, text=True, timeout=60, check=True
    ).stdout
    assert shown.splitlines() == [
        "model pushed: 6 node templates, install, uninstall",
        "  orders (shop.nodes.Database): Definitions/replicated.yaml",
    ]


@pytest.mark.parametrize("copies", [1, 3])
def test_what_the_database_says_is_read_under_its_name_by_operations_and_outputs(server: Server, copies: int) -> None:
    model = f"read{copies}"
    server.deploy(archive(copies), model)
    assert server.get(f"/instance/{model}/one")["outputs"] == {"url": None, "port": None}

    execution = server.execute(model, "install")

    log = server.text(f"/exec/{execution}/log", node="site", operation="configure")
    assert f"configure site[0,0] with {URLS[copies]}, port {PORT}\n" in log
    assert server.get(f"/instance/{model}/one")["outputs"] == {"url": URLS[copies], "port": PORT}


def test_nodes_inside_are_named_after_the_outer_one_everywhere(server: Server) -> None:
    server.deploy(archive(3), "named")
    execution = server.execute("named", "install")

    log = server.text(f"/exec/{execution}/log", node="orders/replica", index="2,0", operation="configure")
    assert log == "configure orders/replica[2,0] to copy from port 5432\n"
    (primary,) = nodes(server, "named", "orders/primary")
    assert primary["attributes"]["address"] == "10.0.0.1"
    assert primary["attributes"]["tosca_id"] == "orders/primary[0,0]"
    assert primary["host"] == {"node": "orders/server", "index": [0]}
    graph = server.get("/model/named/graph")
    assert "orders/mirror" in [node["name"] for node in graph["node_templates"]]
    assert "orders/mirror" in server.text("/model/named/graph", format="svg")
    assert '"orders/mirror"' in server.text("/model/named/graph", format="dot")
    command = [sys.executable, "-m", "manager.cli", "logs", execution, "orders/replica[1,0]", "start"]
    shown = subprocess.run(
        [*command, "--server", server.url], capture_output=True, text=True, timeout=60, check=True
    ).stdout
    assert shown == "start orders/replica[1,0]\n"


WORKFLOWS = """
  workflows:
    restart:
      steps:
        halt:
          target: orders
          activities: [ { call_operation: Standard.stop }, { set_state: stopped } ]
          on_success: [ resume ]
        resume:
          target: orders
          activities: [ { call_operation: Standard.start }, { set_state: started } ]
"""
INNER = """
  workflows:
    resync:
      steps: { again: { target: replica, activities: [ { call_operation: Standard.configure } ] } }
"""


def test_workflows_name_the_node_and_reach_the_nodes_in_its_place_and_those_of_the_template_can_be_executed(
    server: Server,
) -> None:
    replicated = CHOSEN[3]
    files = folder_files(EXAMPLE)
    outer = (EXAMPLE / SHOP).read_text() + WORKFLOWS
    inner = (EXAMPLE / replicated).read_text() + INNER
    server.deploy(pack(files | {SHOP: outer.encode(), replicated: inner.encode()}), "flows")
    assert server.get("/csar/flows")["workflows"] == ["install", "uninstall", "orders/resync", "restart"]
    assert "orders/replica" in server.text("/model/flows/workflows/orders%2Fresync")
    server.execute("flows", "install")

    called = []
    for workflow in ("restart", "orders/resync"):
        history = server.all(f"/exec/{server.execute('flows', workflow)}/history")
        called += [f"{item['node']}.{item['operation']}" for item in history if "operation" in item]

    assert Counter(called) == {
        "orders/primary.stop": 1,
        "orders/primary.start": 1,
        "orders/replica.start": 3,
        "orders/replica.configure": 3,
    }
    assert called.index("orders/primary.stop") < called.index("orders/primary.start")
    assert server.states("flows") == Counter({"started": 10})
