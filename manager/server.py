"""Serves the application with gunicorn: one process, several threads.

Place in the flow: settings → **server** → `manager.app` for each request.  On SIGTERM it finishes the requests that are
under way; streams are told to end.
"""

from __future__ import annotations

import contextlib
import logging
import os
import resource
import socket
import struct
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.http.wsgi import Response
from gunicorn.workers.gthread import TConn, ThreadWorker

from engine.artifacts import open_artifacts
from engine.artifacts.base import ArtifactUnreachable
from engine.log_lines import JsonLines
from engine.space import open_space
from engine.space.errors import SpaceUnavailable
from engine.tracing.setting import Tracing
from manager import tls
from manager.access.exposure import check_exposure
from manager.access.tokens import Tokens
from manager.api.services import KEY, Services
from manager.app import create_app
from manager.config import ManagerConfig
from manager.delivery import Delivery
from manager.feeds import Watcher
from manager.housekeeping.collector import Collector
from manager.housekeeping.keeper import Keeper
from manager.housekeeping.policy import Policy
from manager.ports import check_port
from manager.reception import Reception

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

logger = logging.getLogger(__name__)

GRACE = 5  # seconds for requests under way when asked to end
PAUSE = 0.5  # seconds between two attempts to open what cannot be reached
DESCRIPTORS = 16384  # that a manager asks for
CONNECTIONS, LEAST_CONNECTIONS = 8192, 64
RESERVE = 256  # descriptors for the space, the artifact store, uploads


class Server(BaseApplication):
    """A gunicorn that serves one manager."""

    def __init__(self, config: ManagerConfig, tracing: Tracing | None = None) -> None:
        self._config = config
        self._tracing = tracing
        self._app: Flask | None = None
        self.ending = False  # set by a signal
        self.stall = config.stall
        super().__init__()

    def load_config(self) -> None:
        config = self._config
        options: dict[str, object] = {
            "bind": config.bind,
            "workers": 1,
            "worker_class": "manager.server.Worker",
            "logger_class": "manager.server.Log",
            "threads": config.threads,
            "worker_connections": _connections(config.watchers),
            "graceful_timeout": GRACE,
            "timeout": 120,
            "keepalive": 30,
            "accesslog": "-" if config.access_log else None,
            "loglevel": "warning",
            "proc_name": "ditrit-manager",
            "control_socket_disable": True,
            "worker_tmp_dir": _memory(),
            "certfile": None if config.tls_cert is None else str(config.tls_cert),
            "keyfile": None if config.tls_key is None else str(config.tls_key),
            "ssl_context": tls.context(config.stall),
            "when_ready": lambda _server: _say(f"serving {config.scheme}://{config.bind}/"),
        }
        for name, value in options.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Flask:
        """The application; it is waited for while space or artifact store cannot be reached.

        They could when `serve` opened them, and they may have gone away in between.
        """
        while self._app is None:
            try:
                self._app = create_app(self._config, self._tracing)
            except (SpaceUnavailable, ArtifactUnreachable) as error:
                logger.warning("waiting: %s", error)
                time.sleep(PAUSE)
            if self.ending:
                sys.exit(0)
        return self._app


