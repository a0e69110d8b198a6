"""A matcher without a network: it looks at every instance and counts every input, each time anew.

It keeps nothing but where each instance is.  The network's memories, its conflict set and the phase of each instance
must agree with it after every change.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.rete.condition import Quantifier, Verdict
from engine.rete.memory import Cell, CellId, Phase
from engine.rete.production import FAILURE, Production

Inputs = dict[tuple[CellId, int], dict[int, list[tuple[CellId, int]]]]
"""For each instance and step, for each of its inputs, the facts that it is: instance and step."""


def inputs_of(productions: Mapping[str, Production]) -> Inputs:
    """Who feeds whom, written out."""
    found: Inputs = {}
    for production in productions.values():
        for step, feeds in production.feeds.items():
            for feed in feeds:
                for flat in range(production.count):
                    for target in feed.targets(flat):
                        inputs = found.setdefault((CellId(feed.target, target), feed.step), {})
                        inputs.setdefault(feed.input(flat), []).append((CellId(production.name, flat), step))
    return found


class Naive:
    """What each condition says, told from where the instances are."""

    def __init__(self, productions: Mapping[str, Production]) -> None:
        self._productions = productions
        self._inputs = inputs_of(productions)

    def instances(self) -> Iterator[CellId]:
        for production in self._productions.values():
            for flat in range(production.count):
                yield CellId(production.name, flat)

    def verdict(self, cells: Mapping[CellId, Cell], id_: CellId, step: int) -> Verdict:
        """What the condition of a step says."""
        condition = self._productions[id_.production].steps[step].condition
        if condition is None:
            return Verdict.HOLDS
        inputs = self._inputs.get((id_, step), {})
        come = dead = 0
        for number in range(condition.inputs):
            for source, passed in inputs[number]:
                cell = cells.get(source, Cell(1))
                if passed == FAILURE:
                    come += cell.phase is Phase.FAILED
                    dead += cell.phase in (Phase.FINISHED, Phase.BLOCKED)
                    continue
                come += cell.step > passed
                dead += cell.step <= passed and cell.phase in (Phase.FAILED, Phase.BLOCKED)
        match condition.quantifier:
            case Quantifier.ALL:
                return Verdict.DEAD if dead else Verdict.HOLDS if come == condition.inputs else Verdict.OPEN
            case Quantifier.ANY:
                return Verdict.HOLDS if come else Verdict.DEAD if dead == condition.inputs else Verdict.OPEN
            case Quantifier.NONE:
                return Verdict.OPEN if come else Verdict.HOLDS
            case Quantifier.SETTLED:
                return Verdict.HOLDS if come + dead == condition.inputs else Verdict.OPEN
            case Quantifier.SOME if come + dead < condition.inputs:
                return Verdict.OPEN
            case Quantifier.SOME:
                return Verdict.HOLDS if come else Verdict.DEAD
            case Quantifier.NEVER:
                return Verdict.DEAD if come else Verdict.HOLDS if dead == condition.inputs else Verdict.OPEN

    def phase(self, cells: Mapping[CellId, Cell], id_: CellId) -> Phase:
        """What an instance that takes part must be doing, told from where it is."""
        cell, steps = cells[id_], self._productions[id_.production].steps
        if cell.phase is Phase.FAILED:
            return Phase.FAILED
        if cell.step == len(steps):
            return Phase.FINISHED
        match self.verdict(cells, id_, cell.step):
            case Verdict.DEAD:
                return Phase.BLOCKED
            case Verdict.OPEN:
                return Phase.WAITING
            case Verdict.HOLDS:
                works = steps[cell.step].works and not cell.skip
                assert works, f"{id_} rests at a step that it could pass"
                return Phase.OPERATION
