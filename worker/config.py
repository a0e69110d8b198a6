"""The settings of a worker, read once at its start.

Place in the flow: environment, file and flags → **WorkerConfig** → `worker.main`.
"""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass, field
from pathlib import Path

from engine.settings import Settings, SettingsError

# What Consul can be set to take; by itself it takes no less than 10 seconds (`session_ttl_min` of its servers).
SHORTEST_LEASE, LONGEST_LEASE = 1, 86400


def _own_name() -> str:
    return f"{socket.gethostname()}-{os.getpid()}"


@dataclass(frozen=True, kw_only=True)
class WorkerConfig(Settings):
    """Everything a worker needs to know; two workers differ in nothing but their names."""

    slots: int = field(default=4, metadata={"help": "operations that may run at the same time"})
    name: str = field(default_factory=_own_name, metadata={"help": "name of the worker; default HOST-PID"})
    journal: Path = field(
        default=Path("/opt/execs"),
        metadata={"help": "file that gets a line per operation; the state folder's 'execs' where it is not writable"},
    )
    time_limit: float | None = field(default=None, metadata={"help": "seconds that an operation may last"})

    lease: float = field(
        default=10.0,
        metadata={"help": "seconds after which a worker that cannot reach the space gives up what it runs"},
    )
    grace: float = field(default=8.0, metadata={"help": "seconds that what runs has to end when the worker stops"})

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.slots < 1:
            raise SettingsError(f"slots: found {self.slots}, expected at least 1")
        if self.time_limit is not None and self.time_limit <= 0:
            raise SettingsError(f"time_limit: found {self.time_limit}, expected more than 0 seconds")
        if not SHORTEST_LEASE <= self.lease <= LONGEST_LEASE:
            raise SettingsError(f"lease: found {self.lease}, expected {SHORTEST_LEASE} to {LONGEST_LEASE} seconds")
