"""What is old or left over goes; what is in use stays, whatever happens at the same moment."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from engine.artifacts import ArtifactUnreachable
from engine.executions.networks import COMPLETE
from engine.executions.records import ExecutionRecord, InstanceRecord
from engine.space.errors import Conflict
from engine.space.verbs import Cas, Set
from manager import sweep
from manager.errors import Busy
from manager.housekeeping.collector import Collector, Report
from manager.housekeeping.keeper import Keeper
from manager.housekeeping.policy import DAY, GRACE, Policy
from manager.housekeeping.turn import last_turn, turn
from manager.housekeeping.unreferenced import remove_network
from tests.manager.installation import HOUR, Installation
from tests.support.carrying import carry_out

Csar = Callable[..., bytes]


@pytest.fixture
def there(tmp_path: Path, csar: Csar) -> Installation:
    """An installation with a model and an instance."""
    found = Installation(tmp_path)
    found.upload("m", csar())
    found.deployments.create("m", "i", {})
    return found


def digest_of(content: bytes) -> str:
    return f"csar/{hashlib.sha256(content).hexdigest()}"


def once(action: Callable[[], object]) -> Callable[[object], None]:
    """Does it the first time that it is called, and not while it is being done."""
    done: list[bool] = []

    def call(_: object) -> None:
        if not done:
            done.append(True)
            action()

    return call


# -- executions


def test_of_each_instance_the_newest_executions_stay(there: Installation) -> None:
    there.deployments.create("m", "other", {})
    ids = [there.run(workflow).id for workflow in ("install", "uninstall", "install", "uninstall")]
    other = there.run("install", instance="other").id
    logs = {id_: len(list(there.artifacts.list(f"log/{id_}/"))) for id_ in ids}
    report = there.collector(count=2).collect("test")
    assert report is not None
    assert report.executions == sorted(ids[:2])
    assert report.logs == logs[ids[0]] + logs[ids[1]] > 0
    assert {record.id for record in there.executions.all()} == {*ids[2:], other}
    left = there.keys("done/", "count/", "fail/") + list(there.artifacts.list("log/"))
    assert {key.split("/")[1] for key in left} == {*ids[2:], other}
    assert there.executions.describe(there.executions.get(ids[2]))["operations"]["done"] == 4
    assert there.collector(count=2).collect("test") == Report()


def record(number: int, ended: float | None, instance: str = "i") -> ExecutionRecord:
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", time.gmtime(ended or 0))
    return ExecutionRecord(
        id=f"e{number}",
        model="m",
        instance=instance,
        digest="",
        workflow="install",
        network="n",
        run=number,
        operations=0,
        created=f"2026-01-01T00:00:{number:02d}.000000Z",
        ended=None if ended is None else stamp,
    )


NOW = 1_800_000_000.0


def surplus(policy: Policy, *records: ExecutionRecord, exists: bool = True) -> list[str]:
    return [found.id for found in policy.surplus(records, {("m", "i")} if exists else set(), NOW)]


def test_what_is_too_old_goes_however_few_there_are() -> None:
    records = [record(1, NOW - 3 * DAY), record(2, NOW - 2 * DAY), record(3, NOW - HOUR)]
    assert surplus(Policy(2, 0), *records) == ["e1"]
    assert surplus(Policy(1, 0), *records) == ["e1", "e2"]


def test_the_last_execution_of_an_instance_that_exists_stays_however_old() -> None:
    records = [record(1, NOW - 9 * DAY), record(2, NOW - 8 * DAY)]
    assert surplus(Policy(1, 0), *records) == ["e1"]
    assert surplus(Policy(1, 0), *records, exists=False) == ["e1", "e2"]


def test_what_has_only_just_ended_or_runs_stays_however_many_there_are() -> None:
    just = [record(number, NOW - GRACE + 1) for number in range(3)]
    running = [record(number, None) for number in range(3, 6)]
    assert surplus(Policy(1, 1), *just, *running) == []


def test_nought_means_no_limit() -> None:
    records = [record(number, NOW - 900 * DAY) for number in range(30)]
    assert surplus(Policy(0, 0), *records) == []


def test_nothing_of_a_running_execution_is_removed(there: Installation) -> None:
    running = there.executions.start("m", "i", "install", {})
    session = there.space.open_session(30)
    there.artifacts.put(f"log/{running.id}/x", b"")
    before = there.keys("")
    assert there.collector(days=1, count=1, later=99 * DAY).collect("test") == Report()
    assert [key for key in there.keys("") if not key.startswith("gc/")] == before
    there.space.close_session(session)
    carry_out(there.space)
    assert there.executions.get(running.id).status == "succeeded"


def test_an_execution_of_which_a_tuple_is_left_stays(there: Installation) -> None:
    there.run("install")
    ended = there.run("uninstall")
    for record_ in there.executions.all():
        there.space.transact([Set(f"prop/0/{record_.id}/x", b"{}")])
    assert there.collector(days=1, later=99 * DAY).collect("test") == Report()
    assert ended.id in {record_.id for record_ in there.executions.all()}


def test_an_execution_that_somebody_changes_at_that_moment_stays(there: Installation) -> None:
    first = there.run("install")
    there.run("uninstall")
    other = there.another()

    def change() -> None:
        found = ExecutionRecord.read(other.space, first.id)
        assert found is not None
        other.space.transact([Cas(first.key, replace(found[0], error="changed").encoded(), found[1])])

    there.space.ahead = lambda number: change() if number == begun + 1 else None  # 0 takes the turn
    begun = there.space.number
    assert there.collector(count=1).collect("test") == Report()
    there.space.ahead = lambda number: None
    assert there.executions.get(first.id).error == "changed"
    assert len(there.executions.history(first)) > 0


def test_more_records_than_a_transaction_has_verbs_are_removed(there: Installation) -> None:
    for number in range(300):
        there.space.transact([Set(f"done/gone/{number}", b"{}")])
    report = there.collector().collect("test")
    assert report is not None
    assert report.records == 300
    assert there.keys("done/") == []


def test_the_log_of_an_execution_that_begins_meanwhile_stays(there: Installation) -> None:
    there.artifacts.put("log/gone/x", b"")
    other = there.another()
    started = []

    def begin() -> None:
        started.append(other.run("install").id)

    there.artifacts.behind = once(begin)
    there.collector().collect("test")
    assert {key.split("/")[1] for key in there.artifacts.list("log/")} == set(started)
    assert there.keys(f"done/{started[0]}/")


# -- networks and archives


def test_what_nothing_refers_to_goes_and_what_is_in_use_stays(there: Installation, csar: Csar, template: str) -> None:
    other = csar(template.replace("default: 2", "default: 3"))
    there.upload("other", other)
    there.deployments.create("other", "i", {})
    networks = set(InstanceRecord.all(there.space, "other")[0].networks.values())
    there.deployments.delete("other", "i")
    there.artifacts.put(digest_of(b"nobody's"), b"nobody's")
    report = there.collector().collect("test")
    assert report is not None
    assert (set(report.networks), report.archives) == (networks, [digest_of(b"nobody's")])
    assert there.artifacts.get(digest_of(other)) == other
    assert there.run("install").status == "succeeded"
    assert there.collector().collect("test") == Report()


def test_the_network_of_an_execution_stays_while_the_execution_does(there: Installation) -> None:
    execution = there.run("install")
    there.deployments.delete("m", "i", force=True)
    there.collector().collect("test")
    assert len(list(there.executions.operations(execution))) == 4
    report = there.collector(days=1, later=2 * DAY).collect("test")
    assert report is not None
    assert (report.executions, report.networks) == ([execution.id], [execution.network])
    assert there.keys("rule/") == []


def test_an_archive_that_is_removed_while_it_is_uploaded_is_stored_again(there: Installation, csar: Csar) -> None:
    content = csar() + b"\0"
    other = there.another()
    removed: list[Report | None] = []
    there.artifacts.behind = once(lambda: removed.append(other.collector().collect("test")))
    there.upload("new", content)
    assert removed == [Report(archives=[digest_of(content)])]
    assert there.artifacts.get(digest_of(content)) == content


def test_an_archive_found_in_the_store_and_removed_before_the_model_is_recorded_is_stored_again(
    there: Installation, csar: Csar
) -> None:
    content = csar() + b"\0"
    other = there.another()
    there.artifacts.put(digest_of(content), content)  # an earlier upload that was broken off
    removed: list[Report | None] = []
    there.space.ahead = once(lambda: removed.append(other.collector().collect("test")))
    there.upload("new", content)
    assert removed == [Report(archives=[digest_of(content)])]
    assert there.artifacts.get(digest_of(content)) == content
    assert there.catalog.get("new").digest in digest_of(content)


def test_whatever_transaction_of_a_new_instance_is_overtaken_its_networks_are_whole(
    there: Installation, csar: Csar, template: str
) -> None:
    clean = {entry.key: entry.value for entry in there.space.entries("rule/")}
    there.deployments.delete("m", "i")
    for left_over in (True, False):  # the networks are there and nobody's; or they are not there
        for turn_ in range(8):
            if not left_over:
                there.collector().collect("test")
            other, begun = there.another(), there.space.number
            overtaken: list[int] = []

            def overtake(
                number: int, due: int = begun + turn_, other: Installation = other, seen: list[int] = overtaken
            ) -> None:
                if number == due:
                    seen.append(number)
                    other.collector().collect("test")

            there.space.ahead = overtake
            there.deployments.create("m", "i", {})
            there.space.ahead = lambda number: None
            assert {entry.key: entry.value for entry in there.space.entries("rule/")} == clean
            there.deployments.delete("m", "i")
            assert overtaken or turn_ > 0


def test_who_uploads_during_a_sweep_waits_for_its_end(there: Installation, csar: Csar) -> None:
    other = there.another()
    session = there.space.open_session(30)
    with sweep.sweep(there.space, session):
        with pytest.raises(Busy, match="try again"):
            sweep.unswept(other.space, 0.0)
        uploading = threading.Thread(target=lambda: other.upload("new", csar() + b"\0"))
        uploading.start()
        uploading.join(0.2)
        assert uploading.is_alive()
    uploading.join(10)
    assert not uploading.is_alive()
    assert other.catalog.get("new").model == "new"


def test_the_sweep_of_a_process_that_died_ends_with_its_session(there: Installation) -> None:
    session = there.space.open_session(30)
    with sweep.sweep(there.space, session):
        there.space.close_session(session)
        sweep.unswept(there.another().space, 0.0)


def test_who_has_lost_the_session_removes_nothing_more(there: Installation) -> None:
    there.space.transact([Set("rule/nobodys/.network", b"{}"), Set("rule/nobodys/a", b"{}")])
    session = there.space.open_session(30)
    with sweep.sweep(there.space, session) as guard:
        there.space.close_session(session)
        with pytest.raises(Conflict):
            remove_network(there.space, "nobodys", guard)
    assert there.keys("rule/nobodys/") == ["rule/nobodys/.network", "rule/nobodys/a"]


class Killed(BaseException):
    """The process dies here."""


def test_a_large_network_that_was_removed_half_way_is_not_taken_for_complete(there: Installation) -> None:
    names = [f"p{number:03d}" for number in range(130)]
    for name in [".a", COMPLETE, *names]:
        there.space.transact([Set(f"rule/large/{name}", b"{}")])
    session = there.space.open_session(30)
    with sweep.sweep(there.space, session) as guard:
        begun = there.space.number

        def die(number: int) -> None:
            if number > begun:
                raise Killed

        there.space.ahead = die
        with pytest.raises(Killed):
            remove_network(there.space, "large", guard)
        there.space.ahead = lambda number: None
    left = there.keys("rule/large/")
    assert len(left) > 60
    assert f"rule/large/{COMPLETE}" not in left


def test_who_dies_at_any_moment_leaves_nothing_that_the_next_one_cannot_end(
    there: Installation, csar: Csar, template: str
) -> None:
    for turn_ in range(12):
        for workflow in ("install", "uninstall", "install", "uninstall"):
            last = there.run(workflow)
        there.upload("old", csar(template.replace("default: 2", f"default: {turn_ + 10}")))
        there.deployments.create("old", "i", {})
        there.deployments.delete("old", "i")
        victim = there.another()

        def die(number: int, due: int = turn_) -> None:
            if number == due:
                raise Killed

        victim.space.ahead = die
        try:
            victim.collector(count=1).collect("victim")
        except Killed:
            for session in list(there.store.sessions):
                there.space.close_session(session)
        assert there.run("install").status == "succeeded"
        assert there.run("uninstall").status == "succeeded"
        there.collector(count=1).collect("test")
        assert len(there.executions.all()) == 1
        assert last.id not in {key.split("/")[1] for key in there.keys("done/", "count/", "fail/")}
        used = set(InstanceRecord.all(there.space)[0].networks.values())
        assert {key.split("/")[1] for key in there.keys("rule/")} == used


# -- deleting a model


def test_a_deleted_model_takes_its_archive_along(there: Installation, csar: Csar) -> None:
    there.deployments.delete("m", "i")
    there.catalog.delete("m")
    assert list(there.artifacts.list("csar/")) == []


def test_a_model_is_deleted_although_the_archive_must_be_left_to_housekeeping(
    there: Installation, csar: Csar, monkeypatch: pytest.MonkeyPatch
) -> None:
    there.deployments.delete("m", "i")

    def away(key: str) -> None:
        raise ArtifactUnreachable(key)

    monkeypatch.setattr(there.artifacts, "delete", away)
    there.catalog.delete("m")
    monkeypatch.undo()
    assert [record.model for record in there.catalog.all()] == []
    report = there.collector().collect("test")
    assert report is not None
    assert report.archives == [digest_of(csar())]


def test_uploading_what_is_there_mends_an_archive_that_is_not(there: Installation, csar: Csar) -> None:
    there.artifacts.delete(digest_of(csar()))
    there.upload("m", csar())
    assert there.artifacts.get(digest_of(csar())) == csar()


# -- one at a time


def test_one_at_a_time_keeps_house(there: Installation) -> None:
    other = there.another()
    with turn(there.space, "first"), pytest.raises(Busy, match="housekeeping is being done by first"):
        other.collector().collect("second")
    assert other.collector().collect("second") is not None
    found = last_turn(there.space)
    assert found is not None
    assert found["by"] == "second"


def test_who_comes_soon_after_another_has_nothing_to_do(there: Installation) -> None:
    there.run("install")
    collector = there.collector(later=0.0)
    assert collector.collect("first", every=HOUR) is not None
    assert collector.collect("second", every=HOUR) is None
    assert there.collector(later=2 * HOUR).collect("second", every=HOUR) is not None


def test_the_turn_of_a_process_that_died_is_not_done(there: Installation) -> None:
    with pytest.raises(Killed), turn(there.space, "first"):
        raise Killed
    assert there.collector(later=0.0).collect("second", every=HOUR) is not None


def test_a_rehearsal_tells_the_same_and_removes_nothing(there: Installation) -> None:
    for workflow in ("install", "uninstall", "install"):
        there.run(workflow)
    there.space.transact([Set("done/gone/1", b"{}"), Set("rule/nobodys/.network", b"{}")])
    there.artifacts.put(digest_of(b"nobody's"), b"nobody's")
    before = there.keys("")
    collector: Collector = there.collector(count=1)
    rehearsed = collector.rehearse()
    assert there.keys("") == before
    assert collector.collect("test") == rehearsed
    assert len(rehearsed.executions) == 2


def test_a_manager_keeps_house_by_itself_and_goes_on_when_the_store_was_away(
    there: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    for workflow in ("install", "uninstall"):
        there.run(workflow)
    stopping, tried = threading.Event(), threading.Event()

    def away(call: str) -> None:
        if not tried.is_set():
            tried.set()
            raise ArtifactUnreachable(call)

    there.artifacts.behind = away
    keeper = Keeper(there.collector(count=1), "manager", stopping, every=HOUR, look=0.01)
    keeper.start()
    deadline = time.monotonic() + 10
    while (last_turn(there.space) or {"ended": None})["ended"] is None:
        assert time.monotonic() < deadline
        stopping.wait(0.01)
    stopping.set()
    keeper.join(10)
    assert not keeper.is_alive()
    assert len(there.executions.all()) == 1
