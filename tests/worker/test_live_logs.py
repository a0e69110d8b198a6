"""What runs can be watched, and what is seen of it never takes the place of the whole."""

from __future__ import annotations

import threading
from pathlib import Path

from engine.artifacts.base import ArtifactUnreachable
from engine.artifacts.folder import FolderStore
from tests.worker.executors.watching import eventually
from worker.live_logs import LiveLogs

KEY = "log/e/a@1"


class SlowStore(FolderStore):
    """Waits in each write until it is let go."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, fsync=False)
        self.asked, self.go = threading.Event(), threading.Event()
        self.away = False

    def write(self, key: str, content: bytes | Path) -> None:
        self.asked.set()
        assert self.go.wait(30)
        if self.away:
            raise ArtifactUnreachable("away")
        super().write(key, content)


def test_the_latest_that_was_printed_is_stored_and_nobody_waits_for_it(tmp_path: Path) -> None:
    store = SlowStore(tmp_path)
    live = LiveLogs(store)
    live.show(KEY, b"one\n")
    assert store.asked.wait(30)
    live.show(KEY, b"one\ntwo\n")
    live.show(KEY, b"one\ntwo\nthree\n")
    assert not live.wants(KEY)
    assert live.wants("log/e/b@1")
    store.go.set()
    assert eventually(lambda: list(store.list()) == [KEY] and store.get(KEY) == b"one\ntwo\nthree\n")
    live.close()


def test_what_was_being_stored_when_the_operation_ended_does_not_replace_what_it_printed_in_all(tmp_path: Path) -> None:
    store = SlowStore(tmp_path)
    live = LiveLogs(store)
    live.show(KEY, b"one\n")
    assert store.asked.wait(30)
    live.show(KEY, b"one\ntwo\n")
    ended = threading.Thread(target=live.end, args=(KEY,))
    ended.start()
    ended.join(0.2)
    assert ended.is_alive()
    store.go.set()
    ended.join(30)
    assert store.get(KEY) == b"one\n"  # what waited behind it is forgotten
    store.put(KEY, b"one\ntwo\nthree\n")
    live.show("log/e/b@1", b"")
    assert eventually(lambda: len(list(store.list())) == 2)
    assert store.get(KEY) == b"one\ntwo\nthree\n"
    live.close()


def test_a_store_that_is_away_costs_nothing_but_the_sight(tmp_path: Path) -> None:
    store = SlowStore(tmp_path)
    store.away = True
    live = LiveLogs(store)
    store.go.set()
    live.show(KEY, b"one\n")
    assert store.asked.wait(30)
    live.end(KEY)
    store.away = False
    live.show(KEY, b"one\ntwo\n")
    assert eventually(lambda: list(store.list()) == [KEY])
    live.close()
