"""Who is alive, and what is done about who is not."""

from __future__ import annotations

from engine.executions.presence import announce, call_roll, count_workers, end_sessions, live_workers
from engine.space.backends.memory import MemorySpace
from engine.space.base import Space
from engine.space.verbs import Lock


def worker(space: Space, name: str, host: str, pid: int) -> str:
    """A worker that holds a key named after it."""
    session = space.open_session(60)
    announce(space, session, {"id": name, "host": host, "pid": pid, "since": "", "slots": 1})
    space.transact([Lock(f"held/{name}", b"", session)])
    return session


def test_what_a_worker_held_whose_process_has_died_is_free_at_once_and_nothing_else() -> None:
    space = MemorySpace()
    worker(space, "dead", "here", 7)
    neighbours = [worker(space, "same-pid", "there", 7), worker(space, "same-host", "here", 8)]
    index = space.index("bell/")

    assert end_sessions(space, "here", 7) == 1
    assert [entry.session for entry in space.entries("held/")] == [None, neighbours[1], neighbours[0]]
    assert count_workers(space) == 2
    assert space.index("bell/") > index  # the others wake
    assert end_sessions(space, "here", 7) == 0


def test_a_worker_that_runs_twice_in_one_process_has_both_its_sessions_ended() -> None:
    """It has lost a lease and begun anew; the old session may still be there."""
    space = MemorySpace()
    worker(space, "old", "here", 7)
    worker(space, "new", "here", 7)

    assert end_sessions(space, "here", 7) == 2


def test_the_process_of_a_worker_is_not_told_to_clients() -> None:
    space = MemorySpace()
    worker(space, "one", "here", 7)

    assert live_workers(space) == [{"id": "one", "host": "here", "since": "", "slots": 1, "running": []}]


def test_the_roll_call_forgets_the_dead_and_counts_the_living() -> None:
    space = MemorySpace()
    worker(space, "alive", "here", 7)
    space.close_session(worker(space, "dead", "here", 8))

    assert call_roll(space) == 1
    assert len(list(space.entries("bell/worker/"))) == 1
