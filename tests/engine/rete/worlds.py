"""Random networks and the memories to run them on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hypothesis import strategies as st

from engine.rete.condition import Condition, Quantifier
from engine.rete.memory import Cell, CellId, Group, GroupId
from engine.rete.network import Memories
from engine.rete.production import FAILURE, Feed, Production, Productions, Step, Wiring


class DictProductions(Productions):
    """Productions in a dictionary; ``asked`` are those that were looked at."""

    def __init__(self, productions: Mapping[str, Production]) -> None:
        self._productions = productions
        self.asked: set[str] = set()

    def load(self, names: Iterable[str]) -> None:
        self.asked.update(names)

    def get(self, name: str) -> Production:
        self.asked.add(name)
        return self._productions[name]


class DictMemories(Memories):
    """Memories in a dictionary; each is stored as its bytes, as in the space."""

    def __init__(self) -> None:
        self.stored: dict[CellId | GroupId, Cell | Group] = {}
        self.loaded: set[CellId | GroupId] = set()
        self.looked_at: set[CellId | GroupId] = set()

    def load(self, ids: Iterable[CellId | GroupId]) -> None:
        self.loaded.update(ids)

    def get(self, id_: CellId | GroupId) -> Cell | Group | None:
        assert id_ in self.loaded, f"{id_} was not loaded"
        self.looked_at.add(id_)
        return self.stored.get(id_)

    def put(self, id_: CellId | GroupId, memory: Cell | Group) -> None:
        self.stored[id_] = memory

    @property
    def touched(self) -> int:
        return len(self.looked_at)

    def settle(self) -> None:
        """Write everything out and read it back, as one commit after another does."""
        self.loaded.clear()
        self.looked_at.clear()
        for id_, memory in self.stored.items():
            self.stored[id_] = type(memory).decoded(memory.encoded())

    @property
    def cells(self) -> dict[CellId, Cell]:
        return {
            id_: memory for id_, memory in self.stored.items() if isinstance(id_, CellId) and isinstance(memory, Cell)
        }


@st.composite
def networks(draw: st.DrawFn, quantifiers: tuple[Quantifier, ...] = tuple(Quantifier)) -> dict[str, Production]:
    """Some productions of one to forty instances, each step fed by steps of productions before it.

    That a production is fed only by earlier ones makes the network free of cycles, as weaving makes them.
    """
    productions: list[tuple[str, int, list[Step]]] = []
    feeds: dict[str, dict[int, list[Feed]]] = {}
    state_of: dict[str, tuple[str, int, int] | None] = {}
    for number in range(draw(st.integers(1, 6))):
        name, count = f"p{number}", draw(st.sampled_from([1, 1, 2, 3, 5, 40]))
        steps = []
        for step in range(draw(st.integers(1, 4))):
            inputs = 0
            for source, source_count, source_steps in productions:
                if not draw(st.booleans()):
                    continue
                feed, width = draw(_feeds(name, count, step, source_count, inputs))
                fact = draw(st.sampled_from([FAILURE, *range(len(source_steps))]))
                feeds[source].setdefault(fact, []).append(feed)
                inputs += width
            condition = Condition(inputs, draw(st.sampled_from(quantifiers))) if inputs else None
            kind = draw(st.sampled_from(["operation", "check", "state", "nothing"]))
            steps.append(
                Step(
                    condition,
                    state=f"s{step}" if kind == "state" else None,
                    operation={"name": "act"} if kind == "operation" else None,
                    check={"rank": 0} if kind == "check" else None,
                )
            )
        productions.append((name, count, steps))
        state_of[name] = draw(st.sampled_from([None, None, (f"state of {name}", 0, 1)]))
        feeds[name] = {}
    return {
        name: Production(
            name,
            count,
            tuple(steps),
            {step: tuple(rows) for step, rows in feeds[name].items()},
            state_of=state_of[name],
        )
        for name, count, steps in productions
    }


@st.composite
def _feeds(draw: st.DrawFn, name: str, count: int, step: int, sources: int, base: int) -> tuple[Feed, int]:
    """A feed that gives every instance of the target equally many inputs, and how many."""
    choices = [(Feed(name, step, Wiring.ALL, count, base), sources)]
    if count % sources == 0:
        choices.append((Feed(name, step, Wiring.DOWN, count // sources, base), 1))
        choices.append((Feed(name, step, Wiring.STRIDE, sources, base, count), 1))
    if sources % count == 0:
        choices.append((Feed(name, step, Wiring.UP, sources // count, base), sources // count))
        choices.append((Feed(name, step, Wiring.UNSTRIDE, count, base), sources // count))
    return draw(st.sampled_from(choices))
