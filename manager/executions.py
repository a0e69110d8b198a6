"""Executions: started here, carried out by workers, read back from the space.

Place in the flow: request → `engine.executions.start` → … workers … → `engine.executions.progress` → answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from engine.executions import progress
from engine.executions.cancel import cancel_execution
from engine.executions.networks import productions
from engine.executions.records import CANCELLING, RUNNING, ExecutionRecord, InstanceRecord
from engine.executions.resume import resume_execution
from engine.executions.start import start_execution
from engine.rete.causes import Causes
from engine.space.base import Space
from engine.tracing.context import parsed
from engine.weaving import canonical
from engine.weaving.imperative import topology_workflow
from manager.critical_path import CriticalPath
from manager.errors import Invalid, NotFound, problem
from manager.inputs import completed, validated_for_workflow
from manager.secrets import of_inputs, told
from manager.templates import Templates
from manager.waits import Waits

KEPT = 8  # networks, read for what waits and what was critical
LIVE = (RUNNING, CANCELLING)
STATUSES = (RUNNING, "succeeded", "failed", CANCELLING, "cancelled")


class Executions:
    """The executions of a space."""

    def __init__(self, space: Space, templates: Templates) -> None:
        self._space = space
        self._templates = templates
        self._causes: Callable[[str], Causes] = lru_cache(KEPT)(lambda network: Causes(productions(space, network)))

    def start(
        self, model: str, instance: str, workflow: str, inputs: Mapping[str, Any], traceparent: str | None = None
    ) -> ExecutionRecord:
        """Put the first tuples of a workflow: it is under way when this returns.

        ``traceparent`` is the span of who asks for it; one that is malformed is ignored.

        Raises:
            Invalid: an input is not one of the workflow, or wrong.
            PreconditionNotMet: the workflow must find something else than there is.
        """
        name = canonical(workflow)
        caller = parsed(traceparent)
        within = None if caller is None else caller.header
        found = InstanceRecord.read(self._space, model, instance)
        if found is None or name not in found[0].networks:
            return start_execution(self._space, model, instance, name)  # which says what there is
        template = self._templates.template(found[0].digest)
        own = topology_workflow(template, name)
        if own is None:
            if inputs:
                message = f"workflow {workflow!r} takes no inputs, found {', '.join(sorted(inputs))}"
                raise Invalid("invalid-inputs", message, [problem("unknown-input", "inputs", message)])
            return start_execution(self._space, model, instance, name, traceparent=within)
        given = validated_for_workflow(own, template, inputs)
        values = {**found[0].values, **{key: value for key, value in given.items() if key in template.inputs}}
        mine = {key: values.get(key) if value is None else value for key, value in completed(own, given).items()}
        others = {key: value for key, value in given.items() if key not in own.inputs}
        secrets = [*of_inputs(own.inputs, mine), *of_inputs(template.inputs, others)]
        return start_execution(
            self._space, model, instance, name, others, workflow_inputs=mine, secrets=secrets, traceparent=within
        )

    def cancel(self, execution: str) -> ExecutionRecord:
        """Let nothing more begin; it is *cancelling* while something runs.

        Raises:
            UnknownExecution: there is none of that id.
            ExecutionEnded: it has ended by itself.
        """
        return cancel_execution(self._space, execution)

    def resume(self, execution: str) -> ExecutionRecord:
        """Let one that has failed or was cancelled go on.

        Raises:
            UnknownExecution: there is none of that id.
            ExecutionRunning, ExecutionEnded, ExecutionOvertaken: it cannot, as they say.
        """
        return resume_execution(self._space, execution)

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
            "error": told(record, record.error or progress.error_of(self._space, record)),
        }

    def operations(self, record: ExecutionRecord) -> Iterator[dict[str, Any]]:
        """Every operation with an implementation, in a fixed order."""
        return progress.operations(self._space, record)

    def under_way(self, record: ExecutionRecord) -> list[dict[str, Any]]:
        """Those of them that run or may be taken; it costs as much as there are workers, not operations."""
        return progress.under_way(self._space, record)

    def waits(self, record: ExecutionRecord) -> Waits:
        """What its node instances wait for."""
        return Waits(self._space, record, self._causes(record.network))

    def critical_path(self, record: ExecutionRecord) -> list[dict[str, Any]]:
        """The operations that made it last as long as it did, the first one first."""
        return CriticalPath(record, self._causes(record.network), self.history(record)).operations()

    def history(self, record: ExecutionRecord) -> list[dict[str, Any]]:
        """What was committed, in commit order."""
        return progress.history(self._space, record)

    def growth(self, record: ExecutionRecord) -> progress.Growth:
        """The same for who follows it."""
        return progress.Growth(self._space, record.id)
