"""S3 keeps the contract, on a real server; and what only a server can do wrong."""

from __future__ import annotations

import hashlib
import logging
import multiprocessing
import os
import signal
import time
from pathlib import Path

import boto3
import pytest

from engine.artifacts import (
    ArtifactCorrupt,
    ArtifactError,
    ArtifactMissing,
    ArtifactRefused,
    ArtifactUnreachable,
    open_artifacts,
)
from engine.artifacts.base import csar_key
from engine.artifacts.s3 import S3Store
from tests.engine.artifacts.contract import ArtifactStoreContract
from tests.support.s3 import S3Server

MEBIBYTE = 1 << 20


def opened(url: str) -> S3Store:
    store = open_artifacts(url)
    assert isinstance(store, S3Store)
    return store


@pytest.fixture
def store(s3_server: S3Server, bucket: str) -> S3Store:
    return opened(s3_server.url(bucket))


class TestS3(ArtifactStoreContract):
    pass


def patterned(size: int) -> bytes:
    return b"".join(number.to_bytes(8, "big") for number in range(size // 8))


def test_a_missing_bucket_is_created_and_an_existing_one_is_used(s3_server: S3Server, bucket: str) -> None:
    opened(s3_server.url(bucket)).put("a/b", b"1")
    assert opened(s3_server.url(bucket)).get("a/b") == b"1"
    assert (s3_server.objects / bucket / "a/b").read_bytes() == b"1"


def test_a_bucket_that_cannot_be_created_is_an_error_that_names_it(s3_server: S3Server) -> None:
    (s3_server.objects / "a-file").touch()
    with pytest.raises(ArtifactError, match=r"there is no bucket 'a-file', and it cannot be created"):
        opened(s3_server.url("a-file"))


def test_a_prefix_keeps_two_installations_apart(s3_server: S3Server, bucket: str) -> None:
    north, south = (opened(s3_server.url(bucket, f"sites/{name}")) for name in ("north", "south"))
    north.put("log/e/1", b"north")
    south.put("log/e/1", b"south")
    south.put("log/e/2", b"")
    assert (north.get("log/e/1"), list(north.list())) == (b"north", ["log/e/1"])
    assert list(south.list("log/")) == ["log/e/1", "log/e/2"]
    south.delete("log/e/1")
    assert north.exists("log/e/1")


def test_a_key_too_long_for_s3_is_kept_listed_and_deleted(s3_server: S3Server, bucket: str, tmp_path: Path) -> None:
    store = opened(s3_server.url(bucket, "p" * 100))
    key = "log/" + "é" * 400
    (tmp_path / "source").write_bytes(b"content")
    for source in (b"content", tmp_path / "source"):
        store.put(key, source)
        assert (store.get(key), store.size(key), list(store.list("log/"))) == (b"content", 7, [key])
    store.delete(key)
    assert list(store.list()) == []
    with pytest.raises(ArtifactMissing):
        store.get(key)


def test_more_keys_than_fit_on_a_page_are_all_listed(store: S3Store, s3_server: S3Server, bucket: str) -> None:
    folder = s3_server.objects / bucket / "log/e"
    folder.mkdir(parents=True)
    for number in range(1050):
        (folder / f"{number:04d}").touch()
    assert list(store.list("log/")) == [f"log/e/{number:04d}" for number in range(1050)]


def test_a_large_archive_goes_in_parts_and_comes_back_whole(store: S3Store, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(patterned(40 * MEBIBYTE))
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    store.put(csar_key(digest), source)
    assert store.size(csar_key(digest)) == 40 * MEBIBYTE
    store.fetch(csar_key(digest), tmp_path / "copy")
    assert hashlib.sha256((tmp_path / "copy").read_bytes()).hexdigest() == digest


def test_an_archive_changed_on_the_server_is_told_with_both_digests_and_leaves_nothing(
    store: S3Store, s3_server: S3Server, bucket: str, tmp_path: Path
) -> None:
    digest, other = (hashlib.sha256(content).hexdigest() for content in (b"archive", b"changed"))
    store.put(csar_key(digest), b"archive")
    (s3_server.objects / bucket / csar_key(digest)).write_bytes(b"changed")
    (tmp_path / "copies").mkdir()
    with pytest.raises(ArtifactCorrupt) as caught:
        store.fetch(csar_key(digest), tmp_path / "copies/copy")
    assert csar_key(digest) in str(caught.value)
    assert other in str(caught.value)
    assert list((tmp_path / "copies").iterdir()) == []


# -- credentials


def test_wrong_credentials_are_refused_and_never_repeated(
    s3_server: S3Server, bucket: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    opened(s3_server.url(bucket))
    for key_id, secret in ((s3_server.key_id, "very-wrong"), ("nobody-known", s3_server.secret)):
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", key_id)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)
        with pytest.raises(ArtifactRefused, match=rf"{bucket}.*refuses these credentials") as caught:
            opened(s3_server.url(bucket))
        said = str(caught.value) + caplog.text
        assert key_id not in said
        assert secret not in said


def test_without_credentials_it_is_said_where_they_belong(
    s3_server: S3Server, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(ArtifactRefused, match="set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"):
        opened(s3_server.url(bucket))


def test_a_server_with_a_certificate_of_an_authority_of_ones_own(
    s3_server: S3Server, bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = S3Server(tmp_path / "s3", tls=True)
    for name, value in server.credentials.items():
        monkeypatch.setenv(name, value)
    server.start()
    try:
        store = opened(f"{server.url(bucket)}&ca={server.ca}")
        store.put("a/b", b"1")
        assert store.get("a/b") == b"1"
        with pytest.raises(ArtifactUnreachable, match="CERTIFICATE_VERIFY_FAILED"):
            opened(server.url(bucket))
    finally:
        server.stop()


# -- a server that goes and comes


def test_a_server_that_is_down_is_told_and_used_again_when_it_is_back(
    own_s3_server: S3Server, bucket: str, tmp_path: Path
) -> None:
    store = opened(own_s3_server.url(bucket))
    store.put("log/e/1", b"before")
    own_s3_server.stop()
    began = time.monotonic()
    with pytest.raises(ArtifactUnreachable, match=rf"{bucket}.*cannot be reached"):
        store.ping()
    assert time.monotonic() - began < 5
    with pytest.raises(ArtifactUnreachable, match="cannot be reached"):
        store.get("log/e/1")
    own_s3_server.start()
    store.ping()
    store.put("log/e/2", b"after")
    assert (store.get("log/e/1"), store.get("log/e/2")) == (b"before", b"after")


@pytest.mark.parametrize("call", ["put", "get"])
def test_a_server_that_is_restarted_is_not_noticed(own_s3_server: S3Server, bucket: str, call: str) -> None:
    store = opened(own_s3_server.url(bucket))
    store.put("log/e/1", b"1")
    own_s3_server.stop()
    # botocore asks here, after the first try has failed, whether it is to try again.
    restarts: list[Exception] = []

    def back(caught_exception: Exception | None, **_: object) -> None:
        if caught_exception is not None and not restarts:
            restarts.append(caught_exception)
            own_s3_server.start()

    store._client.meta.events.register_first("needs-retry.s3", back)
    if call == "put":
        store.put("log/e/1", b"2")
    assert store.get("log/e/1") == (b"2" if call == "put" else b"1")
    assert len(restarts) == 1


def test_a_connection_that_breaks_half_way_goes_on_where_it_broke(own_s3_server: S3Server, bucket: str) -> None:
    store = opened(own_s3_server.url(bucket))
    content = patterned(40 * MEBIBYTE)
    store.put("named/file", content)
    with store.open("named/file") as stream:
        first = stream.read(MEBIBYTE)
        own_s3_server.stop()
        own_s3_server.start()
        rest = stream.read()
    assert first + rest == content


def test_an_object_replaced_while_the_connection_was_broken_is_no_mixture(own_s3_server: S3Server, bucket: str) -> None:
    store = opened(own_s3_server.url(bucket))
    store.put("named/file", patterned(40 * MEBIBYTE))
    with store.open("named/file") as stream:
        stream.read(MEBIBYTE)
        own_s3_server.stop()
        own_s3_server.start()
        store.put("named/file", b"x" * 40 * MEBIBYTE)
        with pytest.raises(ArtifactError, match="'named/file' was replaced while it was read"):
            stream.read()


def test_a_bucket_that_was_removed_is_an_error_and_no_missing_object(
    s3_server: S3Server, store: S3Store, bucket: str
) -> None:
    boto3.client("s3", endpoint_url=s3_server.endpoint, region_name="us-east-1").delete_bucket(Bucket=bucket)
    for call in (store.ping, lambda: store.get("a/b"), lambda: store.exists("a/b"), lambda: store.put("a/b", b"")):
        with pytest.raises(ArtifactError, match=f"there is no bucket '{bucket}'") as caught:
            call()
        assert not isinstance(caught.value, ArtifactMissing)


def _upload_slowly(url: str, source: Path, begun: Path) -> None:
    store = opened(url)
    name = "before-call.s3.UploadPart"
    parts: list[None] = []

    def wait(**_: object) -> None:
        parts.append(None)
        if len(parts) > 1:  # the first part is on its way, the second never ends
            begun.touch()
            signal.pause()

    store._client.meta.events.register(name, wait)
    store.put("named/file", source)


def test_a_writer_killed_in_the_middle_of_an_upload_leaves_the_old_object(
    s3_server: S3Server, store: S3Store, bucket: str, tmp_path: Path
) -> None:
    store.put("named/file", b"old")
    source, begun = tmp_path / "source", tmp_path / "begun"
    source.write_bytes(patterned(40 * MEBIBYTE))
    context = multiprocessing.get_context("spawn")
    writer = context.Process(target=_upload_slowly, args=(s3_server.url(bucket), source, begun))
    writer.start()
    deadline = time.monotonic() + 60
    while not begun.exists():
        assert writer.is_alive()
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert writer.pid is not None
    os.kill(writer.pid, signal.SIGKILL)
    writer.join()
    assert (store.get("named/file"), list(store.list())) == (b"old", ["named/file"])
    store.put("named/file", source)
    assert store.size("named/file") == 40 * MEBIBYTE