class Worker(ThreadWorker):
    """Serves requests, and keeps house when it is its turn; when it is asked to end, streams end too."""

    app: Server

    def run(self) -> None:
        found: Services = self.app.load().extensions[KEY]
        policy = Policy(found.config.keep_days, found.config.keep_executions)
        name = f"manager {socket.gethostname()}-{os.getpid()}"
        Keeper(Collector(found.space, found.artifacts, policy), name, found.streams.stopping).start()
        self._reception = Reception(self.cfg, self.poller, self.app.stall, self._received)
        self._delivery = Delivery()
        found.feeds.bell = self._delivery.ring
        super().run()
        self._delivery.close()
        if found.traces is not None:
            found.traces.close()

    def init_process(self) -> None:
        self._answering = threading.local()
        super().init_process()

    def enqueue_req(self, conn: TConn) -> None:
        self._reception.receive(conn)

    def murder_pending(self) -> None:
        super().murder_pending()
        self._reception.expire(ending=not self.alive)

    def _received(self, conn: TConn, whole: bool) -> None:
        if whole:
            super().enqueue_req(conn)
        else:
            self.nr_conns -= 1
            conn.close()

    def load_wsgi(self) -> None:
        super().load_wsgi()
        self.wsgi = self._without_streams(self.wsgi)

    def _without_streams(self, application: WSGIApplication) -> WSGIApplication:
        """The same application; of an answer that is a stream only the headers are sent."""

        def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            body = application(environ, start_response)
            response: object = getattr(start_response, "__self__", None)
            if not isinstance(body, Watcher) or not isinstance(response, Response):
                return body
            response.force_close()
            response.send_headers()
            self._answering.stream = body, response.chunked
            response.chunked = False  # the last chunk is not gunicorn's to send
            return ()

        return answer

    def handle(self, conn: TConn) -> object:
        # Each request holds a thread.  gunicorn reads without a limit of time, so that as many clients that fall
        # silent in a request as there are threads would keep all others out.  The kernel's limit outlives its
        # changes of the socket's mode.
        conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _timeval(self.app.stall))
        began = time.monotonic()
        self._answering.stream = None
        kept = super().handle(conn)
        if self._answering.stream is not None:
            watcher, chunked = self._answering.stream
            conn.sock, connection = socket.socket(), conn.sock  # gunicorn closes what it is left with
            self._delivery.adopt(connection, watcher, chunked=chunked)
            return False
        if not kept and time.monotonic() - began >= self.app.stall:
            # gunicorn would listen on for two seconds where new connections are accepted, one client after another.
            with contextlib.suppress(OSError):
                conn.sock.shutdown(socket.SHUT_RD)
        return kept

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.app.ending = True
        if self.booted:
            self.app.load().extensions[KEY].streams.stopping.set()
        super().handle_exit(sig, frame)


class Log(Logger):
    """What gunicorn says, in the form that all else has."""

    def setup(self, cfg: Config) -> None:
        super().setup(cfg)
        formatter = next((handler.formatter for handler in logging.getLogger().handlers), None)
        for log in (self.error_log, self.access_log) if isinstance(formatter, JsonLines) else ():
            for handler in log.handlers:
                handler.setFormatter(formatter)


def serve(config: ManagerConfig, tracing: Tracing | None = None) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises:
        EngineError, ValueError: space or artifact store cannot be opened, or a setting would let anybody in.
        PortTaken: somebody listens there already.
    """
    check_exposure(config)
    if config.tokens is not None and Tokens(config.tokens).readable_by_all():
        logger.warning("everyone on this machine may read the tokens' file %r: chmod o-r it", str(config.tokens))
    check_port(config)
    _ask_for_descriptors()
    # Opened once ahead: what is wrong is told here in a sentence, not by a process that fails to start.
    open_space(config.space).close()
    open_artifacts(config.artifacts)
    Server(config, tracing).run()


def _ask_for_descriptors() -> None:
    """Each connection holds one: take what the system lets us have, not only what it gives everybody at first."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = DESCRIPTORS if most == resource.RLIM_INFINITY else min(most, DESCRIPTORS)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def _connections(watchers: int) -> int:
    """How many connections gunicorn may hold, so that there are descriptors left for all else."""
    descriptors, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(min(CONNECTIONS, descriptors - watchers - RESERVE), LEAST_CONNECTIONS)


def _timeval(seconds: float) -> bytes:
    """A time as the kernel takes it: ``struct timeval``."""
    return struct.pack("@ll", int(seconds), int(seconds % 1 * 1_000_000))


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _memory() -> str | None:
    """A folder in memory for gunicorn's sign of life, so that a slow disk never looks like a hanging server."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108  a well-known mount, not a predictable file name
