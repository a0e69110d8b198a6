"""Machines with a real sshd for the tests: LXC containers made from an image of their own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

from tests.support.lxc import Site, remove_network, site
from worker.hosts.base import Machine
from worker.hosts.lxc.host import LxcProvider
from worker.hosts.lxc.layout import Container, container_of

# These machines stay while containers of tests come and go; tests of other processes have others.
_BRIDGE, _NETWORK = f"ditssh{os.getpid()}", f"10.180.{os.getpid() % 256}.0/24"
_IMAGE = {"distribution": "with-ssh", "version": str(os.getpid())}


@dataclass(frozen=True)
class Pool:
    """Machines that are there already, and the file that lists them."""

    folder: Path
    containers: tuple[Container, ...]
    addresses: tuple[str, ...]

    @property
    def known_hosts(self) -> Path:
        return self.folder / "known_hosts"

    def machine(self, number: int) -> dict[str, object]:
        """A machine as the file lists it."""
        has = {"num_cpus": number + 1, "mem_size": "1 GB"}
        system = {"distribution": "debian", "version": 12}
        return {"name": f"m{number}", "address": self.addresses[number], "key": "key", "host": has, "os": system}

    def listed(self, name: str = "pool.yaml", *machines: dict[str, object], known_hosts: str = "known_hosts") -> Path:
        """A file with these machines, by default all of them."""
        listed = list(machines) or [self.machine(number) for number in range(len(self.containers))]
        file = self.folder / name
        file.write_text(yaml.safe_dump({"known_hosts": known_hosts, "machines": listed}))
        return file

    def inside(self, number: int, *command: str) -> str:
        """What a command prints on a machine, by another way than ssh."""
        return _inside(self.containers[number], *command)

    def holds(self, number: int) -> list[str]:
        """What of ours is on a machine, our program apart."""
        found = self.inside(number, "find", "/var/lib/ditrit", "-mindepth", "1", "-maxdepth", "1", "-printf", "%f\\n")
        return sorted(name for name in found.split() if name not in ("lib", "lock"))

    def clear(self) -> None:
        """Give all machines back."""
        for number in range(len(self.containers)):
            self.inside(number, "sh", "-c", "cd /var/lib/ditrit 2> /dev/null && rm -rf reserved archives outputs")


def make_image(images: Path) -> None:
    """A copy of the image of this machine's release, with sshd in it: it takes some seconds."""
    (base,) = images.glob("debian-*")
    made = images / f"{_IMAGE['distribution']}-{_IMAGE['version']}"
    subprocess.run(["cp", "-a", "--reflink=auto", str(base), str(made)], check=True)
    shutil.copy("/etc/resolv.conf", made / "etc/resolv.conf")
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "openssh-server"]
    variables = {"DEBIAN_FRONTEND": "noninteractive", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    for command in (["apt-get", "update", "-qq"], install):
        subprocess.run(["chroot", str(made), *command], check=True, env=variables, capture_output=True)
    (made / "etc/resolv.conf").write_text("")


@contextmanager
def pool(folder: Path, images: Path, count: int) -> Iterator[Pool]:
    """So many machines, with keys."""
    make_image(images)
    with site(folder / "lxc", images, _BRIDGE, _NETWORK) as place:
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / "key")], check=True)
        machines = [Machine("pool", "pool", "m", number) for number in range(count)]
        addresses = tuple(_made(place, machine, folder / "key.pub") for machine in machines)
        yield Pool(folder, tuple(container_of(place.root, machine) for machine in machines), addresses)
    remove_network(_BRIDGE, _NETWORK)


def _made(place: Site, machine: Machine, key: Path) -> str:
    container, outputs = container_of(place.root, machine), place.root / f".{machine.number}"
    variables = {"DITRIT_OUTPUTS": str(outputs), "os": json.dumps(_IMAGE), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    subprocess.run([*LxcProvider(place.settings).program(machine, "create")], check=True, env=variables)
    address = outputs.read_text().partition("=")[2].split("\n")[0]
    outputs.unlink()
    _inside(
        container,
        "sh",
        "-c",
        "umask 077 && mkdir -p /root/.ssh && cat > /root/.ssh/authorized_keys",
        given=key.read_text(),
    )
    public = _inside(container, "cat", "/etc/ssh/ssh_host_ed25519_key.pub").split()[:2]
    with (key.parent / "known_hosts").open("a") as lines:
        lines.write(f"{address} {' '.join(public)}\n")
    return address


def _inside(container: Container, *command: str, given: str = "") -> str:
    attach = ["lxc-attach", "-P", str(container.root), "-n", container.name, "--clear-env", "--", *command]
    return subprocess.run(attach, capture_output=True, text=True, check=False, input=given).stdout
