"""Looks whether an instance is one that a step of an imperative workflow is for.

Place in the flow: a check's tuple → **what holds at this moment** → its commit, as that of an operation: so it is
decided once, whoever dies meanwhile.  Nothing is started for it; there is a result at once.
"""

from __future__ import annotations

import time

from engine.executions.attributes import anchors_of
from engine.executions.conditions import Conditions
from engine.executions.records import ExecutionRecord
from engine.executions.resolving import InputsOnly
from engine.rete.production import Production
from engine.space.base import Space
from engine.space.client import Held
from worker.executors.base import Result
from worker.executors.failed import EndedAtOnce


def check(space: Space, held: Held, record: ExecutionRecord, production: Production) -> EndedAtOnce | None:
    """The result of a check; None when the tuple is that of an operation.

    Raises:
        SpaceError: the space does not answer.
    """
    about = production.steps[held.tuple.fields["step"]].check
    if about is None:
        return None
    started = time.time()
    conditions = Conditions(space, record.model, record.instance, InputsOnly(record), record.secrets)
    unmet = conditions.unmet(about["condition"], anchors_of(production, held.tuple.fields["flat"]))
    return EndedAtOnce(Result(0, None, started, time.time(), None, unmet=unmet))
