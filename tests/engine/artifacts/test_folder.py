"""The folder keeps the contract; and what only a folder can promise."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from engine.artifacts import ArtifactError
from engine.artifacts.folder import FolderStore
from tests.engine.artifacts.contract import ArtifactStoreContract


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "artifacts")


class TestFolder(ArtifactStoreContract):
    pass


def test_a_log_is_moved_not_copied(store: FolderStore, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"printed")
    inode = source.stat().st_ino
    store.put_file("log/e/1", source)
    assert (tmp_path / "artifacts/log/e/1").stat().st_ino == inode


def test_an_object_below_another_is_refused_and_harms_neither(store: FolderStore, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"x")
    store.put("a/b", b"1")
    for key in ("a", "a/b/c"):
        with pytest.raises(ArtifactError, match=key):
            store.put(key, b"2")
        with pytest.raises(ArtifactError, match=key):
            store.put_file(key, source)
    assert (store.get("a/b"), list(store.list()), source.exists()) == (b"1", ["a/b"], True)
    assert list((tmp_path / "artifacts/%incoming").iterdir()) == []


def test_what_a_killed_writer_left_is_no_object_and_is_swept_after_a_day(tmp_path: Path) -> None:
    incoming = tmp_path / "%incoming"
    incoming.mkdir()
    for name, age in (("old", 100_000), ("new", 0)):
        (incoming / name).write_bytes(b"part")
        os.utime(incoming / name, (time.time() - age,) * 2)
    store = FolderStore(tmp_path)
    assert list(store.list()) == []
    assert [path.name for path in incoming.iterdir()] == ["new"]


def test_a_folder_that_cannot_be_made_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ArtifactError, match=r"file/artifacts.*Not a directory"):
        FolderStore(tmp_path / "file/artifacts")


def test_without_fsync_the_same_is_stored(tmp_path: Path) -> None:
    FolderStore(tmp_path, fsync=False).put("a/b", b"1")
    assert FolderStore(tmp_path).get("a/b") == b"1"
