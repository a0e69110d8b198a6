"""The program that reserves a machine of the pool, looks whether it answers, and gives it back.

Place in the flow: an operation of the host provider → **this program**, a process of the script executor.  What the
machine is to be like comes in the variables ``host`` and ``os`` (capabilities of Compute, 5.5.6 and 5.5.9); its
addresses go to the file that ``DITRIT_OUTPUTS`` names.

    python -m worker.hosts.ssh.program --pool FILE --folder DIR OPERATION OWNER
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from worker.hosts.base import HostError
from worker.hosts.ssh.connection import say
from worker.hosts.ssh.pool import PoolMachine
from worker.hosts.ssh.reservations import Reservations
from worker.hosts.wanted import Wanted, WantedError


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pool", type=Path, help="file that lists the machines")
    parser.add_argument("--folder", type=Path, required=True, help="folder of connections and notes")
    parser.add_argument("operation", choices=("create", "start", "stop", "delete"))
    parser.add_argument("owner", help="for whom")
    options = parser.parse_args()
    reservations = Reservations(options.pool, options.folder, options.owner)
    try:
        if options.operation == "create":
            create(reservations, os.environ)
        elif options.operation == "start":
            say(f"{reservations.require()} answers")
        elif options.operation == "stop":
            say(f"the machine of {options.owner} is left as it is")
        else:
            delete(reservations)
    except (HostError, WantedError, OSError) as error:
        say(str(error))
        return 1
    return 0


def create(reservations: Reservations, variables: Mapping[str, str]) -> None:
    """Reserve a machine, and say its addresses."""
    again = variables.get("DITRIT_ATTEMPT", "1") != "1"
    machine = reservations.reserve(Wanted.from_environment(variables), again=again)
    say(f"{machine} is reserved for {reservations.owner}")
    _tell(machine, Path(variables["DITRIT_OUTPUTS"]))


def delete(reservations: Reservations) -> None:
    """Give the machine back, empty."""
    released = reservations.release()
    for machine in released:
        say(f"{machine} is given back")
    if not released:
        say(f"no machine is reserved for {reservations.owner}")


def _tell(machine: PoolMachine, outputs: Path) -> None:
    """Say the attributes of Compute (5.8.2)."""
    with outputs.open("a", encoding="utf-8") as lines:
        lines.write(f"private_address={machine.address}\npublic_address={machine.address}\n")


if __name__ == "__main__":
    sys.exit(main())
