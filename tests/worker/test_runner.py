"""What a worker does with the machine: logs of the attempts, and operations that it may not start any more."""

from __future__ import annotations

import hashlib
import json
import select
from dataclasses import replace
from pathlib import Path

import pytest

from engine.artifacts import ArtifactStore, open_artifacts
from engine.artifacts.base import csar_key
from engine.executions.cancel import cancel_execution
from engine.executions.history import log_key, operation_id
from engine.executions.networks import ProductionCache
from engine.executions.progress import history
from engine.executions.records import ExecutionRecord
from engine.executions.start import start_execution
from engine.executions.work import Work
from engine.instances.references import Place
from engine.instances.scaling import Placement, Scale
from engine.rete.memory import CellId
from engine.space import keys
from engine.space.backends.memory import MemorySpace, Store
from engine.space.base import Entry
from engine.space.client import Held
from engine.space.errors import SpaceUnavailable
from engine.space.verbs import Set
from engine.weaving.values import to_json
from tests.engine.executions.world import deploy
from tests.support.archives import archive
from tests.support.flows import flows
from tests.support.topologies import Node, topology
from tosca.model import Function, NodeTemplate, Value
from worker.archives import ArchiveCache
from worker.executors.base import Result
from worker.executors.registry import default_registry
from worker.hosts.providers import HostProviders
from worker.journal import Journal
from worker.requests import ended
from worker.runner import LocalRunner


@pytest.fixture
def artifacts(tmp_path: Path) -> ArtifactStore:
    return open_artifacts(f"file://{tmp_path}/artifacts")


@pytest.fixture
def runner(artifacts: ArtifactStore, tmp_path: Path) -> LocalRunner:
    cache = ArchiveCache(artifacts, tmp_path / "archives", 1 << 20)
    return LocalRunner(
        artifacts,
        cache,
        default_registry(tmp_path / "spool"),
        HostProviders({}),
        Journal(tmp_path / "execs"),
        worker="w",
    )


@pytest.fixture
def work() -> Work:
    store = Store()
    deploy(store, topology([Node("n", operations=("create",))]))
    space = MemorySpace(store)
    start_execution(space, "m", "i", "install")
    return Work(space, "w", space.open_session(1000))


def taken(work: Work) -> Held:
    while not (held := work.take(1)):
        progress = work.propagate(1)
        assert progress is not None
        if progress.kept:
            return progress.kept[0]
    return held[0]


def printed(tmp_path: Path, text: str) -> Result:
    output = tmp_path / text
    output.write_text(text)
    return Result(0, None, 0.0, 1.0, output)


def test_what_a_late_attempt_has_printed_does_not_take_the_place_of_the_log_of_another(
    runner: LocalRunner, artifacts: ArtifactStore, work: Work, tmp_path: Path
) -> None:
    """A worker that was stopped while its operation ran files its output when others have long committed theirs."""
    first = taken(work)
    second = replace(first, lock_index=first.lock_index + 1)
    runner.file(second, printed(tmp_path, "second"))
    runner.file(first, printed(tmp_path, "first"))

    fields = first.tuple.fields
    name = operation_id(fields["execution"], CellId(fields["production"], fields["flat"]), fields["step"])
    assert artifacts.get(log_key(fields["execution"], name, 2)) == b"second"
    assert artifacts.get(log_key(fields["execution"], name, 1)) == b"first"


def deployed(artifacts: ArtifactStore, work: Work, script: str) -> Held:
    """An operation of the instance, whose archive holds the script."""
    digest = hashlib.sha256(content := archive({"service.yaml": "", "scripts/create.sh": script})).hexdigest()
    artifacts.put(csar_key(digest), content)
    held = taken(work)
    record = work.execution(held.tuple.fields["execution"])
    work._executions[record.id] = replace(record, digest=digest), 0
    return held


@pytest.mark.parametrize(
    ("failed_before", "error"),
    [
        (False, "its worker died while it ran, and the execution was cancelled"),
        (True, "it had failed, and the execution was cancelled before it was tried again"),
    ],
)
def test_what_was_begun_of_a_cancelled_execution_is_not_begun_again_but_has_failed(
    runner: LocalRunner, artifacts: ArtifactStore, work: Work, failed_before: bool, error: str
) -> None:
    first = deployed(artifacts, work, "exit 0\n")
    if failed_before:
        work.release(work.try_again(first), begun=False)  # its worker ends before the next try
    work.space.close_session(first.session)
    execution = first.tuple.fields["execution"]
    assert cancel_execution(work.space, execution).status == "cancelling"

    other = Work(work.space, "other", work.space.open_session(1000))
    (held,) = other.take(4)
    running = runner.start(other, held, lambda: True)
    assert running is not None
    result = running.result()
    assert result is not None
    assert result.error == error
    other.commit([ended(held, result)], 4)
    found = ExecutionRecord.read(work.space, execution)
    assert found is not None
    assert found[0].status == "failed"  # it was the last one that there was to do
    assert [event["state"] for event in history(work.space, found[0]) if "state" in event][-1] == "error"


