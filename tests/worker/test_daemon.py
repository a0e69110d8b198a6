"""The worker's loop: it never rests while there is something to do, and never turns without anything to do."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from engine.executions.networks import install_network
from engine.executions.progress import counts
from engine.executions.records import ExecutionRecord, InstanceRecord
from engine.executions.start import start_execution
from engine.executions.work import Work
from engine.instances.scaling import scale_of
from engine.space.backends.sqlite import SqliteSpace
from engine.space.client import Held
from engine.space.verbs import Cas
from engine.weaving import weave
from tests.support.topologies import Node, appli, topology
from tosca.model import ServiceTemplate
from worker import bell
from worker.daemon import Worker
from worker.executors.base import Result, RunningOperation


class Instant(RunningOperation):
    """An operation that has ended when it starts."""

    def __init__(self) -> None:
        self._handle = os.eventfd(1)

    def fileno(self) -> int:
        return self._handle

    def result(self) -> Result:
        os.close(self._handle)
        self._handle = -1
        now = time.time()
        return Result(0, None, now, now, None)

    def tend(self, now: float) -> None:
        pass

    def stop(self, reason: str) -> None:
        pass

    def kill(self) -> None:
        pass


class InstantRunner:
    """Runs nothing, instantly."""

    def __init__(self) -> None:
        self.started = 0

    def start(self, work: Work, held: Held) -> RunningOperation:
        self.started += 1
        return Instant()

    def file(self, held: Held, result: Result) -> None:
        pass

    def committed(self, work: Work, results: Sequence[tuple[Held, Result]]) -> None:
        pass

    def forget(self, operation: RunningOperation) -> None:
        pass


@pytest.fixture(autouse=True)
def no_second_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without being rung an idle worker sleeps for ever: a missed ring would hang the test."""
    monkeypatch.setattr(bell, "_LONGEST", 1000.0)


@pytest.fixture
def space(tmp_path: Path) -> Iterator[SqliteSpace]:
    opened = SqliteSpace(tmp_path / "space.db")
    yield opened
    opened.close()


def deploy(space: SqliteSpace, template: ServiceTemplate) -> None:
    scale = scale_of(template, {})
    networks = {name: install_network(space, weave(template, name), scale) for name in ("install", "uninstall")}
    record = InstanceRecord(
        model="m", instance="i", digest="d", inputs={}, node_instances=scale.total, networks=networks, created=""
    )
    space.transact([Cas(record.key, record.encoded(), 0)])


def work_through(space: SqliteSpace, workflows: Sequence[str], *, workers: int, slots: int) -> list[ExecutionRecord]:
    """Let some workers, a thread each, carry out workflows one after another."""
    all_workers = [Worker(space, InstantRunner(), name=f"w{n}", host="here", slots=slots) for n in range(workers)]
    threads = [threading.Thread(target=worker.run) for worker in all_workers]
    for thread in threads:
        thread.start()
    ended = []
    try:
        for workflow in workflows:
            record = start_execution(space, "m", "i", workflow)
            deadline = time.monotonic() + 60
            while record.status == "running" and time.monotonic() < deadline:
                space.wait(f"exec/{record.id}", space.index(f"exec/{record.id}"), 0.05)
                found = ExecutionRecord.read(space, record.id)
                assert found is not None
                record = found[0]
            ended.append(record)
        while space.keys("prop/") and time.monotonic() < deadline:  # facts of the last one that nobody waited for
            time.sleep(0.01)
    finally:
        for worker in all_workers:
            worker.stop()
        for thread in threads:
            thread.join(30)
    return ended


WIDE = topology([Node(f"n{number}", operations=("create", "start")) for number in range(100)])
CHAIN = topology([Node(f"n{n}", depends=[f"n{n - 1}"] if n else [], operations=("create",)) for n in range(40)])
SCALED = topology(
    [
        Node("hub", operations=("create",)),
        Node("many", instances=300, operations=("create",), connects=("hub",), relationship_operations=("add_source",)),
        Node("last", depends=("many",), operations=("create",)),
    ]
)
NOTHING = topology([Node("n", operations=())])


@pytest.mark.parametrize(("workers", "slots"), [(1, 1), (1, 8), (3, 2), (2, 64)])
@pytest.mark.parametrize(
    "template",
    [
        pytest.param(WIDE, id="wide"),
        pytest.param(CHAIN, id="chain"),
        pytest.param(SCALED, id="scaled"),
        pytest.param(appli(), id="appli"),
        pytest.param(NOTHING, id="no operations"),
    ],
)
def test_no_worker_rests_while_there_is_something_to_do(
    space: SqliteSpace, template: ServiceTemplate, workers: int, slots: int
) -> None:
    deploy(space, template)
    ended = work_through(space, ["install", "uninstall", "install"], workers=workers, slots=slots)

    assert [record.status for record in ended] == ["succeeded"] * 3
    for record in ended:
        assert counts(space, record) == {
            "total": record.operations,
            "done": record.operations,
            "running": 0,
            "failed": 0,
        }
    assert space.keys("op/") == []
    assert space.keys("prop/") == []


def test_an_idle_worker_waits_and_does_not_turn(space: SqliteSpace) -> None:
    worker = Worker(space, InstantRunner(), name="w", host="here", slots=4)
    worker.step()
    worker.step()
    before, started = time.process_time(), time.monotonic()
    for _ in range(3):
        worker.step()

    assert time.monotonic() - started > 1.0
    assert time.process_time() - before < 0.3
    worker.stop()
    worker.run()


def test_a_worker_whose_lease_was_lost_begins_anew_and_goes_on(space: SqliteSpace) -> None:
    deploy(space, WIDE)
    worker = Worker(space, InstantRunner(), name="w", host="here", slots=4, ttl=0.6)
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        for entry in space.entries("bell/worker/"):
            space.close_session(entry.session or "")
        record = start_execution(space, "m", "i", "install")
        deadline = time.monotonic() + 30
        while record.status == "running" and time.monotonic() < deadline:
            time.sleep(0.05)
            found = ExecutionRecord.read(space, record.id)
            assert found is not None
            record = found[0]
    finally:
        worker.stop()
        thread.join(30)
    assert record.status == "succeeded"
