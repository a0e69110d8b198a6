"""The journal of a worker: one line for each operation executed here.

Place in the flow: the daemon writes a line when an operation has been committed; people follow it with
``tail -f /opt/execs``.  A line reads

    2026-03-01T12:00:00.123456Z worker-1 e7 A[2,1] Standard.create exit=0 0.013s
    2026-03-01T12:00:00.456789Z worker-1 e7 A[2,1] Configure.add_target A[2,1]->B[0,0] exit=0 0.011s
"""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from pathlib import Path

from engine.executions.history import iso
from worker.environment import printed

logger = logging.getLogger(__name__)

PREFERRED = Path("/opt/execs")


@dataclass(frozen=True, slots=True)
class Executed:
    """What one line tells."""

    ended: float  # seconds since the epoch
    worker: str
    execution: str
    node: str
    index: tuple[int, ...]
    interface: str
    operation: str
    exit_code: int | None  # None when it could not be started
    duration: float  # seconds
    relationship: str | None = None  # "A[2,1]->B[0,0]"


class Journal:
    """Appends to a file that other workers may append to, whole lines in one write, so lines never mix."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._works = True

    def write(self, *executed: Executed) -> None:
        """Append a line for each.  A file that cannot be written is reported once and costs no operation."""
        # Opened anew each time: the file may have been rotated or removed since.
        try:
            handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
            try:
                os.write(handle, "".join(map(line_of, executed)).encode())
            finally:
                os.close(handle)
        except OSError as error:
            if self._works:
                logger.warning("cannot write the journal %s: %s", self.path, error.strerror)
            self._works = False
        else:
            self._works = True


def open_journal(preferred: Path = PREFERRED, fallback: Path | None = None) -> Journal:
    """The journal at ``preferred`` if it can be written or created there, else at ``fallback``."""
    if fallback is None or _writable(preferred):
        return Journal(preferred)
    fallback.parent.mkdir(parents=True, exist_ok=True)
    logger.info("journal is %s: %s cannot be written", fallback, preferred)
    return Journal(fallback)


def line_of(executed: Executed) -> str:
    """One line, its fields apart by single spaces; no name can forge a field or a line."""
    where = f"{_escaped(executed.node)}[{printed(executed.index)}]"
    what = f"{_escaped(executed.interface)}.{_escaped(executed.operation)}"
    between = [] if executed.relationship is None else [_escaped(executed.relationship)]
    code = "none" if executed.exit_code is None else str(executed.exit_code)
    fields = [iso(executed.ended), _escaped(executed.worker), _escaped(executed.execution), where, what, *between]
    return " ".join([*fields, f"exit={code}", f"{executed.duration:.3f}s"]) + "\n"


def _escaped(name: str) -> str:
    """The name with everything that is blank, unprintable or a backslash escaped as in a Python string."""
    if name.isprintable() and " " not in name and "\\" not in name:
        return name
    return "".join(
        character if character.isprintable() and character not in " \\" else _escape(character) for character in name
    )


def _escape(character: str) -> str:
    return r"\x20" if character == " " else character.encode("unicode_escape").decode()


def _writable(path: Path) -> bool:
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644))
    except OSError:
        return False
    return True
