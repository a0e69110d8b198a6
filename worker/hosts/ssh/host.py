"""Machines of a pool as the worker uses them: how an operation gets onto one."""

from __future__ import annotations

import logging
import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from worker.hosts.base import UNREACHABLE, Host, HostError, HostProvider, Launch, Machine
from worker.hosts.lxc.layout import container_of
from worker.hosts.ssh.connection import INSIDE
from worker.hosts.ssh.reservations import Reservations

logger = logging.getLogger(__name__)

_NOT_PASSED = frozenset({"TMPDIR"})


@dataclass(frozen=True, slots=True)
class SshSettings:
    """The pool, and a folder for connections and notes; reservations of two installations differ in its name."""

    pool: Path | None
    folder: Path
    installation: str


class SshHost(Host):
    """The machine that is reserved for one node instance."""

    def __init__(self, reservations: Reservations) -> None:
        self._reservations = reservations
        self._archive = Path("/")

    def carry(self, folder: Path) -> PurePath:
        """Remember it: it is copied by the process of the operation, for that takes time."""
        self._archive = folder.absolute()
        return INSIDE / "archives" / folder.name

    def outputs(self, own: Path) -> tuple[Path, PurePath]:
        """The worker's own: the process of the operation brings the file back."""
        return own, own

    def launch(self, command: Sequence[str], folder: PurePath, variables: Mapping[str, str]) -> Launch:
        pool, place = self._reservations.pool, str(self._reservations.folder)
        program = [sys.executable, "-Im", "worker.hosts.ssh.operation", *(["--pool", str(pool)] if pool else [])]
        program += ["--folder", place, "--owner", self._reservations.owner, "--worker", str(os.getpid())]
        program += ["--archive", str(self._archive), "--there", str(folder), "--", *command]
        kept = {name: value for name, value in variables.items() if name not in _NOT_PASSED}
        return Launch(program, Path("/"), kept)

    def kill_leftovers(self, operation_id: str, attempt: int) -> None:
        connection = self._reservations.connection(self._reservations.require())
        connection.ask(do="kill", operation=operation_id, attempt=attempt)

    def ansible(self) -> dict[str, str]:
        """The inventory variables of the reserved machine.

        Raises:
            HostError: there is none, or it does not answer.
        """
        machine = self._reservations.require()
        connection = self._reservations.connection(machine)
        connection.open()  # by what is no process of the operation: see `Connection`
        return {
            "ansible_connection": "ssh",
            "ansible_host": machine.address,
            "ansible_port": str(machine.port),
            "ansible_user": machine.user,
            "ansible_ssh_private_key_file": str(machine.key),
            "ansible_ssh_args": shlex.join(connection.options()),
            "ansible_ssh_pipelining": "true",
            "ansible_ssh_transfer_method": "piped",
            "ansible_python_interpreter": "/usr/bin/python3",
        }

    def ansible_from_elsewhere(self, *, called_for: bool) -> dict[str, str]:
        """The inventory variables of the reserved machine, where it can be had: most operations delegate nothing."""
        try:
            return self.ansible() if called_for else dict(UNREACHABLE)
        except HostError as error:
            logger.info("no task can be delegated to %s: %s", self._reservations.owner, error)
            return dict(UNREACHABLE)


class SshProvider(HostProvider):
    """The machines of a pool."""

    def __init__(self, settings: SshSettings) -> None:
        self._settings = settings

    def host(self, machine: Machine) -> SshHost:
        return SshHost(self._reservations(machine))

    def program(self, machine: Machine, operation: str) -> list[str]:
        found = self._reservations(machine)
        places = ["--folder", str(found.folder), *(["--pool", str(found.pool)] if found.pool else [])]
        return [sys.executable, "-Im", "worker.hosts.ssh.program", *places, operation, found.owner]

    def _reservations(self, machine: Machine) -> Reservations:
        return Reservations(self._settings.pool, self._settings.folder, owner_of(self._settings.installation, machine))


def owner_of(installation: str, machine: Machine) -> str:
    """The name for which a machine is reserved, fit for a file and for a command, in all installations another."""
    named = Machine(f"{installation}\0{machine.model}", machine.instance, machine.node, machine.number)
    return container_of(Path("/"), named).name
