"""What containers a machine is to have, read from the file that the playbook writes.

Place in the flow: inventory → ``cluster.json`` → **Specification** → `install.cluster.containers`.

The file outlives the playbook: it is what the machine's containers are started, stopped and destroyed by.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from worker.hosts.lxc.commands import Shell
from worker.hosts.lxc.layout import Container
from worker.hosts.lxc.networking import Network

DEFAULT = Path("/var/lib/ditrit-cluster/cluster.json")
MARK = "ditrit-cluster"  # the file in a container's folder that says which installation it belongs to


class SpecificationError(Exception):
    """The file cannot be read, or does not say what it must."""


@dataclass(frozen=True, kw_only=True)
class Specification:
    """The containers of one installation, in the order in which they start."""

    file: Path
    folder: Path  # where LXC looks for containers
    bridge: str
    network: ipaddress.IPv4Network
    packages: tuple[str, ...]
    consul_suite: str  # a suite of the same archive that has Consul, where the machine's own has none
    addresses: Mapping[str, str] = field(default_factory=dict)  # by the container's name
    suites: Mapping[str, str] = field(default_factory=dict)  # of those that are to be of another than the machine's own

    @property
    def state(self) -> Path:
        """What the installation keeps on the machine beside its containers."""
        return self.file.parent

    def container(self, name: str) -> Container:
        return Container(self.folder, name)

    def connection(self, shell: Shell) -> Network:
        """The bridge of the containers."""
        return Network(shell, self.bridge, self.network, self.state / "network")

    def present(self) -> list[str]:
        """The containers of this installation that are there, whether wanted or not."""
        marked = (mark for mark in self.folder.glob(f"*/{MARK}") if mark.read_text().strip() == self.bridge)
        return sorted(mark.parent.name for mark in marked)


def read(file: Path) -> Specification:
    """Read the file.

    Raises:
        SpecificationError: it is not there or not what the playbook writes.
    """
    try:
        told: Any = json.loads(file.read_text(encoding="utf-8"))
        return Specification(
            file=file,
            folder=Path(told["folder"]),
            bridge=str(told["bridge"]),
            network=ipaddress.IPv4Network(told["network"]),
            packages=tuple(map(str, told["packages"])),
            consul_suite=str(told["consul_suite"]),
            addresses={str(one["name"]): str(one["address"]) for one in told["containers"]},
            suites={str(one["name"]): str(one["suite"]) for one in told["containers"] if one.get("suite")},
        )
    except OSError as error:
        raise SpecificationError(
            f"{file}: {error.strerror}; expected what utils/ansible-deploy.sh writes: is anything installed here?"
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise SpecificationError(f"{file} is not what utils/ansible-deploy.sh writes: {error!r}") from error
