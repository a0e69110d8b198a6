"""Root file systems that containers share.

An image is made once for each distribution and version that is asked for, by ``mmdebstrap`` from the archive that this
machine's own packages come from; a folder that lies in its place already, made by whomever, is used as it is.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from pathlib import Path

from worker.hosts.lxc.commands import LxcError, Shell, say

_PACKAGES = (
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
    own = _release()
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
            _bootstrap(shell, target, suite)
    finally:
        os.close(lock)


def _bootstrap(shell: Shell, target: Path, suite: str) -> None:
    unfinished = target.with_name(f".{target.name}")
    shutil.rmtree(unfinished, ignore_errors=True)
    say(f"making image {target.name}: about a minute")
    packages = ",".join(_PACKAGES)
    shell.run(
        [
            "mmdebstrap",
            "--quiet",
            "--variant=minbase",
            f"--include={packages}",
            suite,
            str(unfinished),
            *_sources(shell, suite),
        ]
    )
    for name in ("etc/hostname", "etc/resolv.conf", "etc/machine-id"):  # those of this machine
        (unfinished / name).write_text("")
    unfinished.rename(target)


def _sources(shell: Shell, suite: str) -> list[str]:
    """The archive of this machine's own packages, when they are of Debian."""
    if _release().get("ID") != "debian":
        return []
    said = shell.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI) $(CODENAME) $(COMPONENT)", "Created-By: Packages"]
    )
    own = _release().get("VERSION_CODENAME", "")
    for line in said.splitlines():
        uri, codename, component = [*line.split(), "", ""][:3]
        if codename == own and component == "main":
            return [f"deb {uri} {suite} main"]
    return []


def _release() -> dict[str, str]:
    lines = Path("/etc/os-release").read_text().splitlines() if Path("/etc/os-release").exists() else []
    pairs = (line.partition("=") for line in lines if "=" in line)
    return {name: value.strip('"') for name, _, value in pairs}
