"""Makes, starts, stops and destroys the containers of an installation.

Place in the flow: `install.cluster.specification` → **containers that run**, which the playbook then installs into.

Each command may be run again at any point.  A line is printed for each thing that was changed, none where all was as it
is to be.

    python -m install.cluster.containers [--file FILE] apply | start | stop | destroy
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from install.cluster import image
from install.cluster.specification import DEFAULT, MARK, Specification, SpecificationError, read
from install.cluster.suites import own, wanted
from worker.hosts.lxc import commands, configuration
from worker.hosts.lxc.commands import LxcError, Shell, say
from worker.hosts.lxc.images import own_release
from worker.hosts.lxc.layout import Container
from worker.hosts.lxc.networking import NetworkError, rules

PATIENCE = 100  # seconds for the services of a container to end: workers finish what runs
_FORWARDING = Path("/proc/sys/net/ipv4/ip_forward")
_LOCKS = Path("/run/lxc/lock")  # LXC leaves a file there for each container that there ever was


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--file", type=Path, default=DEFAULT, help=f"what containers there are; default {DEFAULT}")
    parser.add_argument("command", choices=sorted(COMMANDS))
    options = parser.parse_args()
    shell = Shell(os.environ)
    try:
        specification = read(options.file)
        commands.require(shell)
        COMMANDS[options.command](shell, specification)
    except (LxcError, NetworkError, SpecificationError, OSError) as error:
        say(str(error))
        return 1
    return 0


def apply(shell: Shell, specification: Specification) -> None:
    """Let there be the containers of the specification and no others of this installation, and let them run."""
    _refuse_strangers(specification)
    found = _images(shell, specification)
    superfluous = [name for name in specification.present() if name not in specification.addresses]
    _each(lambda name: _stop(shell, specification, name), superfluous)
    for name in superfluous:
        _remove(specification, name)
    for name, address in specification.addresses.items():
        _make(shell, specification, name, address, found[name])
    start(shell, specification)


def start(shell: Shell, specification: Specification) -> None:
    """Start those that do not run, and wait for their services."""
    _connect(shell, specification)
    stopped = [name for name in specification.addresses if not _runs(shell, specification.container(name))]
    _each(lambda name: commands.start(shell, specification.container(name)), stopped)
    for name in stopped:
        say(f"started container {name}")


def stop(shell: Shell, specification: Specification) -> None:
    """Stop all, those first that were started last: what others need is there to the end."""
    _each(lambda name: _stop(shell, specification, name), reversed(list(specification.addresses)), at_once=1)


def destroy(shell: Shell, specification: Specification) -> None:
    """Remove the containers, what they have written, their image and their network."""
    for name in specification.present():
        commands.kill(shell, specification.container(name))
        _remove(specification, name)
    _disconnect(shell, specification)
    shutil.rmtree(specification.state)


COMMANDS: dict[str, Callable[[Shell, Specification], None]] = {
    "apply": apply,
    "start": start,
    "stop": stop,
    "destroy": destroy,
}


def _refuse_strangers(specification: Specification) -> None:
    """Nothing is done to containers that somebody else has made."""
    own = set(specification.present())
    for name in specification.addresses:
        if (specification.folder / name / "config").exists() and name not in own:
            raise SpecificationError(
                f"there is a container {name!r} in {specification.folder} that this installation has not made; "
                "expected another name in the inventory, or that container gone"
            )


def _images(shell: Shell, specification: Specification) -> dict[str, Path]:
    """What each container lies over; those that are missing are made at once."""
    machine, suites = own(own_release()), specification.suites
    systems = {
        name: wanted(suites.get(name, ""), machine, specification.container(name)) for name in specification.addresses
    }
    different = sorted(set(systems.values()))
    with ThreadPoolExecutor() as pool:
        made = dict(zip(different, pool.map(partial(image.ensure, shell, specification), different), strict=True))
    return {name: made[system] for name, system in systems.items()}


def _make(shell: Shell, specification: Specification, name: str, address: str, found: Path) -> None:
    container = specification.container(name)
    wanted = _configuration(shell, specification, name, address, found)
    if configuration.is_complete(container) and container.config.read_text() == wanted:
        return
    made = configuration.is_complete(container)
    if made:
        _stop(shell, specification, name)
    elif container.folder.exists():  # begun, and not ended
        commands.kill(shell, container)
        shutil.rmtree(container.folder)
    for part in ("rootfs", "delta"):
        (container.folder / part).mkdir(parents=True, exist_ok=True)
    (container.folder / MARK).write_text(specification.bridge + "\n")
    configuration.write_identity(container, address)
    container.config.write_text(wanted)
    configuration.complete(container)
    say(f"{'changed' if made else 'created'} container {name} with address {address}")


def _configuration(shell: Shell, specification: Specification, name: str, address: str, found: Path) -> str:
    lines = [
        *configuration.connected(specification.connection(shell), address),
        f"lxc.rootfs.path = overlay:{found}:{specification.folder / name / 'delta'}",
        f"lxc.uts.name = {name}",
    ]
    return "\n".join(lines) + "\n"


def _runs(shell: Shell, container: Container) -> bool:
    return commands.state(shell, container) == "RUNNING"


def _stop(shell: Shell, specification: Specification, name: str) -> None:
    container = specification.container(name)
    if _runs(shell, container):
        shell.run(["lxc-stop", "-P", str(specification.folder), "-n", name, "-t", str(PATIENCE)])
        say(f"stopped container {name}")


def _remove(specification: Specification, name: str) -> None:
    shutil.rmtree(specification.folder / name)
    Path(_LOCKS, *specification.folder.parts[1:], f".{name}").unlink(missing_ok=True)
    say(f"removed container {name}")


def _each(do: Callable[[str], None], names: Iterable[str], at_once: int = 4) -> None:
    with ThreadPoolExecutor(at_once) as pool:
        list(pool.map(do, names))


def _connect(shell: Shell, specification: Specification) -> None:
    before = specification.state / "ip_forward"
    if not before.exists():
        before.write_text(_FORWARDING.read_text())
    specification.connection(shell).connect()


def _disconnect(shell: Shell, specification: Specification) -> None:
    for table, chain, rule in rules(specification.bridge, specification.network):
        place = ["iptables", "-w", "-t", table]
        try:
            shell.run([*place, "-C", chain, *rule])
        except LxcError:  # it is gone
            continue
        shell.run([*place, "-D", chain, *rule])
    if Path("/sys/class/net", specification.bridge).exists():
        shell.run(["ip", "link", "delete", specification.bridge])
    before = specification.state / "ip_forward"
    if before.exists() and before.read_text() != _FORWARDING.read_text():
        _FORWARDING.write_text(before.read_text())


if __name__ == "__main__":
    sys.exit(main())
