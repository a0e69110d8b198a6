"""Says what this machine lacks for each host provider and executor.

Place in the flow: ``ditrit doctor`` becomes this program, ahead of the first worker or when an operation has said that
something is missing.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from worker.executors.playbooks.executor import installed
from worker.hosts.lxc import commands
from worker.hosts.lxc.commands import Shell


@dataclass(frozen=True)
class Checkup:
    """What something that a worker offers needs of its machine."""

    kind: str
    name: str
    about: str
    missing: Callable[[Shell], list[str]]


def _scripts(shell: Shell) -> list[str]:
    needed = {"bash": "scripts without a first line that names an interpreter", "python3": "files named *.py"}
    return [f"{command}, which runs {what}" for command, what in needed.items() if shell.find(command) is None]


def _lxc(shell: Shell) -> list[str]:
    images = [] if shell.find("mmdebstrap") else ["the package mmdebstrap, for images that are not there yet"]
    return [*commands.missing(shell), *images]


def _ssh(shell: Shell) -> list[str]:
    return [] if shell.find("ssh") else ["the package openssh-client (apt-get install openssh-client)"]


def _ansible(_shell: Shell) -> list[str]:
    return [] if installed() else ["the Python package ansible-core (pip install ansible-core)"]


CHECKUPS = (
    Checkup("executor", "script", "operations that are scripts or programs", _scripts),
    Checkup("executor", "ansible", "operations that are playbooks", _ansible),
    Checkup("host", "local", "operations run on this machine", lambda _shell: []),
    Checkup("host", "lxc", "Compute nodes are containers on this machine", _lxc),
    Checkup("host", "ssh", "Compute nodes are machines of a pool, reached by ssh", _ssh),
)


def main(arguments: list[str], variables: Mapping[str, str]) -> int:
    """Print it; the exit code is 1 when one of those asked for lacks something: by default what every worker needs."""
    names = [checkup.name for checkup in CHECKUPS]
    parser = argparse.ArgumentParser(prog="ditrit doctor", description="Say what this machine lacks for workers.")
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        choices=[[], *names],
        help=f"exit with 1 if it lacks something: {', '.join(names)}",
    )
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")
    options = parser.parse_args(arguments)
    found = {checkup: checkup.missing(Shell(variables)) for checkup in CHECKUPS}
    if options.json:
        rows = [{"kind": c.kind, "name": c.name, "about": c.about, "missing": lacks} for c, lacks in found.items()]
        sys.stdout.write(json.dumps(rows, indent=2) + "\n")
    else:
        sys.stdout.write("".join(_line(checkup, lacks) for checkup, lacks in found.items()))
    asked = options.names or ["script", "local"]
    return int(any(lacks for checkup, lacks in found.items() if checkup.name in asked))


def _line(checkup: Checkup, lacks: list[str]) -> str:
    said = ["ready"] if not lacks else [f"lacks {one}" for one in lacks]
    head = f"{checkup.kind:<9} {checkup.name:<8}"
    return "".join(f"{head if not number else '':<18}{line}\n" for number, line in enumerate(said))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
