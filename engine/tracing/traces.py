"""The traces of a process: what it has committed becomes spans, in a thread that nothing waits for.

Place in the flow: `engine.tracing.watched` → a bounded queue → **spans** → `engine.tracing.exporter`.  Who commits the
end of an execution tells the execution's span, who commits an operation that of the operation.
"""

from __future__ import annotations

import contextlib
import json
import logging
import queue
import threading
from collections.abc import Mapping

from opentelemetry import trace
from opentelemetry.sdk.trace.sampling import Decision
from opentelemetry.trace import NonRecordingSpan, SpanContext, Status, StatusCode, TraceFlags

from engine.executions.progress import error_of
from engine.executions.records import FAILED, ExecutionRecord
from engine.masking import Mask
from engine.space import keys
from engine.space.base import Space
from engine.space.errors import SpaceError
from engine.tracing.context import SpanPlace, caller_of, operation_span, trace_of
from engine.tracing.exporter import Ids, provider
from engine.tracing.setting import Tracing
from engine.tracing.spans import Span, of_execution, operation_spans
from engine.tracing.watched import HISTORY, Committed, WatchedSpace

logger = logging.getLogger(__name__)

MOST = 10_000  # commits that wait for their spans to be made
PATIENCE = 1.5  # seconds that the end of a process may wait for the last spans
_PAUSE = 1.0  # seconds between two attempts to read a record
_RECORDS = 256


class Traces:
    """Tells what is committed through `space`."""

    def __init__(self, tracing: Tracing, space: Space, host: str, name: str) -> None:
        """``name`` is that of this process, ``host`` the machine that it runs on."""
        self.space = WatchedSpace(space, self._committed)
        self._behind = space
        self._host = host
        self._ids = Ids()
        about = {"service.name": tracing.service, "service.instance.id": name, "host.name": host}
        self._provider = provider(self._ids, about, Mask(tracing.secrets))
        self._tracer = self._provider.get_tracer("ditrit")
        self._queue: queue.Queue[Committed | None] = queue.Queue(MOST)
        self._lost = False
        self._records: dict[str, ExecutionRecord] = {}
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._work, name="traces", daemon=True)
        self._thread.start()

    def traceparent(self, record: ExecutionRecord, operation: str) -> str:
        """What an operation that begins now goes on from."""
        place = SpanPlace(trace_of(record), operation_span(operation, record.resumed), self._sampled(record))
        return place.header

    def close(self) -> None:
        """Send what is left, if that is possible soon."""
        self._closing.set()
        with contextlib.suppress(queue.Full):  # then the thread sees that it is closing when it has come to the end
            self._queue.put_nowait(None)
        ending = threading.Thread(target=self._end, name="last traces", daemon=True)
        ending.start()
        ending.join(PATIENCE)

    def _end(self) -> None:
        self._thread.join()
        self._provider.shutdown()

    # -- from whoever commits

    def _committed(self, committed: Committed) -> None:
        try:
            self._queue.put_nowait(committed)
        except queue.Full:
            if not self._lost:
                self._lost = True
                logger.warning("traces are lost, all else goes on: %d commits wait to be told", MOST)

    # -- in the thread

    def _work(self) -> None:
        while not (self._closing.is_set() and self._queue.empty()):
            committed = self._queue.get()
            try:
                if committed is not None:
                    self._tell_patiently(committed)
            except Exception:  # whatever it is, the next ones are told
                logger.exception("a trace is lost, all else goes on")

    def _tell_patiently(self, committed: Committed) -> None:
        """Wait for the space when it does not answer, as long as there is something to wait for."""
        while True:
            try:
                self._tell(committed)
            except SpaceError:
                if self._closing.wait(_PAUSE):
                    return
            else:
                return

    def _tell(self, committed: Committed) -> None:
        if not committed.key.startswith(HISTORY):
            record = ExecutionRecord.decoded(committed.value)
            if record.ended is not None and self._is_true(committed):
                error = error_of(self._behind, record) if record.status == FAILED else None
                self._export(record, of_execution(record, error))
            return
        known = self._record(keys.split(committed.key)[1])
        if known is not None and self._is_true(committed):
            for span in operation_spans(known, json.loads(committed.value)):
                self._export(known, span)

    def _is_true(self, committed: Committed) -> bool:
        """Whether it was committed, also where the answer was lost."""
        if committed.sure:
            return True
        entry = self._behind.read([committed.key]).get(committed.key)
        return entry is not None and entry.value == committed.value

    def _record(self, execution: str) -> ExecutionRecord | None:
        """What stays the same of an execution's record; None when it is gone."""
        if execution not in self._records:
            found = ExecutionRecord.read(self._behind, execution)
            if found is None:
                return None
            if len(self._records) >= _RECORDS:
                self._records.pop(next(iter(self._records)))
            self._records[execution] = found[0]
        return self._records[execution]

    def _export(self, record: ExecutionRecord, span: Span) -> None:
        caller = caller_of(record)
        if span.parent is not None:
            caller = SpanPlace(trace_of(record), span.parent, self._sampled(record))
        self._ids.trace, self._ids.span = trace_of(record), span.id
        context = None if caller is None else trace.set_span_in_context(_remote(caller))
        attributes: Mapping[str, str | int | bool] = {**span.attributes, "ditrit.host": self._host}
        made = self._tracer.start_span(span.name, context, attributes=attributes, start_time=span.started)
        if span.failed:
            made.set_status(Status(StatusCode.ERROR, span.error))
        made.end(span.ended)

    def _sampled(self, record: ExecutionRecord) -> bool:
        """Whether the execution's span is told, as its process will decide: the same everywhere."""
        caller = caller_of(record)
        context = None if caller is None else trace.set_span_in_context(_remote(caller))
        decision = self._provider.sampler.should_sample(context, trace_of(record), record.workflow).decision
        return decision is Decision.RECORD_AND_SAMPLE


def _remote(place: SpanPlace) -> NonRecordingSpan:
    flags = TraceFlags(TraceFlags.SAMPLED if place.sampled else TraceFlags.DEFAULT)
    return NonRecordingSpan(SpanContext(place.trace, place.span, is_remote=True, trace_flags=flags))