def test_an_operation_is_not_started_when_the_lease_has_ended_while_its_archive_was_fetched(
    runner: LocalRunner, artifacts: ArtifactStore, work: Work, tmp_path: Path
) -> None:
    held = deployed(artifacts, work, f"echo run > {tmp_path}/ran\n")
    cache = tmp_path / "archives"

    early = runner.start(work, held, lambda: not any(len(path.name) == 64 for path in cache.iterdir()))
    assert early is None, early.result()
    assert not (tmp_path / "ran").exists()

    operation = runner.start(work, held, lambda: True)
    assert operation is not None
    select.select([operation.fileno()], [], [], 20)
    assert operation.result() is not None
    assert (tmp_path / "ran").read_text() == "run\n"
    runner.forget(operation)


def with_inputs(work: Work, held: Held, **inputs: Value) -> None:
    """Give the operation inputs, as the network would have them."""
    production = work.production(held)
    step = held.tuple.fields["step"]
    steps = list(production.steps)
    operation = {**(steps[step].operation or {}), "inputs": {name: to_json(value) for name, value in inputs.items()}}
    steps[step] = replace(steps[step], operation=operation)
    network = work.execution(held.tuple.fields["execution"]).network
    changed = replace(production, steps=tuple(steps))
    key = keys.path("rule", network, production.name)
    work.space.transact([Set(key, json.dumps(changed.to_json()).encode())])
    work._productions = ProductionCache(work.space)


def attribute(name: str) -> Value:
    node = NodeTemplate("n", "t", ())
    scale = Scale({"n": Placement((1,), None, "n")})
    return Place({"n": node}, node, scale=scale).evaluated(Function("get_attribute", ("SELF", name)))


def test_an_operation_sees_an_attribute_as_it_is_when_it_starts(
    runner: LocalRunner, artifacts: ArtifactStore, work: Work, tmp_path: Path
) -> None:
    held = deployed(artifacts, work, f'echo "$port" > {tmp_path}/port\n')
    with_inputs(work, held, port=attribute("port"))
    work.space.transact([Set("output/m/i/n/0/Standard/create", b'{"port": 5432}')])

    operation = runner.start(work, held, lambda: True)
    assert operation is not None
    select.select([operation.fileno()], [], [], 20)
    assert operation.result() is not None
    assert (tmp_path / "port").read_text() == "5432\n"
    runner.forget(operation)


def test_an_operation_whose_input_has_no_value_fails_and_says_which_it_is(
    runner: LocalRunner, artifacts: ArtifactStore, work: Work
) -> None:
    held = deployed(artifacts, work, "true\n")
    with_inputs(work, held, port=attribute("port"))
    operation = runner.start(work, held, lambda: True)
    assert operation is not None
    result = operation.result()
    assert result is not None
    what = "n[0] has no value for 'port'; it has state, tosca_id, tosca_name"
    assert result.error == f"input 'port': get_attribute [SELF, port]: {what}"


def test_an_operation_is_not_failed_by_a_space_that_does_not_answer(
    runner: LocalRunner, artifacts: ArtifactStore, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = deployed(artifacts, work, "true\n")
    with_inputs(work, held, port=attribute("port"))
    work.production(held)

    def entries(self: MemorySpace, prefix: str) -> list[Entry]:
        raise SpaceUnavailable("down")

    monkeypatch.setattr(MemorySpace, "entries", entries)
    with pytest.raises(SpaceUnavailable):
        runner.start(work, held, lambda: True)
    digest = work.execution(held.tuple.fields["execution"]).digest
    assert runner._archives._last == digest  # nobody uses it


CHECKED = """\
    w:
      steps:
        s: { target: db, filter: [ { state: started } ], activities: [ { call_operation: Standard.stop } ] }
"""


def test_a_check_is_answered_at_once_without_an_archive_and_leaves_no_line(runner: LocalRunner, tmp_path: Path) -> None:
    store = Store()
    deploy(store, flows(CHECKED))
    space = MemorySpace(store)
    start_execution(space, "m", "i", "w")
    work = Work(space, "w", space.open_session(1000))
    held = taken(work)
    running = runner.start(work, held, lambda: True)

    assert running is not None
    assert select.select([running.fileno()], [], [], 0)[0]
    result = running.result()
    assert result is not None
    assert (result.exit_code, result.unmet) == (0, 'found state "initial", expected equal started')
    runner.forget(running)
    work.commit([ended(held, result)], 4)
    runner.committed(work, [(held, result)])
    assert not (tmp_path / "execs").exists() or (tmp_path / "execs").read_text() == ""
    assert work.take(4) == []
