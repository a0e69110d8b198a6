"""What is exported from one space lives on in another: models, instances, history, and further executions."""

from __future__ import annotations

import json
import stat
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from engine.artifacts import ArtifactCorrupt, ArtifactMissing
from engine.executions.records import ExecutionRecord, InstanceRecord, ModelRecord
from engine.space.backends.memory import MemorySpace
from engine.space.base import Entry
from engine.space.errors import Conflict, SpaceUnavailable
from engine.space.verbs import MAX_VERBS, Set, Verb
from manager.errors import Busy, Invalid, Refused
from manager.housekeeping.turn import turn
from manager.inspection.check import check
from manager.transfer.exporting import export
from manager.transfer.importing import batches, import_
from tests.manager.installation import Installation
from tests.support.carrying import carry_out

Csar = Callable[..., bytes]


@pytest.fixture
def there(tmp_path: Path, csar: Csar) -> Installation:
    """An installation with a past: two instances, installed, taken down, installed again."""
    found = Installation(tmp_path / "old")
    found.upload("m", csar())
    for instance in ("i", "i.2"):
        found.deployments.create("m", instance, {"servers": 3})
    for workflow in ("install", "uninstall", "install"):
        first = found.executions.start("m", "i", workflow, {})
        second = found.executions.start("m", "i.2", workflow, {})
        carry_out(found.space, found.artifacts, outputs={"port": 1})  # their commits take turns
        assert {found.executions.get(one.id).status for one in (first, second)} == {"succeeded"}
    return found


@pytest.fixture
def parcel(there: Installation, tmp_path: Path) -> Path:
    export(there.space, there.artifacts, tmp_path / "parcel.zip", with_artifacts=True)
    return tmp_path / "parcel.zip"


def untimed(installation: Installation, record: ExecutionRecord) -> list[dict[str, Any]]:
    """The history without its numbers, which are those of the space."""
    return [{**event, "seq": None} for event in installation.executions.history(record)]


def test_everything_is_there_again_and_in_order(there: Installation, parcel: Path, tmp_path: Path) -> None:
    new = Installation(tmp_path / "new")
    new.space.transact([Set("bell/0", b"rung by a worker that waits already")])
    keys, artifacts, missing = import_(new.space, new.artifacts, parcel)
    assert (keys, artifacts, missing) == (len(new.keys("")) - 2, len(list(there.artifacts.list())), [])
    assert ModelRecord.all(new.space) == ModelRecord.all(there.space)
    assert InstanceRecord.all(new.space) == InstanceRecord.all(there.space)
    assert new.executions.all() == there.executions.all()
    for record in there.executions.all():
        assert untimed(new, record) == untimed(there, record)
        numbers = [event["seq"] for event in new.executions.history(record)]
        assert numbers == sorted(set(numbers))
        assert new.executions.describe(record) == there.executions.describe(record)
        assert list(new.executions.operations(record)) == list(there.executions.operations(record))
    for key in there.artifacts.list():
        assert new.artifacts.get(key) == there.artifacts.get(key)
    assert check(new.space, new.artifacts, deep=True) == ([], False)


def test_an_instance_goes_on_where_it_was(there: Installation, parcel: Path, tmp_path: Path) -> None:
    new = Installation(tmp_path / "new")
    import_(new.space, new.artifacts, parcel)
    ended = new.run("uninstall")
    assert (ended.status, ended.run) == ("succeeded", 4)
    states = [event["state"] for event in new.executions.history(ended) if "state" in event]
    assert states.count("deleted") == 6
    new.deployments.delete("m", "i")
    assert new.run("uninstall", instance="i.2").status == "succeeded"
    assert new.deployments.create("m", "fresh", {})[1]
    assert new.run("install", instance="fresh").status == "succeeded"
    assert check(new.space, new.artifacts) == ([], False)


def test_an_export_of_an_import_is_the_same(there: Installation, parcel: Path, tmp_path: Path) -> None:
    new = Installation(tmp_path / "new")
    import_(new.space, new.artifacts, parcel)
    export(new.space, new.artifacts, tmp_path / "again.zip", with_artifacts=True)
    first, second = (read(file, "space.jsonl") for file in (parcel, tmp_path / "again.zip"))
    assert {line["key"]: line["value"] for line in first} == {line["key"]: line["value"] for line in second}
    commits = [[line["key"] for line in lines if line["key"].startswith("done/")] for lines in (first, second)]
    assert commits[0] == commits[1]


