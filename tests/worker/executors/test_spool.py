"""What operations print, where the file system is not as usual."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.masking import Mask
from worker.executors import spool as module
from worker.executors.spool import Spool


def test_it_works_on_a_file_system_that_knows_no_files_without_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "O_TMPFILE", os.O_DIRECTORY)  # refused for writing, as such file systems refuse O_TMPFILE
    spool = Spool(tmp_path, 100)
    assert list(tmp_path.iterdir()) == []
    os.write(spool.handle, b"a")
    os.ftruncate(spool.handle, 0)
    os.write(spool.handle, b"b")
    path, last = spool.finish()
    assert path is not None
    assert (path.read_bytes(), last) == (b"b", b"b")


def test_output_that_cannot_be_saved_costs_nothing_but_itself(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = tmp_path / "spool"
    folder.mkdir()
    spool = Spool(folder, 100)
    os.write(spool.handle, b"the reason\n")
    folder.rmdir()
    with caplog.at_level(logging.WARNING):
        assert spool.finish() == (None, b"the reason\n")
    assert "lost what an operation printed" in caplog.text


@given(chunks=st.lists(st.binary(max_size=60), max_size=20), limit=st.sampled_from([10, 50, 200]))
def test_whenever_it_is_cut_the_first_and_the_last_bytes_are_kept_and_the_rest_is_counted(
    tmp_path_factory: pytest.TempPathFactory, chunks: list[bytes], limit: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "SLACK", 70)
        spool = Spool(tmp_path_factory.getbasetemp(), limit)
        for chunk in chunks:
            os.write(spool.handle, chunk)
            spool.tend()
        path, _ = spool.finish()
    content, printed = b"" if path is None else path.read_bytes(), b"".join(chunks)
    if path is not None:
        path.unlink()
    if content != printed:
        dropped = len(printed) - 2 * (limit // 2)
        half = limit // 2
        assert content == printed[:half] + b"\n[... %d bytes left out ...]\n" % dropped + printed[-half:]
    else:
        assert len(printed) <= max(limit, 70)


@given(before=st.integers(0, 60), between=st.integers(0, 200), after=st.integers(0, 60), tended=st.booleans())
def test_a_secret_is_hidden_however_it_came_and_wherever_it_was_cut(
    tmp_path_factory: pytest.TempPathFactory, before: int, between: int, after: int, tended: bool
) -> None:
    secret = b"hunter2-secret"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "SLACK", 30)
        spool = Spool(tmp_path_factory.getbasetemp(), 60, Mask([secret.decode()]))
        for chunk in (b"." * before, secret[:5], secret[5:], b"." * between, secret[:9], secret[9:], b"." * after):
            os.write(spool.handle, chunk)
            if tended:
                spool.tend()
        path, last = spool.finish()
    assert path is not None
    content = path.read_bytes()
    path.unlink()
    for size in range(4, len(secret)):
        for part in (secret[:size], secret[-size:]):
            assert part not in content.replace(b"bytes left out", b"")
    assert last == content[-4096:]


@given(text=st.text("abcdef0", min_size=4, max_size=12), split=st.integers(0, 11))
def test_what_is_seen_while_it_is_written_has_no_part_of_a_secret_either(
    tmp_path_factory: pytest.TempPathFactory, text: str, split: int
) -> None:
    """A secret may be half written when somebody looks."""
    secret = text.encode()
    spool = Spool(tmp_path_factory.getbasetemp(), 1000, Mask([text]))
    assert spool.so_far() is None
    os.write(spool.handle, b"<" + secret[:split])
    seen = spool.so_far()
    assert seen == (b"<***" if split >= len(secret) else b"<")
    assert spool.so_far() is None
    os.write(spool.handle, secret[split:] + b">")
    assert spool.so_far() == b"<***>"
    spool.close()
