"""How much lies ahead of each step of an imperative workflow: what has the longest way to the end is done first.

Place in the flow: a part of `engine.weaving.stages`.
"""

from __future__ import annotations

from engine.instances.scaling import Scale
from engine.weaving.flow import Delegated, Flow, FlowStep, Inlined, Lines, Stage


class Lengths:
    """Counts operations that are done one after another on the same host; steps are named by their paths."""

    def __init__(self, flow: Flow, scale: Scale) -> None:
        self._scale = scale
        self._own: dict[str, int] = {}
        self._after: dict[str, int] = {}
        self._measure(flow)

    def of(self, path: str) -> int:
        """The length of a step."""
        return self._own[path]

    def after(self, path: str) -> int:
        """The longest way from the end of a step to that of its workflow."""
        return self._after[path]

    def _measure(self, flow: Flow) -> int:
        """The longest way through a workflow."""
        for step in flow.steps.values():
            self._own[step.path] = sum(map(self._stage, step.stages))
        longest = 0
        for name in reversed(flow.in_order()):
            step = flow.steps[name]
            ways = [self._whole(flow.steps[other]) for other in (*step.on_success, *step.on_failure)]
            self._after[step.path] = max(ways, default=0)
            longest = max(longest, self._whole(step))
        return longest

    def _whole(self, step: FlowStep) -> int:
        return self._own[step.path] + self._after[step.path]

    def _stage(self, stage: Stage) -> int:
        match stage:
            case Lines(lines):
                return max((line.operations * self._scale.placements[line.node].per_root for line in lines), default=0)
            case Delegated(woven):
                return sum(1 for row in woven.sequences.values() for element in row if element.operation is not None)
            case Inlined(flow):
                return self._measure(flow)
