"""Root file systems that containers share.

An image is made once for each distribution and version that is asked for, by ``mmdebstrap`` from the archive that this
machine's own packages come from; a folder that lies in its place already, made by whomever, is used as it is.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from worker.hosts.lxc.commands import LxcError, Shell, say

PACKAGES = (
    *("systemd-sysv", "dbus", "python3", "python3-apt", "iproute2", "iputils-ping"),
    *("ca-certificates", "curl", "procps", "netcat-openbsd"),
)
_SUITES = {"11": "bullseye", "12": "bookworm", "13": "trixie"}
_NAME = re.compile(r"[a-z0-9][a-z0-9.-]*")


def image(shell: Shell, images: Path, distribution: str | None, version: str | None) -> Path:
    """The root file system for a distribution and version; this machine's own where they are not said.

    Raises:
        LxcError: there is none, and it cannot be made.
    """
    own = own_release()
    wanted = (distribution or own.get("ID", "debian")).lower()
    release = version or (own.get("VERSION_ID", "") if wanted == own.get("ID") else "")
    name = f"{wanted}-{release}" if release else wanted
    if not _NAME.fullmatch(name):
        raise LxcError(f"capability os: found distribution {wanted!r} and version {release!r}, expected plain names")
    found = images / name
    if not found.is_dir():
        _make(shell, found, wanted, release)
    return found


def _make(shell: Shell, target: Path, distribution: str, version: str) -> None:
    suite = _SUITES.get(version.partition(".")[0])
    if distribution != "debian" or suite is None:
        raise LxcError(
            f"there is no image {target.name!r}; images of Debian {', '.join(_SUITES)} are made when they are needed, "
            f"for others put a root file system into the folder {target}"
        )
    if shell.find("mmdebstrap") is None:
        raise LxcError(
            f"image {target.name!r} cannot be made: this machine lacks mmdebstrap (apt-get install mmdebstrap)"
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    lock = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        say(f"image {target.name} is needed for the first time; waiting for whoever makes it")
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.is_dir():
            say(f"making image {target.name}: about a minute")
            bootstrap(shell, target, suite, PACKAGES, sources(shell, suite))
    finally:
        os.close(lock)


def bootstrap(shell: Shell, target: Path, suite: str, packages: Sequence[str], arguments: Sequence[str]) -> None:
    """Make a root file system with these packages; ``arguments`` are their sources and what else ``mmdebstrap`` takes.

    Raises:
        LxcError: it cannot be made.
    """
    unfinished = target.with_name(f".{target.name}")
    shutil.rmtree(unfinished, ignore_errors=True)
    included = f"--include={','.join(packages)}"
    shell.run(["mmdebstrap", "--quiet", "--variant=minbase", included, suite, str(unfinished), *arguments])
    for name in ("etc/hostname", "etc/resolv.conf", "etc/machine-id"):  # those of this machine
        (unfinished / name).write_text("")
    unfinished.rename(target)


def sources(shell: Shell, suite: str) -> list[str]:
    """The archive of this machine's own packages, when they are of Debian."""
    own = own_release()
    found = archive(shell, own.get("VERSION_CODENAME", "")) if own.get("ID") == "debian" else None
    return [f"deb {found} {suite} main"] if found else []


def archive(shell: Shell, codename: str) -> str | None:
    """Where this machine's own packages of a release come from."""
    said = shell.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI) $(CODENAME) $(COMPONENT)", "Created-By: Packages"]
    )
    for line in said.splitlines():
        uri, found, component = [*line.split(), "", ""][:3]
        if found == codename and component == "main":
            return uri
    return None


def own_release() -> dict[str, str]:
    """What ``/etc/os-release`` says of this machine."""
    lines = Path("/etc/os-release").read_text().splitlines() if Path("/etc/os-release").exists() else []
    pairs = (line.partition("=") for line in lines if "=" in line)
    return {name: value.strip('"') for name, _, value in pairs}
