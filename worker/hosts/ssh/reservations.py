"""Which machine of the pool is whose.

Place in the flow: each machine holds the name of the node instance that it is reserved for (`worker.hosts.ssh.remote`);
workers keep nothing but a note of where they have found whose, which only says where to ask first.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from worker.hosts.base import HostError
from worker.hosts.ssh.connection import INSIDE, Connection, say
from worker.hosts.ssh.pool import PoolMachine, read_pool
from worker.hosts.wanted import Wanted

_AT_ONCE = 16  # machines that are asked at the same time


@dataclass(frozen=True, slots=True)
class Reservations:
    """The machines of a pool, as one owner sees them: a node instance of one installation."""

    pool: Path | None
    folder: Path
    owner: str

    def connection(self, machine: PoolMachine) -> Connection:
        """The way to a machine."""
        return Connection(machine, self.folder)

    def find(self) -> PoolMachine | None:
        """The machine that is reserved for the owner; None when none is.

        Raises:
            HostError: machines that do not answer may be the one.
        """
        machines = read_pool(self.pool)
        noted = self._noted()
        for machine in machines:
            if machine.name == noted and self._owner(machine) == self.owner:
                return machine
        return self._search(machines)

    def require(self) -> PoolMachine:
        """The same.

        Raises:
            HostError: there is none, too.
        """
        found = self.find()
        if found is None:
            raise HostError(f"no machine of the pool is reserved for {self.owner}")
        return found

    def reserve(self, wanted: Wanted, *, again: bool) -> PoolMachine:
        """The machine that is reserved for the owner; the first that fits and is free becomes it.

        When it is tried ``again``, a machine that does not answer may be the one; else such machines are passed over.

        Raises:
            HostError: there is none.
        """
        machines = read_pool(self.pool)
        owners = self._owners(machines)
        for machine in machines:
            if owners[machine] == self.owner:
                self._note(machine)
                return machine
        silent = {machine: said for machine, said in owners.items() if isinstance(said, HostError)}
        for problem in silent.values():
            if again or self._noted() is not None:
                raise problem
            say(f"{problem}; going on with the others")
        fitting = [machine for machine in machines if machine.fits(wanted)]
        for machine in fitting:
            if owners[machine] is None and self._reserved(machine):
                return machine
        problems = [str(silent[machine]) for machine in fitting if machine in silent]
        counted = f"of {len(machines)} in the pool {len(fitting)} fit, of those 0 are free"
        told = f" ({len(problems)} cannot be used: {problems[0]})" if problems else ""
        raise HostError(f"no machine can be had: {counted}{told}")

    def release(self) -> list[PoolMachine]:
        """Give back, empty, what is reserved for the owner.

        Raises:
            HostError: it cannot be, or a machine that does not answer may be the one.
        """
        released: list[PoolMachine] = []
        while True:
            try:
                found = self.find()
            except HostError:
                if not released:
                    raise
                found = None
            if found is None:
                self._place.unlink(missing_ok=True)
                return released
            self.connection(found).ask(do="release", owner=self.owner)
            released.append(found)

    def _reserved(self, machine: PoolMachine) -> bool:
        """Whether it is ours now; somebody else may have been faster."""
        if self.connection(machine).ask(do="reserve", owner=self.owner)["owner"] != self.owner:
            return False
        self._note(machine)
        return True

    def _search(self, machines: Sequence[PoolMachine]) -> PoolMachine | None:
        owners = self._owners(machines)
        for machine, said in owners.items():
            if said == self.owner:
                self._note(machine)
                return machine
        for said in owners.values():
            if isinstance(said, HostError):
                raise said
        return None

    def _owners(self, machines: Sequence[PoolMachine]) -> dict[PoolMachine, str | HostError | None]:
        """For whom each is reserved, or why it does not say."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return dict(zip(machines, pool.map(self._owner, machines), strict=True))

    def _owner(self, machine: PoolMachine) -> str | HostError | None:
        try:
            return self.connection(machine).read(INSIDE / "reserved/owner")
        except HostError as error:
            return error

    @property
    def _place(self) -> Path:
        return self.folder / f"{self.owner}.machine"

    def _noted(self) -> str | None:
        try:
            return self._place.read_text()
        except FileNotFoundError:
            return None

    def _note(self, machine: PoolMachine) -> None:
        made = self._place.with_name(f".{self._place.name}.{os.getpid()}")
        made.write_text(machine.name)
        made.rename(self._place)
