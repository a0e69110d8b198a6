"""The embedded space keeps the contract; and what only it must promise: processes, and a disk that fails."""

from __future__ import annotations

import multiprocessing
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.space import open_space
from engine.space.backends import sqlite
from engine.space.backends.sqlite import SqliteSpace
from engine.space.client import Linda
from engine.space.errors import SpaceUnavailable
from engine.space.tuples import Template, Tuple
from engine.space.verbs import Lock, Set
from tests.engine.space.clients import FRUIT, OpenClient, only, space
from tests.engine.space.contract import ExpiryContract, SpaceContract

__all__ = ["space"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "space" / "space.db"


@pytest.fixture
def open_client(file: Path) -> Iterator[OpenClient]:
    opened: list[SqliteSpace] = []

    def open_one() -> SqliteSpace:
        opened.append(SqliteSpace(file))
        return opened[-1]

    yield open_one
    for client in opened:
        client.close()


class TestSqlite(SpaceContract, ExpiryContract):
    pass


def take_all(file: Path, answers: multiprocessing.Queue[list[str]]) -> None:
    client = SqliteSpace(file)
    linda, taken = Linda(client), []
    while (found := linda.in_(Template(FRUIT), 0.5)) is not None:
        taken.append(found.fields["name"])
    client.close()
    answers.put(taken)


def test_processes_that_take_at_once_take_each_tuple_once(file: Path, open_client: OpenClient) -> None:
    names = [f"n{number}" for number in range(120)]
    linda = Linda(open_client())
    context = multiprocessing.get_context("spawn")
    answers: multiprocessing.Queue[list[str]] = context.Queue()
    processes = [context.Process(target=take_all, args=(file, answers)) for _ in range(4)]
    for process in processes:
        process.start()
    for low in range(0, len(names), 20):
        linda.out(*(Tuple(FRUIT, {"lane": 0, "name": name}) for name in names[low : low + 20]))
    taken = [name for _ in processes for name in answers.get(timeout=60)]
    for process in processes:
        process.join(30)

    assert sorted(taken) == sorted(names)


HOLDER = """
import sys, time
from pathlib import Path
from engine.space.backends.sqlite import SqliteSpace
from engine.space.verbs import Lock
space = SqliteSpace(Path(sys.argv[1]))
session = space.open_session(60)
space.transact([Lock("bell/held", b"x", session)])
print("held", flush=True)
time.sleep(60)
"""


def test_what_a_killed_process_held_is_free_within_seconds_not_after_its_ttl(
    file: Path, open_client: OpenClient
) -> None:
    client = open_client()
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(file)], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    client.reap()
    assert only(client, "bell/held").session is not None

    index = client.index("bell/")
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    holder.stdout.close()
    started = time.monotonic()
    assert client.wait("bell/", index, 20) > index

    assert only(client, "bell/held").session is None
    assert time.monotonic() - started < 5


def test_what_was_committed_is_there_for_the_next_process(file: Path) -> None:
    first = SqliteSpace(file)
    index = first.transact([Set("a", b"1")])
    first.close()
    second = SqliteSpace(file)

    assert only(second, "a").index == index
    assert second.transact([Set("b", b"1")]) > index
    second.close()


def test_sessions_of_an_earlier_life_of_the_machine_do_not_last(file: Path) -> None:
    """Their expiry is counted from the boot, so it may seem far away; but nobody holds their files."""
    first = SqliteSpace(file)
    session = first.open_session(1_000_000)
    first.transact([Lock("a", b"1", session)])
    first.close()
    second = SqliteSpace(file)
    second.reap()

    assert only(second, "a").session is None
    second.close()


def test_its_log_is_copied_into_the_file_by_a_thread_that_no_commit_waits_for(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk may be so busy that copying takes longer than a lease lasts."""
    copying, may_end, copied = threading.Event(), threading.Event(), []

    class SlowDisk(SqliteSpace):
        def _checkpoint(self) -> None:
            copying.set()
            may_end.wait(30)
            super()._checkpoint()
            copied.append(file.stat().st_size)

    monkeypatch.setattr(sqlite, "_COMMITS", 20)
    client = SlowDisk(file)
    for number in range(100):
        client.transact([Set(f"a/{number}", b"x" * 100_000)])
    assert copying.wait(5)
    assert file.stat().st_size < 1_000_000
    may_end.set()
    client.close()

    assert copied[0] > 10_000_000


def test_a_log_that_has_grown_long_is_copied_to_its_end_while_nobody_writes(
    file: Path, open_client: OpenClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise it would never start again where somebody always writes."""
    monkeypatch.setattr(sqlite, "_LONGEST_LOG", 100)
    writer = SqliteSpace(file)
    other = open_client()
    for number in range(50):
        writer.transact([Set(f"a/{number}", b"x" * 100_000)])
    with writer._writing():
        copying = threading.Thread(target=writer._checkpoint)
        copying.start()
        copying.join(0.5)
        assert copying.is_alive()
    copying.join(5)
    assert not copying.is_alive()
    before = file.with_name("space.db-wal").stat().st_size
    other.transact([Set("a/0", b"x")])

    assert file.with_name("space.db-wal").stat().st_size == before
    writer.close()


def test_a_file_that_is_no_database_is_a_clear_error(file: Path) -> None:
    file.parent.mkdir()
    file.write_bytes(b"this is not a database, it is a long enough text" * 100)

    with pytest.raises(SpaceUnavailable, match=r"space\.db.*not a database"):
        SqliteSpace(file)


def test_a_folder_that_cannot_be_made_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(SpaceUnavailable, match=r"cannot be opened"):
        SqliteSpace(tmp_path / "file" / "space.db")


def test_a_full_disk_is_a_clear_error_and_nothing_of_the_transaction_is_kept(
    file: Path, open_client: OpenClient
) -> None:
    client = open_client()
    assert isinstance(client, SqliteSpace)
    client.transact([Set("a", b"1")])
    connection = client._connection()[0]
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages}")

    with pytest.raises(SpaceUnavailable, match="full"):
        client.transact([Set("b", b"x" * 300_000), Set("a", b"2")])
    assert only(client, "a").value == b"1"

    connection.execute("PRAGMA max_page_count = 1000000")
    client.transact([Set("b", b"x" * 300_000)])


@pytest.mark.parametrize(
    "url", ["sqlite://host/file", "redis://x", "sqlite:relative", "", "sqlite:///x?synchronous=off"]
)
def test_a_url_that_names_no_space_is_a_clear_error(url: str) -> None:
    with pytest.raises(ValueError, match=r"expected"):
        open_space(url)


def test_a_url_names_a_file_and_how_surely_it_is_written(file: Path) -> None:
    opened = open_space(f"sqlite://{file}?synchronous=full")
    assert isinstance(opened, SqliteSpace)

    assert opened._connection()[0].execute("PRAGMA synchronous").fetchone() == (2,)
    opened.close()
