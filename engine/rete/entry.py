"""Where a workflow takes up an instance that earlier runs have brought to some state.

Place in the flow: a part of `engine.rete.network`; why it is so stands in ``docs/adr/runs-over-the-same-nodes.md``.
"""

from __future__ import annotations

from engine.rete.production import Production


def entry(production: Production, state: str, *, failed: bool = False) -> int:
    """The step at which a node in this state takes up the workflow: behind the step that sets the state.

    A node that never was created has nothing to be deleted: a workflow that ends in deleted finds it at its end.  One
    whose creation has ``failed`` may be there in part: it has nothing to be stopped, and is deleted.
    """
    states = [step.state for step in production.steps]
    if state == "stopped" and state not in states:
        state = "configured"  # which a stopped node is again (3.3.1)
    if state == "initial" and "deleted" in states:
        state = "stopped" if failed else "deleted"
    return len(states) - states[::-1].index(state) if state in states else 0


def last_state(production: Production) -> int:
    """The last step that sets a state."""
    return max((i for i, step in enumerate(production.steps) if step.state is not None), default=-1)
