"""Lets operations go on with the trace of their execution.

Place in the flow: an `OperationRequest` → **the same with TRACEPARENT among its variables** → executor.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from engine.executions.records import ExecutionRecord
from worker.executors.base import OperationRequest

VARIABLE = "TRACEPARENT"


class Traceparents(Protocol):
    """Knows the spans of operations; `engine.tracing.traces.Traces` does where traces are exported."""

    def traceparent(self, record: ExecutionRecord, operation: str) -> str:
        """The span of an operation that begins now, as W3C Trace Context writes it."""


def joined(request: OperationRequest, record: ExecutionRecord, traces: Traceparents | None) -> OperationRequest:
    """The request with the operation's span; where none is told, with that of who asked for the execution, if any."""
    found = record.traceparent if traces is None else traces.traceparent(record, request.id)
    return request if found is None else replace(request, variables={**request.variables, VARIABLE: found})
