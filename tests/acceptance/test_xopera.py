"""A template with playbooks, written for another orchestrator, comes to the same here as there.

What is expected was recorded from that orchestrator (opera 0.7.0), which runs `example/xopera` as it is.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from example.pack import pack
from tests.acceptance.servers import Server, running
from tests.support.archives import archive
from tests.worker.executors.watching import alive, pid_in

EXAMPLE = Path(__file__).parents[2] / "example/xopera"
OUTPUTS = {"port": 5066, "text": "see db.local:5066"}
FILES = {
    "database/settings": "connections = 10\ntable = orders\ntable = clients\n",
    "page/index": "see db.local:5066\n",
    "page/port": "5066",
}
LEFT = {name: text for name, text in FILES.items() if not name.startswith("database")}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, space_flags: Sequence[str]) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("xopera"), 2, *space_flags) as found:
        yield found


def files(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_playbooks_deploy_and_take_down_what_they_do_elsewhere(server: Server, tmp_path: Path) -> None:
    server.put("/csar", params={"model": "shop"}, files={"file": pack(EXAMPLE)})
    inputs = {"inputs": {"folder": str(tmp_path / "shop")}}
    server.put("/instance", params={"model": "shop", "name": "one"}, json=inputs)

    execution = server.execute("shop", "install")

    answer = server.get("/instance/shop/one")
    assert answer["outputs"] == OUTPUTS
    attributes = {node["node"]: node["attributes"] for node in answer["nodes"]}
    assert attributes["database"] | {"port": 5066, "address": "db.local"} == attributes["database"]
    assert files(tmp_path / "shop") == FILES
    log = server.text(f"/exec/{execution}/log", node="database", operation="create")
    assert "TASK [Write its settings]" in log
    assert "changed: [database[0,0]]" in log
    states = [operation["state"] for operation in server.all(f"/exec/{execution}/operations")]
    assert states == ["succeeded"] * 3

    server.execute("shop", "uninstall")
    assert files(tmp_path / "shop") == LEFT


DERIVED = """\
tosca_definitions_version: tosca_simple_yaml_1_3
artifact_types:
  my.Playbook: { derived_from: tosca.artifacts.Implementation.Ansible }
topology_template:
  node_templates:
    a:
      type: tosca.nodes.SoftwareComponent
      artifacts: { site: { type: my.Playbook, file: site.play } }
      interfaces: { Standard: { operations: { create: { implementation: site } } } }
"""
PLAYBOOK = "- hosts: a\n  gather_facts: false\n  tasks:\n    - { name: Look, fail: { msg: nothing there } }\n"


def test_a_playbook_of_a_type_of_ones_own_fails_with_its_task_and_message(server: Server) -> None:
    server.deploy(archive({"service.yaml": DERIVED, "site.play": PLAYBOOK}), "derived")
    execution = server.put("/exec", params={"model": "derived", "instance": "one", "workflow": "install"})["id"]
    deadline = time.monotonic() + 60
    while (record := server.get(f"/exec/{execution}"))["status"] == "running":
        assert time.monotonic() < deadline, record
        time.sleep(0.05)
    assert "a[0] Standard.create: task 'Look' failed: nothing there" in record["error"]
    (operation,) = server.all(f"/exec/{execution}/operations")
    assert operation["exit_code"] == 2
    assert "fatal: [a[0]]: FAILED!" in server.text(f"/exec/{execution}/log", node="a")


SURVIVOR = """\
- hosts: all
  gather_facts: false
  tasks:
    - shell: |
        echo $$ > {folder}/pid-{{{{ ditrit.DITRIT_ATTEMPT }}}}
        [ {{{{ ditrit.DITRIT_ATTEMPT }}}} != 1 ] || exec sleep 600
    - set_stats: {{ data: {{ attempt: "{{{{ ditrit.DITRIT_ATTEMPT }}}}" }} }}
"""


def test_when_its_worker_is_killed_another_runs_the_playbook_again_and_nothing_of_the_first_is_left(
    server: Server, tmp_path: Path
) -> None:
    template = DERIVED.replace("site.play", "play/site.yml").replace(
        "my.Playbook,", "tosca.artifacts.Implementation.Ansible,"
    )
    server.deploy(archive({"service.yaml": template, "play/site.yml": SURVIVOR.format(folder=tmp_path)}), "survivor")
    execution = server.put("/exec", params={"model": "survivor", "instance": "one", "workflow": "install"})["id"]
    first = pid_in(tmp_path / "pid-1")
    assert server.up is not None
    server.up.signal_workers(signal.SIGKILL)  # others take their place
    deadline = time.monotonic() + 60
    while (record := server.get(f"/exec/{execution}"))["status"] == "running":
        assert time.monotonic() < deadline, record
        time.sleep(0.05)
    assert record["status"] == "succeeded", record
    assert not alive(first)
    (node,) = server.get("/instance/survivor/one")["nodes"]
    assert node["attributes"]["attempt"] == "2"
