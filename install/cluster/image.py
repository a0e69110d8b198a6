"""The root file systems that the containers of an installation share, one for each system that they are of.

Place in the flow: packages of the specification → **an image**, made once → containers that write over it.

It has all packages that any role installs: none is fetched in a container.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from install.cluster.specification import Specification
from install.cluster.suites import System, own
from worker.hosts.lxc import images
from worker.hosts.lxc.commands import LxcError, Shell, say

COMPONENTS = {"debian": ("main",), "ubuntu": ("main", "universe")}
# What comes from another suite must not take the place of the machine's own packages.
_PIN = "Package: *\nPin: release n={suite}\nPin-Priority: 100\n"


def ensure(shell: Shell, specification: Specification, system: System) -> Path:
    """The image of a system; it is made if it is missing.

    Raises:
        LxcError: it cannot be made.
    """
    target = specification.state / "images" / system.name
    if target.is_dir():
        return target
    if shell.find("mmdebstrap") is None:
        raise LxcError("the containers' root file system needs mmdebstrap (apt-get install mmdebstrap)")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        arguments = _sources(shell, system, specification, Path(folder))
        images.bootstrap(shell, target, system.suite, specification.packages, arguments)
    say(f"made image {target.name}")
    return target


def _sources(shell: Shell, system: System, specification: Specification, folder: Path) -> list[str]:
    """The archive of this machine's own packages, which has the system's too, and where Consul comes from."""
    machine = own(images.own_release())
    components = COMPONENTS.get(machine.distribution)
    found = images.archive(shell, machine.suite)
    if components is None or found is None:
        raise LxcError(
            f"found {machine.distribution} {machine.suite}, expected Debian or Ubuntu with an archive of its own "
            "packages among the sources of apt, and its lists (apt-get update)"
        )
    lines = [f"deb {found} {system.suite} {' '.join(components)}"]
    if specification.consul_suite:
        pin = folder / "ditrit-consul"
        pin.write_text(_PIN.format(suite=specification.consul_suite))
        pin.chmod(0o644)
        lines += [
            f"deb {found} {specification.consul_suite} {' '.join(components)}",
            f"--setup-hook=upload {pin} /etc/apt/preferences.d/ditrit-consul",
        ]
    return lines
