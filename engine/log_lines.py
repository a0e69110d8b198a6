"""How daemons write their logs: for people, or as one JSON object a line for programs.

Place in the flow: settings → **handler of the root logger** → standard error.  What a line is about comes with it, as
``extra`` of the call or by `about`, which holds for all lines of a request.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

FORMATS = ("text", "json")
TEXT = "%(levelname)s %(name)s: %(message)s"
OURS = ("engine", "worker", "manager")
# What a line may be about, in the order in which it is written.
ABOUT = (
    *("worker", "request", "who", "method", "path", "status", "model", "instance", "execution", "node", "index"),
    *("interface", "operation", "attempt", "exit_code", "seconds"),
)

about: ContextVar[Mapping[str, Any] | None] = ContextVar("about", default=None)


class JsonLines(logging.Formatter):
    """Writes a record as one JSON object: time, level, logger, message, and what it is about."""

    def __init__(self, **always: object) -> None:
        """``always`` is the same in all lines."""
        super().__init__()
        self._always = always

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        known = {**self._always, **(about.get() or {}), **record.__dict__}
        line |= {name: known[name] for name in ABOUT if known.get(name) is not None}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def write_logs(form: str, **always: object) -> None:
    """Let all loggers write so from now on.

    Programs get more than people: also what goes well, a line for each request and each operation.
    """
    root = logging.getLogger()
    formatter = JsonLines(**always) if form == "json" else logging.Formatter(TEXT)
    for handler in root.handlers:
        handler.setFormatter(formatter)
    for name in OURS:
        logging.getLogger(name).setLevel(logging.INFO if form == "json" else logging.NOTSET)
