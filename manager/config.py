"""The settings of a manager, read once at its start.

Place in the flow: environment, file and flags → **ManagerConfig** → `manager.server`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from engine.settings import Settings, SettingsError
from engine.weaving.hosting import Hosting, HostingError

MEBIBYTE = 1 << 20
LONGEST_STALL = 86400


@dataclass(frozen=True, kw_only=True)
class ManagerConfig(Settings):
    """Everything a manager needs to know; any number of managers may share one space."""

    bind: str = field(
        default="127.0.0.1:5000",
        metadata={"help": "address and port of the REST API; for other machines only with tokens"},
    )
    threads: int = field(
        default=16, metadata={"help": "requests served at the same time; half of them may be logs that are followed"}
    )
    watchers: int = field(
        default=500, metadata={"help": "clients that may follow the events of executions at the same time"}
    )
    max_upload: int = field(default=256, metadata={"help": "largest request in MiB"})
    stall: float = field(default=30, metadata={"help": "seconds that a client may say nothing in a request"})
    access_log: bool = field(default=False, metadata={"help": "print a line per request"})
    tokens: Path | None = field(
        default=None, metadata={"help": "file of the tokens that are let in; none: everybody is"}
    )
    insecure: bool = field(default=False, metadata={"help": "listen without tokens where other machines can reach it"})
    trust_loopback: bool = field(default=False, metadata={"help": "requests made on this machine need no token"})
    host_names: str = field(
        default="", metadata={"help": "names, with commas, by which clients without a token may call this manager"}
    )
    tls_cert: Path | None = field(
        default=None, metadata={"help": "file with the certificate chain: HTTPS instead of HTTP"}
    )
    tls_key: Path | None = field(default=None, metadata={"help": "file with the certificate's key, without a password"})
    hosts: str = field(
        default="local",
        metadata={"help": "what makes Compute nodes machines: local, lxc, ssh, or rules: TYPE=local,lxc"},
    )
    keep_days: int = field(default=30, metadata={"help": "days that ended executions are kept; 0: however old"})
    keep_executions: int = field(
        default=20, metadata={"help": "ended executions that are kept of each instance; 0: however many"}
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        host, _, port = self.bind.rpartition(":")
        if not host or not port.isdigit() or int(port) > 65535:
            raise SettingsError(f"bind: found {self.bind!r}, expected ADDRESS:PORT such as 127.0.0.1:5000")
        leasts = {"threads": 1, "watchers": 1, "max_upload": 1, "keep_days": 0, "keep_executions": 0}
        for name, least in leasts.items():
            if getattr(self, name) < least:
                raise SettingsError(f"{name}: found {getattr(self, name)}, expected at least {least}")
        try:
            Hosting.parse(self.hosts)
        except HostingError as error:
            raise SettingsError(f"hosts: {error}") from error
        if (self.tls_cert is None) != (self.tls_key is None):
            given, missing = ("tls_cert", "tls_key") if self.tls_key is None else ("tls_key", "tls_cert")
            raise SettingsError(f"{missing}: found {given} alone, expected both or neither")
        if not 0 < self.stall <= LONGEST_STALL:
            raise SettingsError(f"stall: found {self.stall}, expected more than 0 and at most {LONGEST_STALL} seconds")

    @property
    def hosting(self) -> Hosting:
        """Which provider makes which machines."""
        return Hosting.parse(self.hosts)

    @property
    def address(self) -> tuple[str, int]:
        """Host and port to listen on."""
        host, _, port = self.bind.rpartition(":")
        return host.strip("[]"), int(port)

    @property
    def names(self) -> tuple[str, ...]:
        """The names that are meant for this manager."""
        return tuple(name.strip() for name in self.host_names.split(",") if name.strip())

    @property
    def scheme(self) -> str:
        """How clients speak to it."""
        return "http" if self.tls_cert is None else "https"

    @property
    def max_bytes(self) -> int:
        return self.max_upload * MEBIBYTE
