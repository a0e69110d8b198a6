"""Plain machines of Debian 13 that are reached by ssh: containers of which the playbook knows nothing."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from pathlib import Path

from install.cluster import containers
from install.cluster.specification import Specification
from tests.install.installation import BRIDGE, NETWORK, SHARED, Installation, copy_checkout, inventory
from tests.support.lxc import SHELL
from worker.hosts.lxc.images import PACKAGES

GATEWAY = f"{NETWORK}.1"
"""This machine, as they see it."""
SUITE = "trixie"
ADDRESSES = {
    "consul": {f"consul{number}": f"{NETWORK}.1{number}" for number in (1, 2, 3)},
    "manager": {"manager1": f"{NETWORK}.31"},
    "worker": {"worker1": f"{NETWORK}.41"},
}


@dataclass
class Machines(Installation):
    """An installation on them."""

    groups: dict[str, dict[str, str]] = field(
        default_factory=lambda: {name: dict(of) for name, of in ADDRESSES.items()}
    )
    settings: dict[str, object] = field(default_factory=dict)
    """What the inventory says of all."""
    hosts: dict[str, Mapping[str, str]] = field(default_factory=dict)
    """What it says of one."""

    def write_inventory(self) -> Path:
        ways = {
            "ansible_ssh_private_key_file": self.folder / "key",
            "ansible_ssh_common_args": f"-o UserKnownHostsFile={self.folder / 'known_hosts'} -o IdentitiesOnly=yes",
            "ditrit_network": f"{NETWORK}.0/24",
            "ditrit_address": SHARED,
            "ditrit_build_folder": self.build,
        }
        told = {
            group: {name: self._line(name, of) for name, of in hosts.items()} for group, hosts in self.groups.items()
        }
        file = self.folder / "hosts"
        file.write_text(inventory(told, {**ways, **self.settings}, lxc=False))
        return file

    def _line(self, name: str, address: str) -> str:
        return " ".join([address, *(f"{key}={value}" for key, value in self.hosts.get(name, {}).items())])


@contextmanager
def machines(folder: Path) -> Iterator[Machines]:
    """Let there be such machines; they are gone afterwards."""
    (folder / "lxc").mkdir(parents=True)
    (folder / "state").mkdir()
    addresses = {name: address for hosts in ADDRESSES.values() for name, address in hosts.items()}
    specification = Specification(
        file=folder / "state/cluster.json",
        folder=folder / "lxc",
        bridge=BRIDGE,
        network=IPv4Network(f"{NETWORK}.0/24"),
        packages=(*PACKAGES, "openssh-server"),
        consul_suite="",
        addresses=addresses,
        suites=dict.fromkeys(addresses, SUITE),
    )
    try:
        containers.apply(SHELL, specification)
        found = Machines(copy_checkout(folder / "checkout"), folder)
        _open(found, addresses)
        yield found
    finally:
        containers.destroy(SHELL, specification)


def _open(found: Machines, addresses: Mapping[str, str]) -> None:
    """Let this machine in, and know them."""
    key = found.folder / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    public = key.with_suffix(".pub").read_bytes()
    known = []
    for name, address in addresses.items():
        script = "umask 077 && mkdir -p /root/.ssh && cat > /root/.ssh/authorized_keys"
        found.attach(name, "sh", "-c", script, given=public)
        plain = "echo 'Acquire::Languages \"none\";' > /etc/apt/apt.conf.d/plain"  # nobody reads descriptions here
        found.attach(name, "sh", "-c", plain)
        known.append(f"{address} {found.attach(name, 'cat', '/etc/ssh/ssh_host_ed25519_key.pub')}")
    (found.folder / "known_hosts").write_text("".join(known))
