"""The program that creates, starts, stops and deletes one container.

Place in the flow: an operation of the host provider → **this program**, a process of the script executor, which gives
it its log, its time limit and its end.  What the container is to be like comes in the variables ``host`` and ``os``
(capabilities of Compute, 5.5.6 and 5.5.9); its addresses go to the file that ``DITRIT_OUTPUTS`` names.

Each command may be run again at any point: `create` removes what an earlier one left unfinished, `start` and `stop`
leave alone what runs or has stopped, `delete` removes what there is.

    python -m worker.hosts.lxc.program --root DIR --images DIR --bridge NAME --network CIDR OPERATION NAME
"""

from __future__ import annotations

import argparse
import ipaddress
import os
import sys
from pathlib import Path

from worker.hosts.lxc import commands, configuration, images
from worker.hosts.lxc.commands import LxcError, Shell
from worker.hosts.lxc.layout import Container
from worker.hosts.lxc.networking import Network, NetworkError
from worker.hosts.wanted import Wanted, WantedError

ALL = "all"  # no container is named so: each name ends with a digest


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, required=True, help="folder of the containers")
    parser.add_argument("--images", type=Path, required=True, help="folder of the root file systems that they share")
    parser.add_argument("--bridge", required=True, help="network bridge that connects them")
    parser.add_argument("--network", type=ipaddress.IPv4Network, required=True, help="addresses for them")
    parser.add_argument("operation", choices=("create", "start", "stop", "delete"))
    parser.add_argument("container", help="its name; 'all' deletes every one")
    options = parser.parse_args()
    shell = Shell(os.environ)
    container = Container(options.root, options.container)
    network = Network(shell, options.bridge, options.network, options.root / "addresses")
    try:
        commands.require(shell)
        if options.operation == "create":
            create(shell, container, network, options.images, Wanted.from_environment(os.environ))
            _tell(network.address_of(container.name), Path(os.environ["DITRIT_OUTPUTS"]))
        elif options.operation == "start":
            start(shell, container, network)
        elif options.operation == "stop":
            commands.stop(shell, container)
        elif container.name == ALL:
            for name in sorted(path.name for path in options.root.glob("*/") if (path / "rootfs").exists()):
                delete(shell, Container(options.root, name), network)
        else:
            delete(shell, container, network)
    except (LxcError, WantedError, NetworkError, OSError) as error:
        commands.say(str(error))
        return 1
    return 0


def create(shell: Shell, container: Container, network: Network, folder: Path, wanted: Wanted) -> None:
    """Make the container and let it run."""
    if configuration.is_complete(container):
        commands.say(f"container {container.name} is there already")
    else:
        delete(shell, container, network)
        image = images.image(shell, folder, wanted.distribution, wanted.version)
        configuration.write(container, image, network, wanted)
    start(shell, container, network)


def start(shell: Shell, container: Container, network: Network) -> None:
    """Let the container run, and wait until its init has."""
    if not configuration.is_complete(container):
        raise LxcError(f"there is no container {container.name} on this machine ({os.uname().nodename})")
    network.connect()
    commands.start(shell, container)


def delete(shell: Shell, container: Container, network: Network) -> None:
    """Remove the container and give its address back."""
    commands.kill(shell, container)
    configuration.remove(container)
    network.give_back(container.name)


def _tell(address: str | None, outputs: Path) -> None:
    """Say the attributes of Compute (5.8.2)."""
    if address is None:
        return
    with outputs.open("a", encoding="utf-8") as lines:
        lines.write(f"private_address={address}\npublic_address={address}\n")
        lines.write(f'networks:={{"lxc": {{"network_name": "lxc", "addresses": ["{address}"]}}}}\n')


if __name__ == "__main__":
    sys.exit(main())
