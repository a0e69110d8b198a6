"""The examples, deployed and taken down by a manager and two workers: what was committed obeys the standard.

The manager, the workers and the space are real; the checker knows nothing of them.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.checker import check
from tests.acceptance.servers import Server, running
from tests.acceptance.topologies import Topology, appli, legacy, minimal, substitution

EXAMPLES = Path(__file__).parents[2] / "example"
TOPOLOGIES = {"appli": appli(), "legacy": legacy(), "minimal": minimal(), "substitution": substitution()}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("up"), workers=2) as server:
        yield server


@pytest.mark.parametrize("weaving", ["interleaved", "strict"])
@pytest.mark.parametrize("example", sorted(TOPOLOGIES))
def test_what_is_committed_obeys_the_standard(server: Server, example: str, weaving: str) -> None:
    """Install, uninstall and install again."""
    topology, name = TOPOLOGIES[example], f"{example}-{weaving}"
    server.deploy((EXAMPLES / f"{example}.zip").read_bytes(), name, weaving)
    for workflow, end in (("install", "started"), ("uninstall", "deleted"), ("install", "started")):
        execution = server.execute(name, workflow)
        history = server.all(f"/exec/{execution}/history")
        assert check(history, topology, workflow, strict=weaving == "strict") == []
        assert server.states(name) == Counter({end: instances(topology)})
        assert journal_lines(server, execution) == len([item for item in history if "operation" in item])


def instances(topology: Topology) -> int:
    return sum(len(topology.instances(node.name)) for node in topology.nodes)


def journal_lines(server: Server, execution: str) -> int:
    """The lines of an execution, once the workers have written them, which they do after the commit."""
    time.sleep(0.3)
    return sum(line.split()[2] == execution for line in server.journal.read_text().splitlines())


def test_a_worker_tells_at_sigusr1_what_its_threads_do(server: Server) -> None:
    server.deploy((EXAMPLES / "minimal.zip").read_bytes(), "asked")
    told = server.diagnosis(server.execute("asked", "install"))
    assert told.count("in _collect") == 2
    assert "ready" not in told
