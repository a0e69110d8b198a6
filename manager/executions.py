"""Executions: started here, carried out by workers, read back from the space.

Place in the flow: request → `engine.executions.start` → … workers … → `engine.executions.progress` → answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.executions import progress
from engine.executions.records import CANCELLING, RUNNING, ExecutionRecord
from engine.executions.start import start_execution
from engine.space.base import Space
from engine.weaving import canonical
from manager.errors import Invalid, NotFound, problem

LIVE = (RUNNING, CANCELLING)
STATUSES = (RUNNING, "succeeded", "failed", CANCELLING, "cancelled")


class Executions:
    """The executions of a space."""

    def __init__(self, space: Space) -> None:
        self._space = space

    def start(self, model: str, instance: str, workflow: str, inputs: Mapping[str, Any]) -> ExecutionRecord:
        """Put the first tuples of a workflow: it is under way when this returns."""
        if inputs:
            message = f"workflow {workflow!r} takes no inputs, found {', '.join(sorted(inputs))}"
            raise Invalid("invalid-inputs", message, [problem("unknown-input", "inputs", message)])
        return start_execution(self._space, model, instance, canonical(workflow), dict(inputs))

    def all(self) -> list[ExecutionRecord]:
        """All executions, by id."""
        return ExecutionRecord.all(self._space)

    def get(self, execution: str) -> ExecutionRecord:
        """Read one execution.

        Raises:
            NotFound: there is none of that id.
        """
        found = ExecutionRecord.read(self._space, execution)
        if found is None:
            raise NotFound("execution", execution)
        return found[0]

    def describe(self, record: ExecutionRecord) -> dict[str, Any]:
        """The execution as the API shows it."""
        return {
            "id": record.id,
            "model": record.model,
            "instance": record.instance,
            "workflow": record.workflow,
            "status": record.status,
            "operations": progress.counts(self._space, record),
            "created": record.created,
            "ended": record.ended,
            "error": record.error or progress.error_of(self._space, record),
        }

    def operations(self, record: ExecutionRecord) -> Iterator[dict[str, Any]]:
        """Every operation with an implementation, in a fixed order."""
        return progress.operations(self._space, record)

    def history(self, record: ExecutionRecord) -> list[dict[str, Any]]:
        """What was committed, in commit order."""
        return progress.history(self._space, record)

    def growth(self, record: ExecutionRecord) -> progress.Growth:
        """The same for who follows it."""
        return progress.Growth(self._space, record.id)
