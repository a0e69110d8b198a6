"""A worker that lacks one of its guards: a chaos run with such workers must show it, or it shows nothing at all.

Place in the flow: ``python -m benchmarks.chaos.broken GUARD FLAG...`` takes the place of ``python -m worker FLAG...``.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence

from engine.program import run_program
from engine.space.backends.consul import ConsulSpace
from engine.space.errors import Conflict
from engine.space.verbs import Cas, CheckIndex, CheckSession, Set, Verb
from worker.config import WorkerConfig
from worker.main import run_worker

Weaken = Callable[[Verb], Verb | None]


def _take_without_index(verb: Verb) -> Verb | None:
    """A tuple is locked whatever has become of it since it was listed."""
    return None if isinstance(verb, CheckIndex) and verb.key.startswith("op/") else verb


def _commit_without_session(verb: Verb) -> Verb | None:
    """A result is written whoever holds the operation, and over whatever others have written."""
    if isinstance(verb, CheckSession):
        return None
    return Set(verb.key, verb.value) if isinstance(verb, Cas) and verb.key.startswith(("cell/", "count/")) else verb


GUARDS: dict[str, Weaken] = {"take": _take_without_index, "commit": _commit_without_session}


def remove(guard: str) -> None:
    """Take a guard out of all transactions of this process."""
    weaken, transact = GUARDS[guard], ConsulSpace.transact

    def weakened(self: ConsulSpace, verbs: Sequence[Verb]) -> int:
        left = [(number, weak) for number, verb in enumerate(verbs) if (weak := weaken(verb)) is not None]
        try:
            return transact(self, [verb for _, verb in left])
        except Conflict as conflict:
            raise Conflict([(left[position][0], why) for position, why in conflict.failures]) from conflict

    ConsulSpace.transact = weakened  # type: ignore[method-assign]  # that is what it is for


if __name__ == "__main__":
    remove(sys.argv[1])
    sys.exit(run_program("worker", WorkerConfig, run_worker, sys.argv[2:], os.environ))
