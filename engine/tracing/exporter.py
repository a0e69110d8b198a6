"""Sends spans by OTLP over HTTP, in batches from a thread of the library's own.

Place in the flow: `engine.tracing.traces` → **provider of OpenTelemetry** → a receiver of traces.  That one is away is
told once, and once that it is there again: spans are lost meanwhile, operations go on.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.id_generator import IdGenerator

from engine.masking import Mask

logger = logging.getLogger(__name__)
_LIBRARY = logging.getLogger("opentelemetry")


class Ids(IdGenerator):
    """The ids of the next span: ours follow from what it is of."""

    def __init__(self) -> None:
        self.trace = self.span = 1

    def generate_trace_id(self) -> int:
        return self.trace

    def generate_span_id(self) -> int:
        return self.span

    def is_trace_id_random(self) -> bool:
        """Of a digest any part is as good as random."""
        return True


class Misgivings(logging.Handler):
    """What the library says of its variables: it would show them whole, tokens too."""

    def __init__(self, mask: Mask) -> None:
        super().__init__(logging.WARNING)
        self._mask = mask

    def emit(self, record: logging.LogRecord) -> None:
        logger.warning("%s", self._mask.text(record.getMessage()))


class Complaints(logging.Handler):
    """What the library says of failures: only the first of them is passed on, until a batch has arrived again."""

    def __init__(self, mask: Mask) -> None:
        super().__init__(logging.WARNING)
        self._mask = mask
        self._told = False
        self.listening = False  # what its variables are worth was told before

    def emit(self, record: logging.LogRecord) -> None:
        if self.listening and not self._told:
            self._told = True
            logger.warning("traces are lost, all else goes on: %s", self._mask.text(record.getMessage()))

    def over(self) -> None:
        """A batch has arrived."""
        if self._told:
            self._told = False
            logger.warning("traces arrive again")


class Reported(SpanExporter):
    """Another exporter, which says when batches arrive."""

    def __init__(self, exporter: SpanExporter, complaints: Complaints) -> None:
        self._exporter = exporter
        self._complaints = complaints

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = self._exporter.export(spans)
        if result is SpanExportResult.SUCCESS:
            self._complaints.over()
        return result

    def shutdown(self) -> None:
        self._exporter.shutdown()


def check(mask: Mask) -> None:
    """Make all that the environment asks for, and let go of it; what it does not understand is told in the log.

    Raises:
        ValueError, OSError: some variable cannot be used.
    """
    with _heard_by(Misgivings(mask)):
        _provider(Ids(), {}, OTLPSpanExporter()).shutdown()


@contextmanager
def _heard_by(handler: logging.Handler) -> Iterator[None]:
    """Let a handler, and nobody else, have what the library says for a while."""
    before, propagated = list(_LIBRARY.handlers), _LIBRARY.propagate
    _LIBRARY.handlers, _LIBRARY.propagate = [handler], False
    try:
        yield
    finally:
        _LIBRARY.handlers, _LIBRARY.propagate = before, propagated


def provider(ids: Ids, about: Mapping[str, str], mask: Mask) -> TracerProvider:
    """What makes spans and sends them; ``about`` describes this process where the environment does not."""
    complaints = Complaints(mask)
    _LIBRARY.handlers, _LIBRARY.propagate = [complaints], False
    made = _provider(ids, about, Reported(OTLPSpanExporter(), complaints))
    complaints.listening = True
    return made


def _provider(ids: Ids, about: Mapping[str, str], exporter: SpanExporter) -> TracerProvider:
    own = Resource.create({**about, **OTELResourceDetector().detect().attributes})
    made = TracerProvider(resource=own, shutdown_on_exit=False, id_generator=ids)
    made.add_span_processor(BatchSpanProcessor(exporter))
    return made
