"""A receiver of traces: OTLP over HTTP on loopback, as `opentelemetry-proto` reads it."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Status

HEADER = "hd-3c1b-receiver"  # the value of a header that opens a receiver


@dataclass(frozen=True)
class Received:
    """A span, and the resource that it came from."""

    trace: str
    id: str
    parent: str  # empty: it has none
    name: str
    started: int
    ended: int
    attributes: dict[str, Any]
    failed: bool
    reason: str
    resource: dict[str, Any]

    @property
    def operation(self) -> str | None:
        """The operation that it is of; None for the span of an execution."""
        found: str | None = self.attributes.get("ditrit.operation.id")
        return found


class Receiver:
    """What has arrived, whole and as it came."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.spans: list[Received] = []
        self.bodies: list[bytes] = []
        self.headers: list[dict[str, str]] = []

    @property
    def variables(self) -> dict[str, str]:
        """What makes daemons send here, soon."""
        return {
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{self.port}",
            "OTEL_EXPORTER_OTLP_HEADERS": f"x-key={HEADER}",
            "OTEL_BSP_SCHEDULE_DELAY": "50",
        }

    def of(self, execution: str) -> list[Received]:
        """The spans of an execution, in the order in which they came."""
        return [span for span in list(self.spans) if span.attributes.get("ditrit.execution") == execution]

    def until(self, execution: str, enough: Callable[[list[Received]], bool], patience: float = 30) -> list[Received]:
        """The spans of an execution, as soon as they are enough."""
        deadline = time.monotonic() + patience
        while not enough(found := self.of(execution)):
            assert time.monotonic() < deadline, [span.operation or span.name for span in found]
            time.sleep(0.02)
        return found

    def take(self, body: bytes, headers: dict[str, str]) -> None:
        """Take one request in."""
        content = gzip.decompress(body) if headers.get("content-encoding") == "gzip" else body
        request = ExportTraceServiceRequest.FromString(content)
        self.bodies.append(content)
        self.headers.append(headers)
        for resource in request.resource_spans:
            about = _attributes(resource.resource.attributes)
            self.spans += [_span(span, about) for scope in resource.scope_spans for span in scope.spans]


def _span(span: Any, resource: dict[str, Any]) -> Received:
    return Received(
        trace=span.trace_id.hex(),
        id=span.span_id.hex(),
        parent=span.parent_span_id.hex(),
        name=span.name,
        started=span.start_time_unix_nano,
        ended=span.end_time_unix_nano,
        attributes=_attributes(span.attributes),
        failed=span.status.code == Status.STATUS_CODE_ERROR,
        reason=span.status.message,
        resource=resource,
    )


def _attributes(pairs: Any) -> dict[str, Any]:
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in pairs}


@contextmanager
def receiver() -> Iterator[Receiver]:
    """A receiver that listens."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.take(body, {name.lower(): value for name, value in self.headers.items()})
            answer = ExportTraceServiceResponse().SerializeToString()
            self.send_response(200)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    found = Receiver(int(server.server_address[1]))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
