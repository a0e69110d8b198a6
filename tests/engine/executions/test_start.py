"""Starting an execution while answers of the space are lost."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from engine.executions.records import InstanceRecord
from engine.executions.start import start_execution
from engine.space.backends.memory import MemorySpace, Store
from engine.space.errors import UnknownOutcome
from engine.space.verbs import Verb
from tests.engine.executions.world import deploy
from tests.support.topologies import Node, topology


class Lossy(MemorySpace):
    """Loses the first answers; what was asked was done (``applied``) or not."""

    def __init__(self, store: Store, losses: int, *, applied: bool) -> None:
        super().__init__(store)
        self.losses = losses
        self._applied = applied

    def transact(self, verbs: Sequence[Verb]) -> int:
        if not self.losses:
            return super().transact(verbs)
        self.losses -= 1
        if self._applied:
            super().transact(verbs)
        raise UnknownOutcome("lost")


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.executions.start.time.sleep", lambda _seconds: None)


@pytest.fixture
def store() -> Store:
    found = Store()
    deploy(found, topology([Node("n", operations=("create",))]))
    return found


@pytest.mark.parametrize("applied", [True, False])
@pytest.mark.parametrize("losses", [0, 1, 3])
def test_it_is_started_once_however_many_answers_were_lost(store: Store, losses: int, applied: bool) -> None:
    record = start_execution(Lossy(store, min(losses, 1) if applied else losses, applied=applied), "m", "i", "install")

    space = MemorySpace(store)
    assert space.keys("exec/") == [record.key]
    assert len(space.keys("prop/")) == 1
    found = InstanceRecord.read(space, "m", "i")
    assert found is not None
    assert found[0].execution == record.id


def test_when_every_answer_is_lost_it_gives_up_and_says_so(store: Store) -> None:
    space = Lossy(store, 1000, applied=False)
    with pytest.raises(UnknownOutcome):
        start_execution(space, "m", "i", "install")
    assert space.losses > 900
