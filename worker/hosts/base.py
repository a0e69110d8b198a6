"""The contract of hosts and of the providers that make them.

Place in the flow: the runner asks the `HostProviders` for the machine at the end of an operation's HostedOn chain; the
executor starts the operation's process on it.  What a provider does to a machine (create, start, stop, delete) is an
operation like any other: a program of the provider, run by the script executor on the worker's own machine.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath


class HostError(Exception):
    """A machine that is not there, or cannot be reached; the operation fails with this message."""


@dataclass(frozen=True, slots=True)
class Machine:
    """Which machine: the instance of the node template at the foot of a HostedOn chain."""

    model: str
    instance: str
    node: str
    number: int


@dataclass(frozen=True, slots=True)
class Launch:
    """How a process is started: its command, and the folder and environment it is started with."""

    command: list[str]
    folder: Path
    variables: dict[str, str]


class Host(ABC):
    """A machine on which operations run."""

    @abstractmethod
    def carry(self, folder: Path) -> PurePath:
        """Make an extracted archive readable there; return where it is found there.

        Raises:
            HostError: the machine is not there.
            OSError: it cannot be written.
        """

    @abstractmethod
    def outputs(self, own: Path, /) -> tuple[Path, PurePath]:
        """The folder for files that operations write: how the worker finds it, and how the operation does.

        ``own`` is the worker's, for hosts that can reach it.
        """

    @abstractmethod
    def launch(self, command: Sequence[str], folder: PurePath, variables: Mapping[str, str]) -> Launch:
        """What to start here so that the command runs there, in a folder there and with these variables alone.

        The variables may be secrets: they never become part of a command.
        """

    @abstractmethod
    def kill_leftovers(self, operation_id: str, attempt: int) -> None:
        """Kill there what this attempt at an operation, or an earlier one, has left; wait until it is gone.

        What is seen from the worker's machine is not its affair: see `worker.executors.leftovers`.

        Raises:
            HostError: the machine is not there, or cannot be reached.
        """

    @abstractmethod
    def ansible(self) -> dict[str, str]:
        """The inventory variables with which Ansible reaches it.

        Raises:
            HostError: the machine is not there, or cannot be reached.
        """

    @abstractmethod
    def ansible_from_elsewhere(self, *, called_for: bool) -> dict[str, str]:
        """The same for a playbook that runs on another host and may delegate tasks to this one.

        A host that cannot be reached in this way has a connection that fails.  What takes time is done for those only
        that the operation is ``called_for``: a node may have a thousand instances.
        """


UNREACHABLE = {"ansible_connection": "none_from_here"}
"""The inventory variables of a host that playbooks cannot reach: a task that is delegated to it fails."""


class HostProvider(ABC):
    """Makes machines of one kind."""

    @abstractmethod
    def host(self, machine: Machine) -> Host:
        """The machine, whether it is there or not."""

    @abstractmethod
    def program(self, machine: Machine, operation: str) -> list[str]:
        """The command that creates, starts, stops or deletes a machine.

        It may be run any number of times: what is done already is left as it is, what an earlier one has begun is
        ended.
        """
