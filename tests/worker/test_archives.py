"""Archives are fetched, verified, extracted once, shared, and removed when room is needed."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path

import pytest

from engine.artifacts import ArtifactCorrupt, ArtifactError, ArtifactMissing, ArtifactStore
from engine.artifacts.folder import FolderStore
from worker.archives import ArchiveCache

ROOT = "tosca_definitions_version: tosca_simple_yaml_1_1\nmetadata: {template_name: t, template_version: '1.0'}\n"
ROOM = 1 << 30


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "artifacts", fsync=False)


def put_archive(store: ArtifactStore, name: str = "t", size: int = 10) -> str:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as target:
        target.writestr("t.yaml", ROOT)
        target.writestr("scripts/run.sh", "#!/bin/sh\n")
        target.writestr("content", (name * size)[:size])
    digest = hashlib.sha256(archive.getvalue()).hexdigest()
    store.put(f"csar/{digest}", archive.getvalue())
    return digest


def test_an_archive_is_extracted_under_its_digest(store: FolderStore, tmp_path: Path) -> None:
    digest = put_archive(store)
    folder = ArchiveCache(store, tmp_path / "cache", ROOM).folder(digest)
    assert folder == tmp_path / "cache" / digest
    assert (folder / "content").read_text() == "t" * 10
    assert os.access(folder / "scripts/run.sh", os.X_OK)
    assert sorted(path.name for path in (tmp_path / "cache").iterdir()) == sorted([digest, "locks"])


def test_it_is_extracted_once_and_then_needs_no_store(store: FolderStore, tmp_path: Path) -> None:
    digest = put_archive(store)
    cache = ArchiveCache(store, tmp_path / "cache", ROOM)
    inode = cache.folder(digest).stat().st_ino
    store.delete(f"csar/{digest}")
    assert cache.folder(digest).stat().st_ino == inode
    assert ArchiveCache(store, tmp_path / "cache", ROOM).folder(digest).stat().st_ino == inode


class Simultaneous(ArchiveCache):
    """Sees that an archive is missing only when another one sees it too."""

    def __init__(self, store: ArtifactStore, folder: Path, meeting: threading.Barrier) -> None:
        super().__init__(store, folder, ROOM)
        self._meeting: threading.Barrier | None = meeting

    def _shared(self, lock: int, digest: str) -> bool:
        there = super()._shared(lock, digest)
        if self._meeting is not None:
            self._meeting.wait(30)
            self._meeting = None
        return there


def test_workers_that_need_a_new_archive_at_once_all_get_it(store: FolderStore, tmp_path: Path) -> None:
    """Although each of them goes on holding it."""
    digest, meeting = put_archive(store), threading.Barrier(3)
    caches = [Simultaneous(store, tmp_path / "cache", meeting) for _ in range(3)]
    got: list[Path] = []
    threads = [threading.Thread(target=lambda c=cache: got.append(c.folder(digest)), daemon=True) for cache in caches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)

    assert got == [tmp_path / "cache" / digest] * 3


def test_a_missing_or_corrupt_archive_or_a_wrong_digest_is_an_error(store: FolderStore, tmp_path: Path) -> None:
    cache = ArchiveCache(store, tmp_path / "cache", ROOM)
    with pytest.raises(ArtifactMissing):
        cache.folder("a" * 64)
    with pytest.raises(ArtifactError, match="SHA-256"):
        cache.folder("../../etc")
    store.write("csar/" + "b" * 64, b"corrupt")
    with pytest.raises(ArtifactCorrupt):
        cache.folder("b" * 64)
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["locks"]


def test_what_a_killed_worker_left_half_way_is_made_anew(store: FolderStore, tmp_path: Path) -> None:
    digest = put_archive(store)
    partial = tmp_path / "cache" / f"{digest}.partial"
    (partial / "content").mkdir(parents=True)
    (partial / "content/stale").touch()
    folder = ArchiveCache(store, tmp_path / "cache", ROOM).folder(digest)
    assert sorted(path.name for path in folder.iterdir()) == ["content", "scripts", "t.yaml"]
    assert not partial.exists()


def test_the_least_recently_used_is_removed_when_room_is_needed(store: FolderStore, tmp_path: Path) -> None:
    first, second, third = (put_archive(store, name, 1 << 20) for name in "abc")
    cache = ArchiveCache(store, tmp_path / "cache", 5 << 19)  # two and a half
    for digest in (first, second, first):
        cache.folder(digest)
        cache.release(digest)
        time.sleep(0.01)
    cache.folder(third)
    assert present(tmp_path) == sorted([first, third])
    assert cache.folder(second).is_dir()


def test_an_archive_in_use_is_never_removed(store: FolderStore, tmp_path: Path) -> None:
    mine, others, third, fourth = (put_archive(store, name, 1 << 20) for name in "abcd")
    cache, other = (ArchiveCache(store, tmp_path / "cache", 1) for _ in range(2))
    cache.folder(mine)
    cache.folder(mine)
    cache.release(mine)
    other.folder(others)
    cache.folder(third)
    cache.release(third)
    assert present(tmp_path) == sorted([mine, others, third])
    cache.release(mine)
    cache.folder(fourth)
    assert present(tmp_path) == sorted([others, fourth])


def test_the_last_one_used_stays_in_use_until_another_is_asked_for(store: FolderStore, tmp_path: Path) -> None:
    first, second, third = (put_archive(store, name, size=100_000) for name in ("a", "b", "c"))
    mine = ArchiveCache(store, tmp_path / "cache", 150_000)
    mine.folder(first)
    mine.release(first)
    ArchiveCache(store, tmp_path / "cache", 150_000).folder(second)
    assert (tmp_path / "cache" / first).is_dir()

    mine.folder(third)
    assert not (tmp_path / "cache" / first).exists()


def test_one_that_vanished_although_it_is_held_is_fetched_anew(store: FolderStore, tmp_path: Path) -> None:
    digest = put_archive(store)
    cache = ArchiveCache(store, tmp_path / "cache", ROOM)
    folder = cache.folder(digest)
    cache.release(digest)
    shutil.rmtree(folder)
    assert (cache.folder(digest) / "content").is_file()


def test_stale_leftovers_of_other_archives_are_removed_too(store: FolderStore, tmp_path: Path) -> None:
    stale = tmp_path / "cache" / ("c" * 64 + ".partial")
    stale.mkdir(parents=True)
    (stale / "archive").write_bytes(b"x" * 100_000)
    ArchiveCache(store, tmp_path / "cache", 1).folder(put_archive(store))
    assert not stale.exists()


WORKER = """
import sys, pathlib
from engine.artifacts.folder import FolderStore
from worker.archives import ArchiveCache
top = pathlib.Path(sys.argv[1])
cache = ArchiveCache(FolderStore(top / "artifacts"), top / "cache", int(sys.argv[2]))
print("ready", flush=True)
for digest in sys.argv[3:]:
    folder = cache.folder(digest)
    assert len((folder / "content").read_bytes()) == 1 << 20, digest
    cache.release(digest)
