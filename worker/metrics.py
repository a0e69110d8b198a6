"""Figures of one worker, and where Prometheus reads them.

Place in the flow: the daemon counts → **figures** → ``GET /metrics`` on a port of the worker's own, when it has one.
They are not in its record in the space: each change of that would wake all other workers.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from engine.prometheus import FORMAT, Counter, Histogram, gauge

DURATIONS = (0.01, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 1800.0)


class Metrics:
    """What a worker counts."""

    def __init__(self, slots: int) -> None:
        self._slots = slots
        self.running = 0
        self.commits = Histogram("ditrit_worker_commit_seconds", "how long commits of results take")
        self.durations = Histogram("ditrit_worker_operation_seconds", "how long operations take", DURATIONS)
        self.operations = Counter("ditrit_worker_operations_total", "operations that were committed", "result")
        self.retries = Counter("ditrit_worker_retries_total", "failures that were tried again")
        self.fenced = Counter("ditrit_worker_void_results_total", "results that came too late: others had taken over")
        self.lost_leases = Counter("ditrit_worker_lost_leases_total", "leases that ended while the worker lived")
        self.space_errors = Counter("ditrit_worker_space_errors_total", "turns in which the space did not answer")

    def lines(self) -> Iterator[str]:
        """As Prometheus reads them."""
        yield from gauge("ditrit_worker_slots", "operations that may run at the same time", self._slots)
        yield from gauge("ditrit_worker_running", "operations that run now", self.running)
        for figure in (self.commits, self.durations, self.operations, self.retries, self.fenced):
            yield from figure.lines()
        for figure in (self.lost_leases, self.space_errors):
            yield from figure.lines()

    def text(self) -> str:
        """All of them."""
        return "\n".join([*self.lines(), ""])


class MetricsServer:
    """Serves the figures until it is closed."""

    def __init__(self, metrics: Metrics, address: tuple[str, int]) -> None:
        """Listen.

        Raises:
            OSError: nobody can listen there.
        """
        self._server = ThreadingHTTPServer(address, _handler(metrics))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, name="metrics", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    def close(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler(metrics: Metrics) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Answers ``GET /metrics``, and nothing else."""

        timeout = 10  # seconds that a client may say nothing

        def do_GET(self) -> None:
            found = self.path == "/metrics"
            body = (metrics.text() if found else "there is only /metrics here\n").encode()
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", FORMAT)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing: a line for each look would hide the others."""

    return Handler
