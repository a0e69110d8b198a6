"""The cache of archives over a real S3 server: fetched once, verified, bounded, and of use while the server is away."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.artifacts import ArtifactCorrupt, ArtifactStore, ArtifactUnreachable, open_artifacts
from engine.artifacts.base import csar_key
from tests.support.s3 import S3Server
from tests.worker.test_archives import ROOM, present, put_archive
from worker.archives import ArchiveCache


@pytest.fixture
def store(s3_server: S3Server, bucket: str) -> ArtifactStore:
    return open_artifacts(s3_server.url(bucket, "site"))


def test_an_archive_is_fetched_from_the_bucket_and_extracted(store: ArtifactStore, tmp_path: Path) -> None:
    digest = put_archive(store)
    folder = ArchiveCache(store, tmp_path / "cache", ROOM).folder(digest)
    assert (folder / "content").read_text() == "t" * 10
    assert present(tmp_path) == [digest]


def test_an_archive_changed_in_the_bucket_is_never_extracted(
    store: ArtifactStore, s3_server: S3Server, bucket: str, tmp_path: Path
) -> None:
    digest, other = put_archive(store, "a"), put_archive(store, "b")
    folder = s3_server.objects / bucket / "site"
    (folder / csar_key(digest)).write_bytes((folder / csar_key(other)).read_bytes())
    cache = ArchiveCache(store, tmp_path / "cache", ROOM)
    with pytest.raises(ArtifactCorrupt, match=digest):
        cache.folder(digest)
    assert present(tmp_path) == []


def test_the_cache_keeps_within_its_bound_and_fetches_again_what_it_gave_up(
    store: ArtifactStore, tmp_path: Path
) -> None:
    digests = [put_archive(store, name, 1 << 20) for name in "abcde"]
    cache = ArchiveCache(store, tmp_path / "cache", 5 << 19)  # two and a half
    for digest in [*digests, digests[0]]:
        cache.folder(digest)
        cache.release(digest)
        assert len(present(tmp_path)) <= 2
    assert digests[0] in present(tmp_path)


def test_what_is_in_the_cache_is_of_use_while_the_server_is_away(
    own_s3_server: S3Server, bucket: str, tmp_path: Path
) -> None:
    store = open_artifacts(own_s3_server.url(bucket))
    first, second = put_archive(store, "a"), put_archive(store, "b")
    cache = ArchiveCache(store, tmp_path / "cache", ROOM)
    cache.folder(first)
    own_s3_server.stop()
    assert cache.folder(first).is_dir()
    with pytest.raises(ArtifactUnreachable):
        cache.folder(second)
    own_s3_server.start()
    assert cache.folder(second).is_dir()
