"""Most of Consul's servers, or all of them, are away for a while: nothing is lost, and all goes on by itself."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.acceptance.checker import check
from tests.acceptance.servers import Server, running
from tests.acceptance.test_consul import attempts, until
from tests.acceptance.test_killed_workers import slow_example
from tests.acceptance.topologies import appli
from tests.support.archives import archive
from tests.support.consul import Cluster, cluster

LONG = """\
tosca_definitions_version: tosca_simple_yaml_1_1
topology_template:
  node_templates:
    app: {type: tosca.nodes.SoftwareComponent, interfaces: {Standard: {create: create.sh}}}
"""


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[Cluster]:
    with cluster(tmp_path / "consul", servers=3) as found:
        yield found


@pytest.fixture
def server(mortal: Cluster, tmp_path: Path) -> Iterator[Server]:
    (tmp_path / "up").mkdir()
    with running(tmp_path / "up", 2, "--space", mortal.url("example")) as found:
        yield found


def sound(server: Server) -> None:
    """What is stored fits together."""
    command = [sys.executable, "-m", "manager.cli", "space", "check", "--state", server.settings["DITRIT_STATE"]]
    command += ["--space", server.settings["DITRIT_SPACE"]]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def refused(server: Server) -> requests.Response:
    """The answer to a request that cannot be met now."""
    return requests.put(f"{server.url}/instance", params={"model": "appli", "name": "two"}, timeout=60)


def test_two_of_three_servers_are_lost_in_the_middle_of_a_workflow_and_come_back(
    mortal: Cluster, server: Server, tmp_path: Path
) -> None:
    server.deploy(slow_example(tmp_path / "slow"), "appli")
    execution = server.put("/exec", params={"model": "appli", "instance": "one", "workflow": "install"})["id"]
    until(lambda: server.get(f"/exec/{execution}")["operations"]["done"] >= 10)
    leader = mortal.leader()
    lost = [leader, next(one for one in mortal.servers if one is not leader)]
    for one in lost:
        one.kill()
    answer = refused(server)
    assert answer.status_code == 503
    assert answer.json()["error"]["message"].startswith("Consul")
    for one in lost:
        one.start()
    mortal.settle()

    until(lambda: server.get(f"/exec/{execution}")["status"] != "running", 60)
    assert server.get(f"/exec/{execution}")["status"] == "succeeded"
    assert check(server.all(f"/exec/{execution}/history"), appli(), "install") == []
    assert server.states("appli") == {"started": 19}
    sound(server)


def test_all_servers_are_away_for_longer_than_a_lease_while_an_operation_runs(
    mortal: Cluster, server: Server, tmp_path: Path
) -> None:
    """It is left to run until its lease may have ended; then it is killed, and carried out once more."""
    begun, alive = tmp_path / "begun", tmp_path / "alive"
    script = f"echo >> {begun}\n[ $DITRIT_ATTEMPT = 1 ] || exit 0\n"
    script += f"while sleep 0.2; do echo $EPOCHREALTIME > {alive}.new; mv {alive}.new {alive}; done\n"
    server.deploy(archive({"service.yaml": LONG, "create.sh": script}), "appli")
    execution = server.put("/exec", params={"model": "appli", "instance": "one", "workflow": "install"})["id"]
    until(alive.exists)
    gone = time.time()
    mortal.stop()
    for _ in range(2):
        answer = refused(server)
        assert answer.status_code == 503
        assert answer.json()["error"]["message"].startswith("Consul does not answer: ")
        assert requests.get(f"{server.url}/health", timeout=5).status_code == 200
        assert requests.get(f"{server.url}/ready", timeout=60).status_code == 503
    until(lambda: time.time() - gone > 15)
    killed = float(alive.read_text())
    assert 6 < killed - gone < 12, "the lease lasts 10 s from its last renewal, which may be 3.3 s old"
    mortal.start()

    until(lambda: server.get(f"/exec/{execution}")["status"] != "running", 60)
    assert server.get(f"/exec/{execution}")["status"] == "succeeded"
    assert attempts(server, execution) == [2]
    assert len(begun.read_text().splitlines()) == 2
    until(lambda: len(server.get("/workers")["items"]) == 2)
    sound(server)
