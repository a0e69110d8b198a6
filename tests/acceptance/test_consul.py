"""The example over three Consul servers, while servers and workers die."""

from __future__ import annotations

import os
import signal
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.checker import check
from tests.acceptance.running import Up
from tests.acceptance.servers import Server, running, start_worker
from tests.acceptance.test_killed_workers import slow_example
from tests.acceptance.topologies import appli
from tests.support.archives import archive
from tests.support.consul import Cluster, cluster

TEMPLATE = """\
tosca_definitions_version: tosca_simple_yaml_1_1
topology_template:
  node_templates:
    app: {type: tosca.nodes.SoftwareComponent, interfaces: {Standard: {create: create.sh}}}
"""


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[Cluster]:
    """Three servers that may be killed."""
    with cluster(tmp_path / "consul", servers=3) as found:
        yield found


@pytest.fixture
def flags(three_consuls: Cluster) -> tuple[str, str]:
    return "--space", three_consuls.url(uuid.uuid4().hex)


def started(server: Server, folder: Path) -> str:
    """An execution whose only operation tells its process and then, the first time, lasts for ever."""
    script = f"[ $DITRIT_ATTEMPT = 1 ] || exit 0\necho $PPID > {folder}/runs\nsleep 600\n"
    server.deploy(archive({"service.yaml": TEMPLATE, "create.sh": script}), "m")
    execution = str(server.put("/exec", params={"model": "m", "instance": "one", "workflow": "install"})["id"])
    until(lambda: (folder / "runs").exists() and (folder / "runs").read_text().endswith("\n"))
    return execution


def until(true: object, patience: float = 30.0) -> float:
    """Wait for something; how long it took."""
    assert callable(true)
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < patience
        time.sleep(0.05)
    return time.monotonic() - began


def attempts(server: Server, execution: str) -> list[int]:
    return [item["attempt"] for item in server.all(f"/exec/{execution}/history") if "exit_code" in item]


def test_the_workflow_goes_on_when_the_leader_dies_in_the_middle_of_it(mortal: Cluster, tmp_path: Path) -> None:
    (tmp_path / "up").mkdir()
    with running(tmp_path / "up", 2, "--space", mortal.url("example")) as server:
        server.deploy(slow_example(tmp_path / "slow"), "appli")
        execution = server.put("/exec", params={"model": "appli", "instance": "one", "workflow": "install"})["id"]
        until(lambda: server.get(f"/exec/{execution}")["operations"]["done"] >= 10)
        mortal.leader().kill()
        until(lambda: server.get(f"/exec/{execution}")["status"] != "running", 60)
        assert server.get(f"/exec/{execution}")["status"] == "succeeded"
        assert check(server.all(f"/exec/{execution}/history"), appli(), "install") == []
        assert server.states("appli") == Counter(started=19)
        assert set(attempts(server, execution)) == {1}  # no lease was lost


def test_what_a_killed_worker_of_ditrit_up_held_is_taken_over_at_once(flags: tuple[str, str], tmp_path: Path) -> None:
    (tmp_path / "up").mkdir()
    with running(tmp_path / "up", 2, *flags) as server:
        execution = started(server, tmp_path)
        os.kill(int((tmp_path / "runs").read_text()), signal.SIGKILL)
        took = until(lambda: server.get(f"/exec/{execution}")["status"] == "succeeded")
        assert took < 5  # its session would last for 10 seconds at least
        assert attempts(server, execution) == [2]


def test_what_a_worker_held_whose_death_nobody_sees_is_taken_over_when_its_lease_is_over(
    flags: tuple[str, str], tmp_path: Path
) -> None:
    (tmp_path / "up").mkdir()
    with running(tmp_path / "up", 0, *flags) as server:
        workers = [start_worker(server) for _ in range(2)]
        try:
            execution = started(server, tmp_path)
            os.kill(int((tmp_path / "runs").read_text()), signal.SIGKILL)
            until(lambda: server.get(f"/exec/{execution}")["status"] == "succeeded", 40)
            assert attempts(server, execution) == [2]
        finally:
            for worker in workers:
                worker.kill()
                worker.wait()


def test_a_consul_that_is_not_there_is_told_in_a_sentence(tmp_path: Path) -> None:
    up = Up(tmp_path, "--space", "consul://secret-token@127.0.0.1:1/x")
    assert up.ended(30) != 0
    assert "Consul does not answer: 127.0.0.1:1: [Errno 111] Connection refused" in up.text
    assert "Traceback" not in up.text
    assert "secret-token" not in up.text
