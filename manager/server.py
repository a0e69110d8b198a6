"""Serves the application with gunicorn: one process, several threads.

Place in the flow: settings → **server** → `manager.app` for each request.  On SIGTERM it finishes the requests that are
under way; streams are told to end.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import FrameType

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.workers.gthread import ThreadWorker

from engine.artifacts import open_artifacts
from engine.space import open_space
from manager.api.services import KEY
from manager.app import create_app
from manager.config import ManagerConfig
from manager.ports import check_port

GRACE = 5  # seconds for requests under way when asked to end


class Server(BaseApplication):
    """A gunicorn that serves one manager."""

    def __init__(self, config: ManagerConfig) -> None:
        self._config = config
        self._app: Flask | None = None
        super().__init__()

    def load_config(self) -> None:
        config = self._config
        options: dict[str, object] = {
            "bind": config.bind,
            "workers": 1,
            "worker_class": "manager.server.Worker",
            "threads": config.threads,
            "graceful_timeout": GRACE,
            "timeout": 120,
            "keepalive": 30,
            "accesslog": "-" if config.access_log else None,
            "loglevel": "warning",
            "proc_name": "ditrit-manager",
            "control_socket_disable": True,
            "worker_tmp_dir": _memory(),
            "when_ready": lambda _server: _say(f"serving http://{config.bind}/"),
        }
        for name, value in options.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Flask:
        if self._app is None:
            self._app = create_app(self._config)
        return self._app


class Worker(ThreadWorker):
    """Serves requests; when it is asked to end, streams end too."""

    app: Server

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.app.load().extensions[KEY].streams.stopping.set()
        super().handle_exit(sig, frame)


def serve(config: ManagerConfig) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises:
        EngineError, ValueError: space or artifact store cannot be opened.
        PortTaken: somebody listens there already.
    """
    check_port(config)
    # Opened once ahead: what is wrong is told here in a sentence, not by a process that fails to start.
    open_space(config.space).close()
    open_artifacts(config.artifacts)
    Server(config).run()


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _memory() -> str | None:
    """A folder in memory for gunicorn's sign of life, so that a slow disk never looks like a hanging server."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108  a well-known mount, not a predictable file name