def test_without_artifacts_what_is_missing_is_named(there: Installation, csar: Csar, tmp_path: Path) -> None:
    file = tmp_path / "keys.zip"
    assert export(there.space, there.artifacts, file, with_artifacts=False)[1] == 0
    new = Installation(tmp_path / "new")
    digest = ModelRecord.all(there.space)[0].digest
    assert import_(new.space, new.artifacts, file)[1:] == (0, [f"csar/{digest}"])
    new.upload("m", csar())  # mends it
    assert new.run("uninstall").status == "succeeded"


def read(file: Path, name: str) -> list[dict[str, Any]]:
    with zipfile.ZipFile(file) as archive:
        return [json.loads(line) for line in archive.read(name).splitlines()]


def test_what_belongs_to_the_space_alone_stays_behind(there: Installation, parcel: Path) -> None:
    assert {key.split("/")[0] for key in there.keys("")} >= {"bell", "gc"}
    kinds = {line["key"].split("/")[0] for line in read(parcel, "space.jsonl")}
    assert kinds == {"model", "roster", "instance", "exec", "rule", "cell", "done", "count", "output"}
    assert stat.S_IMODE(parcel.stat().st_mode) == 0o600
    assert [path.name for path in parcel.parent.iterdir() if path.is_file()] == [parcel.name]


# -- transactions


def entry(key: str, index: int, size: int = 1) -> Entry:
    return Entry(key, b"x" * size, index)


def test_two_commits_are_never_in_one_transaction() -> None:
    entries = [entry("cell/1", 1), entry("done/a/1", 1), entry("cell/2", 2), entry("done/a/2", 3), entry("done/b/1", 4)]
    entries += [entry("output/1", 5), entry("output/2", 6)]
    assert [[verb.key for verb in batch] for batch in batches(entries)] == [
        ["cell/1", "done/a/1", "cell/2"],
        ["done/a/2"],
        ["done/b/1"],
        ["output/1"],
        ["output/2"],
    ]


def test_transactions_keep_within_their_limits() -> None:
    entries = [entry(f"rule/n/{number}", 1, 20_000) for number in range(100)]
    entries += [entry(f"rule/m/{number}", 1) for number in range(200)]
    space = MemorySpace()
    for batch in batches(entries):
        assert len(batch) < MAX_VERBS
        space.transact(batch)
    assert len(space.keys("rule/")) == 300


# -- what is refused


def test_an_export_is_refused_while_an_execution_runs(there: Installation, tmp_path: Path) -> None:
    running = there.executions.start("m", "i", "uninstall", {})
    with pytest.raises(Refused, match=rf"1 execution\(s\) run: '{running.id}' on m/i: wait for the end"):
        export(there.space, there.artifacts, tmp_path / "x.zip", with_artifacts=False)
    carry_out(there.space)
    export(there.space, there.artifacts, tmp_path / "x.zip", with_artifacts=False)
    with pytest.raises(Refused, match="exists; choose another name"):
        export(there.space, there.artifacts, tmp_path / "x.zip", with_artifacts=False)


def test_an_export_is_refused_of_what_cannot_be_understood(there: Installation, tmp_path: Path) -> None:
    there.space.transact([Set("strange", b"")])
    with pytest.raises(Refused, match="'strange' stands outside the layout of keys; see 'ditrit space check'"):
        export(there.space, there.artifacts, tmp_path / "x.zip", with_artifacts=False)
    ended = there.executions.all()[0].id
    there.space.transact([Set(f"prop/0/{ended}/x", b"{}")])
    with pytest.raises(Refused, match="tuples of executions that have ended"):
        export(there.space, there.artifacts, tmp_path / "x.zip", with_artifacts=False)


def test_an_export_waits_for_no_housekeeping(there: Installation, tmp_path: Path) -> None:
    with turn(there.space, "manager one"), pytest.raises(Busy, match="being done by manager one"):
        export(there.space, there.artifacts, tmp_path / "x.zip", with_artifacts=True)


def test_an_export_that_fails_leaves_no_file(there: Installation, tmp_path: Path) -> None:
    log = next(there.artifacts.list("log/"))
    calls: list[str] = []

    def vanish(call: str) -> None:
        calls.append(call)
        if len(calls) == 2:  # archives and logs have been listed
            there.artifacts.delete(log)

    there.artifacts.behind = vanish
    with pytest.raises(ArtifactMissing, match=log[:20]):
        export(there.space, there.artifacts, tmp_path / "x.zip", with_artifacts=True)
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == []


def test_an_import_is_refused_into_a_space_that_is_not_empty(there: Installation, parcel: Path) -> None:
    before = there.keys("exec/", "done/", "model/")
    with pytest.raises(Refused, match="the space is not empty: import into a new one"):
        import_(there.space, there.artifacts, parcel)
    assert there.keys("exec/", "done/", "model/") == before


