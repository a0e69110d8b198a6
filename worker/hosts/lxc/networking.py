"""The network of the containers: a bridge, addresses, and the way out."""

from __future__ import annotations

import fcntl
import ipaddress
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from worker.hosts.lxc.commands import LxcError, Shell


class NetworkError(Exception):
    """The network has no room, or cannot be made."""


@dataclass(frozen=True, slots=True)
class Network:
    """A bridge with the addresses of its containers; ``taken`` is the folder that says which are in use."""

    shell: Shell
    bridge: str
    addresses: ipaddress.IPv4Network
    taken: Path

    @property
    def gateway(self) -> str:
        """The bridge's own address, the first of all."""
        return str(next(self.addresses.hosts()))

    def connect(self) -> None:
        """Make the bridge, and let containers reach what this machine reaches.

        Raises:
            LxcError: a command failed.
        """
        with self._locked():
            if not Path("/sys/class/net", self.bridge).exists():
                self.shell.run(["ip", "link", "add", self.bridge, "type", "bridge"])
                self.shell.run(
                    ["ip", "address", "add", f"{self.gateway}/{self.addresses.prefixlen}", "dev", self.bridge]
                )
            self.shell.run(["ip", "link", "set", self.bridge, "up"])
            Path("/proc/sys/net/ipv4/ip_forward").write_text("1")
            self._let_through()

    def take(self, container: str) -> str:
        """An address for a container; its own when it has one already.

        Raises:
            NetworkError: all are taken.
        """
        with self._locked():
            found = self.address_of(container)
            if found is not None:
                return found
            used = {path.name for path in self.taken.iterdir()} | {self.gateway}
            for address in map(str, self.addresses.hosts()):
                if address not in used:
                    (self.taken / address).write_text(container)
                    return address
        raise NetworkError(f"all addresses of the network {self.addresses} are taken ({self.taken})")

    def address_of(self, container: str) -> str | None:
        """The address of a container, None when it has none."""
        if not self.taken.exists():
            return None
        found = (path for path in self.taken.iterdir() if path.name[0].isdigit())
        return next((path.name for path in found if path.read_text() == container), None)

    def give_back(self, container: str) -> None:
        """Let others have the address of a container."""
        with self._locked():
            found = self.address_of(container)
            if found is not None:
                (self.taken / found).unlink()

    def _let_through(self) -> None:
        """Also where this machine forwards nothing by itself, as one that runs other containers."""
        for table, chain, rule in rules(self.bridge, self.addresses):
            place = ["iptables", "-w", "-t", table]
            try:
                self.shell.run([*place, "-C", chain, *rule])
            except LxcError:  # it is not there yet
                self.shell.run([*place, "-I", chain, *rule])

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Hold the folder against the other programs of this machine."""
        self.taken.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.taken, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def rules(bridge: str, addresses: ipaddress.IPv4Network) -> list[tuple[str, str, list[str]]]:
    """The rules of a network: table, chain, and what they say."""
    network = str(addresses)
    return [
        ("filter", "FORWARD", ["-i", bridge, "-j", "ACCEPT"]),
        ("filter", "FORWARD", ["-o", bridge, "-j", "ACCEPT"]),
        ("nat", "POSTROUTING", ["-s", network, "!", "-d", network, "-j", "MASQUERADE"]),
    ]
