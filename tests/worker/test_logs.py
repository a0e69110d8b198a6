"""What operations printed reaches the store although that is away for a while; the server is a real one."""

from __future__ import annotations

import logging
import time
from pathlib import Path

import pytest

from engine.artifacts import open_artifacts
from tests.support.s3 import S3Server
from worker.logs import LogFiler


def printed(folder: Path, name: str, size: int = 10) -> Path:
    path = folder / name
    path.write_bytes(name.encode() * size)
    return path


def eventually_gone(*paths: Path) -> None:
    deadline = time.monotonic() + 30
    while any(path.exists() for path in paths):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_outputs_wait_until_the_store_is_back_and_nobody_waits_for_them(
    own_s3_server: S3Server, bucket: str, tmp_path: Path
) -> None:
    store = open_artifacts(own_s3_server.url(bucket))
    filer = LogFiler(store, pause=0.1)
    filer.file("log/e/a@1", printed(tmp_path, "a"))
    assert store.get("log/e/a@1") == b"a" * 10

    own_s3_server.stop()
    filer.file("log/e/b@1", printed(tmp_path, "b"))
    started = time.monotonic()
    for name in "cde":
        filer.file(f"log/e/{name}@1", printed(tmp_path, name))
    assert time.monotonic() - started < 1.0  # only the first one was patient
    own_s3_server.start()
    eventually_gone(*(tmp_path / name for name in "bcde"))
    assert [store.get(f"log/e/{name}@1") for name in "bcde"] == [name.encode() * 10 for name in "bcde"]

    filer.file("log/e/f@1", printed(tmp_path, "f"))
    assert store.get("log/e/f@1") == b"f" * 10
    filer.close()


def test_no_more_wait_than_there_is_room_for_and_what_is_lost_is_said(
    own_s3_server: S3Server, bucket: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = open_artifacts(own_s3_server.url(bucket))
    filer = LogFiler(store, most=250, pause=60)
    own_s3_server.stop()
    for name in "abc":
        filer.file(f"log/e/{name}@1", printed(tmp_path, name, 100))
    assert not (tmp_path / "a").exists()
    assert "log/e/a@1, is lost: the artifact store is away for too long" in caplog.text

    with caplog.at_level(logging.ERROR):
        filer.close(30)
    assert "log/e/c@1, is lost" in caplog.text
    assert not list(tmp_path.glob("[abc]"))
