"""The productions of a declarative workflow inside an imperative one.

Place in the flow: a part of `engine.weaving.stages`.  They are those of `engine.weaving.compile`, under other names;
but the nodes begin when their step does, go on from the states in which they are then, and set those.
"""

from __future__ import annotations

from engine.instances.scaling import Scale
from engine.weaving.compile import NetworkCompiler
from engine.weaving.draft import Draft
from engine.weaving.woven import WovenWorkflow


class DelegatedCompiler(NetworkCompiler):
    """Compiles a workflow that was woven for some nodes."""

    def __init__(self, woven: WovenWorkflow, scale: Scale, prefix: str, shared: frozenset[str], after: int) -> None:
        super().__init__(woven, scale)
        self._prefix = prefix
        self._shared = shared
        self._after = after
        self._entered = set(woven.sequences)  # each begins with a step that waits for nothing but its own step

    def drafts(self) -> list[Draft]:
        found = super().drafts()
        for draft in found:
            node = draft.subject.get("node")
            if node is not None:
                modulo, divide = draft.subject.get("owner", (0, 1))
                draft.state_of = (node, modulo, divide)
                draft.resumes = not draft.owned
        return found

    def _rank(self, place: tuple[str, int]) -> int:
        return super()._rank(place) + self._after
