"""Which releases of which system containers can be made of.

Place in the flow: ``ditrit_suite`` of the inventory → **the system that is meant** → `install.cluster.image` makes it.

A container keeps the system that it was made with: what it has written lies over the files of that one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from worker.hosts.lxc.configuration import is_complete
from worker.hosts.lxc.layout import Container

_OVERLAY = re.compile(r"^lxc\.rootfs\.path = overlay:([^:\n]+):", re.MULTILINE)


@dataclass(frozen=True, order=True)
class System:
    """A release of a distribution, as its own ``/etc/os-release`` names it."""

    distribution: str
    version: str
    suite: str

    @property
    def name(self) -> str:
        """The name of its image."""
        return f"{self.distribution}-{self.version}"


KNOWN = (
    System("debian", "12", "bookworm"),
    System("debian", "13", "trixie"),
    System("ubuntu", "24.04", "noble"),
)


def own(release: Mapping[str, str]) -> System:
    """The system of a machine, by its ``/etc/os-release``."""
    return System(release.get("ID", "linux"), release.get("VERSION_ID", ""), release.get("VERSION_CODENAME", ""))


def offered(machine: System) -> tuple[System, ...]:
    """What containers of this machine can be made of: all that comes from the archive of its own packages."""
    return (machine, *(one for one in KNOWN if one.distribution == machine.distribution and one != machine))


def wanted(suite: str, machine: System, container: Container) -> System:
    """What a container is made of: of what it is already, or else of this suite, or else of the machine's own."""
    found = offered(machine)
    kept = made_of(container)
    named = [one for one in found if one.name == kept] or [one for one in found if one.suite == suite]
    return named[0] if named else machine


def made_of(container: Container) -> str:
    """The name of the image that a container lies over; empty when there is no such container."""
    told = _OVERLAY.search(container.config.read_text()) if is_complete(container) else None
    return Path(told[1]).name if told else ""


def problems(suites: Mapping[str, str], machine: System, folder: Path, *, managed: bool) -> Iterator[str]:
    """All that is wrong with the suites of hosts; ``managed`` says that these are containers, in this folder."""
    by_suite = {one.suite: one for one in offered(machine)}
    expected = " or ".join(sorted(by_suite))
    for host, suite in suites.items():
        kept = made_of(Container(folder, host))
        if not managed:
            yield f"host {host}: found ditrit_suite {suite!r}, expected none: it is a machine that is there"
        elif suite not in by_suite:
            yield f"host {host}: found ditrit_suite {suite!r}, expected {expected}, from the archive of this machine"
        elif kept and kept != by_suite[suite].name:
            yield (
                f"host {host}: found ditrit_suite {suite!r}, but its container is of {kept}, which it keeps; expected "
                "that one, or the container made anew (docs/install.md)"
            )
