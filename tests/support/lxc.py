"""LXC for the tests: containers in a folder and a network of their own, which are gone afterwards."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path

import pytest

from worker.hosts.lxc import images
from worker.hosts.lxc.commands import Shell, missing
from worker.hosts.lxc.host import LxcSettings
from worker.hosts.lxc.networking import rules

BRIDGE = f"ditrit{os.getpid()}"  # others on this machine may run tests too
NETWORK = f"10.178.{os.getpid() % 256}.0/24"
FIRST = NETWORK.replace("0/24", "2")
"""The address of the first container."""
SHELL = Shell(os.environ)


@dataclass(frozen=True)
class Site:
    """A machine for containers."""

    root: Path
    images: Path
    bridge: str = BRIDGE
    network: str = NETWORK

    @property
    def settings(self) -> LxcSettings:
        return LxcSettings(self.root, self.images, self.bridge, self.network)

    @property
    def variables(self) -> dict[str, str]:
        """What tells a worker to use this network."""
        return {
            "DITRIT_LXC_IMAGES": str(self.images),
            "DITRIT_LXC_BRIDGE": self.bridge,
            "DITRIT_LXC_NETWORK": self.network,
        }

    def containers(self) -> list[str]:
        """The names of the containers that are there."""
        return sorted(path.name for path in self.root.glob("*") if path.name != "addresses")

    def kill(self) -> None:
        """Stop whatever a test has left running."""
        for name in self.containers():
            subprocess.run(["lxc-stop", "-k", "-P", str(self.root), "-n", name], check=False, capture_output=True)

    def leftovers(self) -> dict[str, list[str]]:
        """All that containers of this site have left on the machine."""
        taken = self.root / "addresses"
        return {
            "folders": self.containers(),
            "addresses": sorted(path.name for path in taken.iterdir()) if taken.exists() else [],
            "mounts": [line for line in Path("/proc/mounts").read_text().splitlines() if str(self.root) in line],
            "interfaces": self.ports(),
            "processes": self.processes(),
        }

    def ports(self) -> list[str]:
        """The ends of its containers' cables."""
        bridge = Path("/sys/class/net", self.bridge, "brif")
        return sorted(path.name for path in bridge.iterdir()) if bridge.exists() else []

    def processes(self) -> list[str]:
        """The monitors of its containers."""
        told = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
        return [line for line in told.splitlines() if f"[lxc monitor] {self.root}" in line]


NOTHING: dict[str, list[str]] = {"folders": [], "addresses": [], "mounts": [], "interfaces": [], "processes": []}


def require() -> None:
    """Without LXC the tests fail in continuous integration and are skipped elsewhere."""
    lacks = missing(SHELL)
    if lacks or SHELL.find("mmdebstrap") is None:
        said = f"no LXC here: {'; '.join(lacks)}; tests/support/install-servers, run as root, installs it"
        if os.environ.get("CI"):
            pytest.fail(said)
        pytest.skip(said)


def make_images(folder: Path) -> Path:
    """A folder with an image of this machine's own release: it takes half a minute."""
    require()
    images.image(SHELL, folder, None, None)
    return folder


@contextmanager
def site(root: Path, made: Path, bridge: str = BRIDGE, network: str = NETWORK) -> Iterator[Site]:
    """A place for containers with the images of ``made``; whatever is left at the end is killed and removed."""
    root.mkdir(parents=True)
    found = Site(root, made, bridge, network)
    try:
        yield found
    finally:
        found.kill()


def remove_network(bridge: str = BRIDGE, addresses: str = NETWORK) -> None:
    """Take the bridge and its rules away."""
    for table, chain, rule in rules(bridge, IPv4Network(addresses)):
        subprocess.run(["iptables", "-w", "-t", table, "-D", chain, *rule], check=False, capture_output=True)
    subprocess.run(["ip", "link", "delete", bridge], check=False, capture_output=True)