print("done")
"""


def worker(top: Path, limit: int, digests: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", WORKER, str(top), str(limit), *digests], stdout=subprocess.PIPE)


def test_several_processes_share_one_cache_too_small_for_all(store: FolderStore, tmp_path: Path) -> None:
    digests = [put_archive(store, name, 1 << 20) for name in "abcd"]
    workers = [worker(tmp_path, 5 << 19, digests[turn:] * 10 + digests[:turn]) for turn in range(3)]
    assert [process.communicate(timeout=60)[0] for process in workers] == [b"ready\ndone\n"] * 3


def test_a_process_killed_at_any_moment_spoils_nothing_for_the_others(store: FolderStore, tmp_path: Path) -> None:
    digests = [put_archive(store, name, 1 << 20) for name in "abcd"]
    for delay in (0.0, 0.002, 0.005, 0.01, 0.02):
        victim = worker(tmp_path, 1, digests * 50)
        assert victim.stdout is not None
        victim.stdout.readline()
        time.sleep(delay)
        victim.send_signal(signal.SIGKILL)
        victim.communicate()
        survivor = ArchiveCache(store, tmp_path / "cache", 1)
        for digest in digests:
            assert len((survivor.folder(digest) / "content").read_bytes()) == 1 << 20
            survivor.release(digest)


def present(top: Path) -> list[str]:
    return sorted(path.name for path in (top / "cache").iterdir() if path.name != "locks")
