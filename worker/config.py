"""The settings of a worker, read once at its start.

Place in the flow: environment, file and flags → **WorkerConfig** → `worker.main`.
"""

from __future__ import annotations

import os
import re
import socket
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from pathlib import Path
from urllib.parse import urlsplit

from engine.settings import Settings, SettingsError
from worker.hosts.lxc.host import LxcSettings
from worker.hosts.ssh.host import SshSettings

# What Consul can be set to take; by itself it takes no less than 10 seconds (`session_ttl_min` of its servers).
SHORTEST_LEASE, LONGEST_LEASE = 1, 86400
_ADDRESS = re.compile(r"[^\s:]+:[0-9]{1,5}|\[[0-9a-fA-F:]+\]:[0-9]{1,5}")
_BRIDGE = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,14}")


def _own_name() -> str:
    return f"{socket.gethostname()}-{os.getpid()}"


@dataclass(frozen=True, kw_only=True)
class WorkerConfig(Settings):
    """Everything a worker needs to know; two workers differ in nothing but their names."""

    slots: int = field(default=4, metadata={"help": "operations that may run at the same time"})
    name: str = field(default_factory=_own_name, metadata={"help": "name of the worker", "default": "HOST-PID"})
    machine: str = field(
        default_factory=socket.gethostname,
        metadata={
            "help": "name of this machine, another one for each that makes containers",
            "default": "the host name",
        },
    )
    journal: Path = field(
        default=Path("/opt/execs"),
        metadata={"help": "file that gets a line per operation; the state folder's 'execs' where it is not writable"},
    )
    time_limit: float | None = field(default=None, metadata={"help": "seconds that an operation may last"})

    metrics: str = field(
        default="",
        metadata={"help": "ADDRESS:PORT that Prometheus reads this worker's figures from, without authentication"},
    )
    lease: float = field(
        default=10.0,
        metadata={
            "help": "seconds after which a worker that cannot reach the space gives up what it runs; others take that "
            "over after at most twice as long. In Consul at least 10, or what its servers have as session_ttl_min"
        },
    )
    lxc_images: Path | None = field(
        default=None,
        metadata={"help": "folder of the root file systems of LXC containers", "default": "`STATE/lxc/images`"},
    )
    lxc_bridge: str = field(default="ditrit0", metadata={"help": "network bridge of LXC containers; made if missing"})
    lxc_network: str = field(
        default="10.177.0.0/16", metadata={"help": "addresses of LXC containers; the bridge has the first"}
    )
    ssh_inventory: Path | None = field(
        default=None, metadata={"help": "file that lists the machines of the host provider ssh"}
    )
    ssh_installation: str = field(
        default="",
        metadata={
            "help": "name of this installation in reservations of those machines",
            "default": "where the space is",
        },
    )
    grace: float = field(default=8.0, metadata={"help": "seconds that what runs has to end when the worker stops"})

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.slots < 1:
            raise SettingsError(f"slots: found {self.slots}, expected at least 1")
        if self.time_limit is not None and self.time_limit <= 0:
            raise SettingsError(f"time_limit: found {self.time_limit}, expected more than 0 seconds")
        if not _BRIDGE.fullmatch(self.lxc_bridge):
            raise SettingsError(
                f"lxc_bridge: found {self.lxc_bridge!r}, expected a name of at most 15 letters and digits"
            )
        if self.metrics and not _ADDRESS.fullmatch(self.metrics):
            raise SettingsError(f"metrics: found {self.metrics!r}, expected ADDRESS:PORT such as 127.0.0.1:9100")
        try:
            IPv4Network(self.lxc_network)
        except ValueError as error:
            raise SettingsError(f"lxc_network: {error}; expected a network such as 10.177.0.0/16") from error
        if not SHORTEST_LEASE <= self.lease <= LONGEST_LEASE:
            raise SettingsError(f"lease: found {self.lease}, expected {SHORTEST_LEASE} to {LONGEST_LEASE} seconds")

    @property
    def lxc(self) -> LxcSettings:
        """Where containers lie, and how they are connected."""
        root = self.state / "lxc"
        return LxcSettings(root, self.lxc_images or root / "images", self.lxc_bridge, self.lxc_network)

    @property
    def ssh(self) -> SshSettings:
        """The pool of machines that are there already."""
        return SshSettings(self.ssh_inventory, self.state / "ssh", self.ssh_installation or _place(self.space))


def _place(space: str) -> str:
    """Where a space is, without what opens it; one in a file is another on each machine."""
    parts = urlsplit(space)
    host = parts.netloc.rpartition("@")[2] or socket.gethostname()
    return f"{parts.scheme}://{host}{parts.path}"
