"""Where the containers of a worker's machine lie, and how they are named.

::

    <images>/<name>/             root file systems that containers share, never written to
    <root>/addresses/<address>   one file for each address that is taken; it names the container
    <root>/<container>/config    what lxc-start reads
    <root>/<container>/delta/    what the container has written over its image
    <root>/<container>/disk.img  where it writes instead, when the size of its disk is limited
    <root>/<container>/archives/ extracted archives, mounted read-only at /opt/ditrit/archives
    <root>/<container>/outputs/  what operations say, mounted at /opt/ditrit/outputs

A container's name comes from its model, instance, node and number alone, so that whoever takes an operation over after
a worker's death finds what the dead one has begun.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path, PurePath

from worker.hosts.base import Machine

INSIDE = PurePath("/opt/ditrit")
_UNFIT = re.compile(r"[^a-z0-9]+")
_LONGEST = 40  # characters of a name that a person can read, ahead of the digest; 63 may a host name have


@dataclass(frozen=True, slots=True)
class Container:
    """The folder of one container."""

    root: Path
    name: str

    @property
    def folder(self) -> Path:
        return self.root / self.name

    @property
    def config(self) -> Path:
        return self.folder / "config"

    @property
    def archives(self) -> Path:
        return self.folder / "archives"

    @property
    def outputs(self) -> Path:
        return self.folder / "outputs"


def container_of(root: Path, machine: Machine) -> Container:
    """The container of a machine, whether it is there or not."""
    whole = "\0".join((machine.model, machine.instance, machine.node, str(machine.number)))
    digest = hashlib.sha256(whole.encode()).hexdigest()[:10]
    readable = _UNFIT.sub("-", f"{machine.instance}-{machine.node}-{machine.number}".lower()).strip("-")
    return Container(root, f"{readable[:_LONGEST].strip('-')}-{digest}".lstrip("-"))
