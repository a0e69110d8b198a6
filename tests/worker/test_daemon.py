"""The worker's loop: it never rests while there is something to do, and never turns without anything to do."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from engine.artifacts.base import ArtifactUnreachable
from engine.executions.networks import install_network
from engine.executions.progress import counts
from engine.executions.records import ExecutionRecord, InstanceRecord
from engine.executions.start import start_execution
from engine.executions.work import Work
from engine.instances.scaling import scale_of
from engine.space.backends.sqlite import SqliteSpace
from engine.space.base import Entry
from engine.space.client import Held
from engine.space.errors import SpaceUnavailable
from engine.space.lease import Lease
from engine.space.verbs import Cas, Set, Verb
from engine.weaving import weave
from tests.support.topologies import Node, appli, topology
from tosca.model import ServiceTemplate
from worker import bell, daemon
from worker.daemon import Worker
from worker.executors.base import Result, RunningOperation
from worker.requests import attempt_of


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

    def cut(self) -> None:
        pass


class Endless(Instant):
    """An operation that ends when it is killed only."""

    def __init__(self) -> None:
        self._handle = os.eventfd(0)
        self.was_cut = threading.Event()

    def kill(self) -> None:
        os.close(self._handle)

    def cut(self) -> None:
        self.was_cut.set()


class InstantRunner:
    """Runs nothing, instantly."""

    def __init__(self) -> None:
        self.started = 0

    def start(self, work: Work, held: Held, mine: Callable[[], bool]) -> RunningOperation:
        self.started += 1
        return Instant()

    def file(self, held: Held, result: Result) -> None:
        pass

    def committed(self, work: Work, results: Sequence[tuple[Held, Result]]) -> None:
        pass

    def pause(self, work: Work, held: Held) -> float | None:
        return None

    def show(self, held: Held, operation: RunningOperation) -> None:
        return None

    def forget(self, operation: RunningOperation) -> None:
        pass


class EndlessRunner(InstantRunner):
    """Runs what never ends."""

    def __init__(self) -> None:
        super().__init__()
        self.running: list[Endless] = []

    def start(self, work: Work, held: Held, mine: Callable[[], bool]) -> RunningOperation:
        self.running.append(Endless())
        return self.running[-1]


class TroubledSpace(SqliteSpace):
    """A space that can fail in ways that a network fails in."""

    refusals = 0  # transactions about workers that it will still refuse

    def __init__(self, file: Path) -> None:
        super().__init__(file)
        self.answers = threading.Event()
        self.answers.set()
        self.asked = threading.Event()  # while it does not answer

    def transact(self, verbs: Sequence[Verb]) -> int:
        if self.refusals and verbs[0].key.startswith("bell/worker/"):
            self.refusals -= 1
            raise SpaceUnavailable("not now")
        return super().transact(verbs)

    def entries(self, prefix: str) -> list[Entry]:
        if not self.answers.is_set() and threading.current_thread().name == "loop":
            self.asked.set()
            self.answers.wait()
        return super().entries(prefix)

    def renew_session(self, session: str) -> None:
        if not self.answers.is_set():
            raise SpaceUnavailable("not now")
        super().renew_session(session)


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


@pytest.fixture
def troubled(tmp_path: Path) -> Iterator[TroubledSpace]:
    opened = TroubledSpace(tmp_path / "space.db")
    yield opened
    opened.close()


def eventually(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_worker_that_cannot_announce_itself_under_a_new_lease_does_so_later(troubled: TroubledSpace) -> None:
    """Without that key its death would wake nobody, and it would be in no list of workers."""
    worker = Worker(troubled, InstantRunner(), name="w", host="here", slots=4, ttl=0.6)
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        troubled.refusals = 2
        for entry in troubled.entries("bell/worker/"):
            troubled.close_session(entry.session or "")
        eventually(lambda: troubled.refusals == 0)
        eventually(lambda: [one for one in troubled.entries("bell/worker/") if one.session is not None])
    finally:
        worker.stop()
        thread.join(30)


class HiccupRunner(InstantRunner):
    """The space does not answer when the third operation and the sixth are to start, and after each tenth commit."""

    commits = 0

    def start(self, work: Work, held: Held, mine: Callable[[], bool]) -> RunningOperation:
        self.started += 1
        if self.started in (3, 6):
            raise SpaceUnavailable("not now")
        return Instant()

    def committed(self, work: Work, results: Sequence[tuple[Held, Result]]) -> None:
        self.commits += 1
        if self.commits % 10 == 0:
            raise SpaceUnavailable("not now")


@pytest.mark.parametrize("template", [pytest.param(WIDE, id="wide"), pytest.param(CHAIN, id="chain")])
def test_an_operation_that_could_not_start_for_want_of_the_space_is_looked_for_again(
    space: SqliteSpace, template: ServiceTemplate
) -> None:
    """The worker holds it, so nobody else may start it."""
    deploy(space, template)
    worker = Worker(space, HiccupRunner(), name="w", host="here", slots=4)
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        record = start_execution(space, "m", "i", "install")
        eventually(lambda: counts(space, record)["done"] == record.operations)
    finally:
        worker.stop()
        worker.hurry()
        thread.join(30)


class FarArchives(InstantRunner):
    """The artifact store is away until it is told otherwise."""

    def __init__(self) -> None:
        super().__init__()
        self.there = False
        self.tries = 0
        self.attempts: list[int] = []

    def start(self, work: Work, held: Held, mine: Callable[[], bool]) -> RunningOperation:
        self.tries += 1
        if not self.there:
            raise ArtifactUnreachable("not now")
        self.attempts.append(attempt_of(held))
        return Instant()


def test_operations_whose_archive_cannot_be_fetched_are_given_back_until_it_can(
    space: SqliteSpace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(daemon, "_PAUSES", (0.1, 0.4))
    deploy(space, WIDE)
    runner = FarArchives()
    worker = Worker(space, runner, name="w", host="here", slots=4)
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        record = start_execution(space, "m", "i", "install")
        eventually(lambda: runner.tries >= 4)
        eventually(lambda: counts(space, record)["running"] == 0)
        assert runner.tries < 20
        runner.there = True
        eventually(lambda: counts(space, record)["done"] == record.operations)
    finally:
        worker.stop()
        worker.hurry()
        thread.join(30)
    assert set(runner.attempts) == {1}  # what never began was no attempt


def test_what_runs_is_killed_when_the_lease_ends_although_the_loop_waits_for_the_space(troubled: TroubledSpace) -> None:
    """Others take it over when the session ends, whether or not this worker has an answer by then."""
    deploy(troubled, WIDE)
    runner = EndlessRunner()
    worker = Worker(troubled, runner, name="w", host="here", slots=4, ttl=0.6)
    thread = threading.Thread(target=worker.run, name="loop")
    thread.start()
    try:
        start_execution(troubled, "m", "i", "install")
        eventually(lambda: len(runner.running) == 4)
        worker._slots = 5  # there is room: it looks again
        troubled.answers.clear()
        troubled.transact([Set("bell/0", b"ring")])
        assert troubled.asked.wait(30)
        assert all(operation.was_cut.wait(30) for operation in runner.running[:4])
        assert not troubled.answers.is_set()
    finally:
        troubled.answers.set()
        worker.stop()
        worker.hurry()
        thread.join(30)


class SlowRenewal(SqliteSpace):
    """Each renewal is answered when it is told to."""

    def __init__(self, file: Path) -> None:
        super().__init__(file)
        self.answers = threading.Event()

    def renew_session(self, session: str) -> None:
        self.answers.wait(30)


def test_a_lease_that_was_over_for_a_moment_stays_over(tmp_path: Path) -> None:
    """Somebody may have seen that, and have given up what was held."""
    with closing(SlowRenewal(tmp_path / "space.db")) as space:
        lost = threading.Event()
        lease = Lease(space, 0.4, lost.set)
        eventually(lambda: not lease.valid)
        space.answers.set()
        assert lost.wait(30)
        assert not lease.valid
        lease.abandon()
