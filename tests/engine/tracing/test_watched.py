"""A space that is watched keeps the contract, and tells what stands in it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from engine.space.backends.memory import MemorySpace, Store
from engine.space.base import Space
from engine.space.errors import Conflict, UnknownOutcome
from engine.space.verbs import Cas, Set, Verb
from engine.tracing.watched import Committed, WatchedSpace
from tests.engine.space.clients import OpenClient, space
from tests.engine.space.contract import ExpiryContract, SpaceContract

__all__ = ["space"]


@pytest.fixture
def open_client() -> OpenClient:
    store = Store()
    return lambda: WatchedSpace(MemorySpace(store), lambda _: None)


class TestWatched(SpaceContract, ExpiryContract):
    pass


class Lossy(MemorySpace):
    """Its answers are lost, after it has done what it was asked for."""

    def transact(self, verbs: Sequence[Verb]) -> int:
        super().transact(verbs)
        raise UnknownOutcome("lost")


def watched(behind: Space) -> tuple[WatchedSpace, list[Committed]]:
    told: list[Committed] = []
    return WatchedSpace(behind, told.append), told


def test_histories_and_records_of_executions_are_told_and_nothing_else() -> None:
    space, told = watched(MemorySpace())
    space.transact([Set("done/e1/a", b"1"), Set("bell/1", b"2"), Cas("exec/e1", b"3", 0), Set("executor/x", b"4")])
    assert told == [Committed("done/e1/a", b"1", sure=True), Committed("exec/e1", b"3", sure=True)]


def test_what_was_refused_is_not_told() -> None:
    space, told = watched(MemorySpace())
    with pytest.raises(Conflict):
        space.transact([Set("done/e1/a", b"1"), Cas("exec/e1", b"3", 7)])
    assert told == []


def test_of_a_lost_answer_it_is_told_that_nobody_knows() -> None:
    space, told = watched(Lossy())
    with pytest.raises(UnknownOutcome):
        space.transact([Set("done/e1/a", b"1")])
    assert told == [Committed("done/e1/a", b"1", sure=False)]
