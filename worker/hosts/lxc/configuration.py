"""The files of one container: its configuration, and what it writes over its image."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from worker.hosts.lxc.commands import Shell, say
from worker.hosts.lxc.layout import INSIDE, Container
from worker.hosts.lxc.networking import Network
from worker.hosts.wanted import Wanted

_COMPLETE = "complete"
_CPU_PERIOD = 100_000  # microseconds
_MOUNT = """\
#!/bin/sh
set -e
cd "$(dirname "$0")"
mount -o loop disk.img disk
[ -d disk/delta ] || cp -a delta disk/delta
"""
_LOOPBACK = "nameserver 127."


def is_complete(container: Container) -> bool:
    """Whether it was made to the end."""
    return (container.folder / _COMPLETE).exists()


def complete(container: Container) -> None:
    """Say that it is made to the end."""
    (container.folder / _COMPLETE).touch()


def write(container: Container, image: Path, network: Network, wanted: Wanted) -> None:
    """Make the folder of a container; it is complete, or begun anew next time.

    Raises:
        LxcError: its disk cannot be made.
        NetworkError: no address is left.
    """
    address = network.take(container.name)
    say(f"creating container {container.name} with address {address} from image {image.name}")
    for name in ("rootfs", "delta", "archives", "outputs"):
        (container.folder / name).mkdir(parents=True)
    container.outputs.chmod(0o711)
    write_identity(container, address)
    if wanted.disk is not None:
        _make_disk(network.shell, container.folder, wanted.disk)
    container.config.write_text(_config(container, image, network, address, wanted))
    complete(container)


def remove(container: Container) -> None:
    """Remove its folder."""
    (container.folder / _COMPLETE).unlink(missing_ok=True)
    if container.folder.exists():
        shutil.rmtree(container.folder)


def _config(container: Container, image: Path, network: Network, address: str, wanted: Wanted) -> str:
    folder = container.folder
    lines = [
        *connected(network, address),
        *_file_system(folder, image, limited=wanted.disk is not None),
        f"lxc.uts.name = {container.name}",
        f"lxc.mount.entry = {container.archives} {_inside('archives')} none bind,ro,create=dir 0 0",
        f"lxc.mount.entry = {container.outputs} {_inside('outputs')} none bind,create=dir 0 0",
        *_limits(wanted),
    ]
    return "\n".join(lines) + "\n"


def connected(network: Network, address: str) -> list[str]:
    """What every container's configuration begins with: our kind of container, at an address of the network."""
    return [
        "lxc.include = /usr/share/lxc/config/common.conf",
        "lxc.apparmor.profile = unconfined",
        "lxc.net.0.type = veth",
        f"lxc.net.0.link = {network.bridge}",
        "lxc.net.0.flags = up",
        f"lxc.net.0.ipv4.address = {address}/{network.addresses.prefixlen}",
        f"lxc.net.0.ipv4.gateway = {network.gateway}",
    ]


def _file_system(folder: Path, image: Path, *, limited: bool) -> list[str]:
    if not limited:
        return [f"lxc.rootfs.path = overlay:{image}:{folder / 'delta'}"]
    return [f"lxc.hook.pre-mount = {folder / 'disk.sh'}", f"lxc.rootfs.path = overlay:{image}:{folder / 'disk/delta'}"]


def _make_disk(shell: Shell, folder: Path, size: int) -> None:
    """A file system of that size for what the container writes.

    LXC mounts it ahead of all else, in the container's own mount namespace: whatever dies, no mount stays.
    """
    (folder / "disk").mkdir()
    disk = folder / "disk.img"
    with disk.open("wb") as file:
        file.truncate(size)
    shell.run(["mkfs.ext4", "-q", "-F", "-m", "0", str(disk)])
    script = folder / "disk.sh"
    script.write_text(_MOUNT)
    script.chmod(0o755)


def _inside(name: str) -> str:
    return str(INSIDE / name).lstrip("/")  # LXC wants it relative to the root file system


def _limits(wanted: Wanted) -> list[str]:
    unified = Path("/sys/fs/cgroup/cgroup.controllers").exists()
    lines = []
    if wanted.memory is not None:
        key = "lxc.cgroup2.memory.max" if unified else "lxc.cgroup.memory.limit_in_bytes"
        lines.append(f"{key} = {wanted.memory}")
    if wanted.cpus is not None:
        quota = round(wanted.cpus * _CPU_PERIOD)
        if unified:
            lines.append(f"lxc.cgroup2.cpu.max = {quota} {_CPU_PERIOD}")
        else:
            lines += [f"lxc.cgroup.cpu.cfs_period_us = {_CPU_PERIOD}", f"lxc.cgroup.cpu.cfs_quota_us = {quota}"]
    return lines


def write_identity(container: Container, address: str) -> None:
    """Write what distinguishes it from its image.

    Without its own name among the hosts each look-up of it takes seconds.
    """
    etc = container.folder / "delta" / "etc"
    etc.mkdir(exist_ok=True)
    (etc / "hostname").write_text(container.name + "\n")
    (etc / "hosts").write_text(f"127.0.0.1 localhost\n::1 localhost\n{address} {container.name}\n")
    servers = Path("/etc/resolv.conf").read_text() if os.path.exists("/etc/resolv.conf") else ""
    usable = [line for line in servers.splitlines() if not line.startswith(_LOOPBACK)]
    (etc / "resolv.conf").write_text("\n".join(usable) + "\n")
