"""What an imperative workflow should come to, told from its text alone: which operations run, and what precedes what.

It knows nothing of productions.  It walks through the steps as a person would, given which operations will fail; every
run of the engine must have run those operations and no others, in an order that this one allows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

Op: TypeAlias = tuple[str, str, int, str]  # step, node, instance, operation


@dataclass(frozen=True)
class Act:
    """``call`` an operation, ``set`` a state, or put a workflow ``inline``."""

    kind: str
    value: str


@dataclass
class Stage:
    """A step: its target's nodes, the instances that its filter selects (None: all), and what follows."""

    nodes: tuple[str, ...]
    acts: Sequence[Act]
    only: tuple[str, int] | None = None
    on_success: Sequence[str] = ()
    on_failure: Sequence[str] = ()


@dataclass
class Plan:
    """A workflow: its steps, and the instance of a node that its precondition leaves (None: all)."""

    steps: Mapping[str, Stage]
    only: tuple[str, int] | None = None


@dataclass
class Rehearsal:
    """Walks through workflows; afterwards ``ran`` has all that ran, ``before`` what had to end ahead of each."""

    plans: Mapping[str, Plan]
    counts: Mapping[str, int]
    fails: Callable[[Op], bool]
    ran: list[Op] = field(default_factory=list)
    before: dict[Op, set[Op]] = field(default_factory=dict)

    def perform(self, name: str) -> bool:
        """Whether it succeeds."""
        return not self._workflow(name, "", [], set())[1]

    def _workflow(
        self, name: str, path: str, left_out: list[tuple[str, int]], earlier: set[Op]
    ) -> tuple[set[Op], bool]:
        """What ran, and whether something failed that no step is there for."""
        steps = self.plans[name].steps
        outcomes: dict[str, str] = {}
        done: dict[str, set[Op]] = {}  # all that has been done when a step has ended, by itself and ahead of it
        failed = False
        while len(outcomes) < len(steps):
            for key, step in steps.items():
                success = [other for other, found in steps.items() if key in found.on_success]
                failure = [other for other, found in steps.items() if key in found.on_failure]
                if key in outcomes or not outcomes.keys() >= {*success, *failure}:
                    continue
                ways = [
                    *([all(outcomes[other] == "done" for other in success)] if success else []),
                    *([any(outcomes[other] == "failed" for other in failure)] if failure else []),
                ]
                if ways and not any(ways):
                    outcomes[key], done[key] = "dead", set()
                    continue
                ahead = earlier.union(*(done[other] for other in (*success, *failure)))
                own, bad = self._step(step, f"{path}.{key}" if path else key, left_out, ahead)
                outcomes[key], done[key] = ("failed" if bad else "done"), ahead | own
                failed |= bad and not step.on_failure
        return set().union(*done.values()), failed

    def _step(self, step: Stage, path: str, left_out: list[tuple[str, int]], ahead: set[Op]) -> tuple[set[Op], bool]:
        left_out = left_out + self._others(step.only)
        own: set[Op] = set()
        acts = list(step.acts)
        inlined = [act for act in acts if act.kind == "inline"]
        while acts:
            if acts[0].kind == "inline":
                plan = self.plans[acts[0].value]
                inside = path if len(inlined) == 1 else f"{path}.{inlined.index(acts[0]) + 1}"
                found, bad = self._workflow(acts[0].value, inside, left_out + self._others(plan.only), ahead | own)
                acts = acts[1:]
            else:
                simple = acts[: _until_inline(acts)]
                found, bad = self._lines(step.nodes, simple, path, left_out, ahead | own)
                acts = acts[len(simple) :]
            own |= found
            if bad:
                return own, True
        return own, False

    def _lines(
        self, nodes: Iterable[str], acts: Sequence[Act], path: str, left_out: list[tuple[str, int]], ahead: set[Op]
    ) -> tuple[set[Op], bool]:
        found: set[Op] = set()
        bad = False
        for node in nodes:
            for number in range(self.counts[node]):
                line = set(ahead)
                for act in acts if (node, number) not in left_out else ():
                    if act.kind != "call":
                        continue
                    op = (path, node, number, act.value)
                    self.ran.append(op)
                    self.before[op] = set(line)
                    line.add(op)
                    found.add(op)
                    if self.fails(op):
                        bad = True
                        break
        return found, bad

    def _others(self, only: tuple[str, int] | None) -> list[tuple[str, int]]:
        """The instances that are left out where only this one of its node takes part."""
        if only is None:
            return []
        node, number = only
        return [(node, other) for other in range(self.counts[node]) if other != number]


def _until_inline(acts: Sequence[Act]) -> int:
    return next((i for i, act in enumerate(acts) if act.kind == "inline"), len(acts))