def rewritten(parcel: Path, tmp_path: Path, **changes: Callable[[bytes], bytes]) -> Path:
    """The file with some of its members changed."""
    changed = tmp_path / "changed.zip"
    with zipfile.ZipFile(parcel) as source, zipfile.ZipFile(changed, "w") as target:
        for name in source.namelist():
            change, content = changes.get(name.split(".")[0].split("/")[-1]), source.read(name)
            target.writestr(name, change(content) if change else content)
    return changed


def with_line(key: str) -> Callable[[bytes], bytes]:
    line = json.dumps({"key": key, "index": 1, "value": "{}"}).encode()
    return lambda content: content + line + b"\n"


def one_more(content: bytes) -> bytes:
    manifest = json.loads(content)
    return json.dumps({**manifest, "keys": manifest["keys"] + 1}).encode()


ONE_MORE = {"manifest": one_more}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"manifest": lambda content: b"{}"}, "found None version None, expected 'ditrit-space' version 1"),
        ({"manifest": lambda content: b"nothing"}, "is no export of a space"),
        ({"manifest": lambda content: content.replace(b'"version": 1', b'"version": 2')}, "version 2, expected"),
        ({"space": lambda content: content[: content.index(b"\n") + 1]}, "has 1 keys, expected"),
        ({"space": lambda content: b"{\n" + content}, "space.jsonl:1: Expecting property name"),
        ({"space": lambda content: b"[]\n" + content}, r"space.jsonl:1: found \[\], expected an object"),
        ({"space": lambda content: b"{}\n" + content}, r"space.jsonl:1: found {}, expected key, value and index"),
        (
            {"artifacts": lambda content: b'{"key": "a/b", "file": "x"}\n' + content},
            "expected a key and a file that is",
        ),
        ({"space": with_line("strange/x"), **ONE_MORE}, "the key 'strange/x' cannot be imported"),
        ({"space": with_line("bell/0"), **ONE_MORE}, "the key 'bell/0' cannot be imported"),
        ({"space": lambda content: content + content[: content.index(b"\n") + 1], **ONE_MORE}, "cannot be imported"),
    ],
)
def test_a_file_that_is_damaged_is_refused_and_nothing_is_imported(
    parcel: Path, tmp_path: Path, changes: dict[str, Callable[[bytes], bytes]], message: str
) -> None:
    new = Installation(tmp_path / "new")
    with pytest.raises(Invalid, match=message):
        import_(new.space, new.artifacts, rewritten(parcel, tmp_path, **changes))
    assert [key for key in new.keys("") if not key.startswith("gc/")] == []


def test_what_is_no_zip_is_refused(tmp_path: Path) -> None:
    new = Installation(tmp_path / "new")
    (tmp_path / "x.zip").write_bytes(b"nothing")
    with pytest.raises(Invalid, match=r"x\.zip' is no export of a space: File is not a zip file"):
        import_(new.space, new.artifacts, tmp_path / "x.zip")


def test_an_archive_with_another_checksum_is_refused(parcel: Path, tmp_path: Path) -> None:
    new = Installation(tmp_path / "new")
    with pytest.raises(ArtifactCorrupt):
        import_(new.space, new.artifacts, rewritten(parcel, tmp_path, **{"0": lambda content: b"other"}))
    assert new.keys("model/") == []


def test_an_import_that_fails_half_way_leaves_the_space_empty(parcel: Path, tmp_path: Path) -> None:
    class Failing(MemorySpace):
        left = 5

        def transact(self, verbs: Sequence[Verb]) -> int:
            self.left -= 1
            if not self.left:
                raise SpaceUnavailable("the disk is full")
            return super().transact(verbs)

    space = Failing()
    with pytest.raises(SpaceUnavailable):
        import_(space, Installation(tmp_path / "new").artifacts, parcel)
    assert [key for key in space.keys("") if not key.startswith("gc/")] == []
    assert import_(space, Installation(tmp_path / "new").artifacts, parcel)[2] == []


def test_what_somebody_else_puts_during_an_import_stays(there: Installation, parcel: Path, tmp_path: Path) -> None:
    new = Installation(tmp_path / "new")
    model = there.keys("model/")[0]

    def overtake(number: int) -> None:
        if number == 1:  # the turn has been taken
            MemorySpace(new.store).transact([Set(model, b"of somebody else")])

    new.space.ahead = overtake
    with pytest.raises(Conflict):
        import_(new.space, new.artifacts, parcel)
    assert [key for key in new.keys("") if not key.startswith("gc/")] == [model]
