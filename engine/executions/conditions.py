"""Whether conditions hold now: the preconditions of a workflow, and what selects the instances of a step.

Place in the flow: clauses of `engine.weaving.conditions` and what instances are at this moment → **what is not met**.
A worker looks for a step (its answer is committed as a result is); whoever starts a workflow looks for its
preconditions.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from engine.executions.attributes import Anchors, Attributes, States
from engine.executions.errors import NoValue, PreconditionNotMet
from engine.executions.outputs import Outputs
from engine.instances.scaling import index_of
from engine.masking import Mask
from engine.space.base import Space
from engine.weaving.conditions import constraint_from_json
from engine.weaving.values import from_json
from tosca.errors import FunctionError
from tosca.values.functions import Resolver

Read = Callable[[Any], Any]
Hide = Callable[[Any], Any]
MOST_SHOWN = 60  # characters of a value


def unmet(condition: Mapping[str, Any], read: Read, hide: Hide = lambda value: value) -> str | None:
    """What was found and what was expected of the first clause that does not hold; None when all is well.

    ``read`` gives the value of a reference, and ``hide`` what may be told of it.
    """
    if "assert" in condition:
        return _unmet_assertion(condition, read, hide)
    ((operator, clauses),) = condition.items()
    found = [unmet(clause, read, hide) for clause in clauses]
    missing = [text for text in found if text is not None]
    match operator:
        case "and":
            return missing[0] if missing else None
        case "or":
            return "; ".join(missing) if missing and len(missing) == len(found) else None
        case _:
            return None if missing else f"found that {' and '.join(map(_said, clauses)) or 'nothing'}, expected not"


def _unmet_assertion(condition: Mapping[str, Any], read: Read, hide: Hide) -> str | None:
    name, constraints = condition["assert"], condition["constraints"]
    expected = " and ".join(constraint["text"] for constraint in constraints)
    try:
        value = read(condition["value"])
    except (NoValue, FunctionError):
        return f"found no value of {name!r}, expected {expected}"
    if all(constraint_from_json(constraint).holds(value) for constraint in constraints):
        return None
    return f"found {name} {_shown(hide(value))}, expected {expected}"


def _said(clause: Mapping[str, Any]) -> str:
    if "assert" in clause:
        return f"{clause['assert']} is {' and '.join(constraint['text'] for constraint in clause['constraints'])}"
    ((operator, clauses),) = clause.items()
    return f"{operator} ({', '.join(map(_said, clauses))})"


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= MOST_SHOWN else text[:MOST_SHOWN] + "…"


class Conditions:
    """Conditions on the instances of one deployment."""

    def __init__(
        self, space: Space, model: str, instance: str, resolver: Resolver, secrets: Iterable[str] = ()
    ) -> None:
        self._secrets = frozenset(secrets)
        self._values = Attributes(Outputs(space, model, instance), States(space, model, instance), resolver)

    def unmet(self, condition: Mapping[str, Any], anchors: Anchors) -> str | None:
        """What of the condition does not hold for that instance; None when all does."""
        text = unmet(condition, lambda value: self._values.value(from_json(value), anchors), self._hidden)
        return None if text is None else self._hidden(text)

    def _hidden(self, value: Any) -> Any:
        return Mask(self._secrets | self._values.secrets).value(value)

    def require(self, workflow: str, preconditions: Sequence[Mapping[str, Any]]) -> None:
        """Make sure that a workflow may begin.

        Raises:
            PreconditionNotMet: with the first instance of which something else was found.
        """
        for precondition in preconditions:
            for number in range(precondition["count"]):
                text = self.unmet(precondition["condition"], {"self": number, **_ends(precondition, number)})
                if text is not None:
                    raise PreconditionNotMet(workflow, precondition["target"], _named(precondition, number), text)


def _ends(precondition: Mapping[str, Any], number: int) -> dict[str, int]:
    side = precondition.get("side")
    return {} if side is None else {side: number}


def _named(precondition: Mapping[str, Any], number: int) -> str:
    index = ",".join(map(str, index_of(tuple(precondition["radix"]), number)))
    return f"{precondition['node']}[{index}]"
