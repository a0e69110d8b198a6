"""Containers as the worker uses them: how an operation gets into one."""

from __future__ import annotations

import os
import shutil
import sys
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from worker.environment import DEFAULT_PATH
from worker.hosts.base import Host, HostError, HostProvider, Launch, Machine
from worker.hosts.lxc.layout import INSIDE, Container, container_of

_HOME = {"PATH": DEFAULT_PATH, "HOME": "/root", "USER": "root"}  # the worker's own mean nothing in a container
_NOT_PASSED = frozenset({"TMPDIR"})


@dataclass(frozen=True, slots=True)
class LxcSettings:
    """Where containers lie on this machine, and how they are connected."""

    root: Path
    images: Path
    bridge: str
    network: str  # in CIDR notation; its first address is the bridge's


class LxcHost(Host):
    """One container."""

    def __init__(self, container: Container) -> None:
        self._container = container

    def carry(self, folder: Path) -> PurePath:
        """Copy the archive into a folder that the container sees; one that writes into it spoils nobody else's."""
        self._require()
        there = self._container.archives / folder.name
        if not there.is_dir():
            made = self._container.archives / f".{uuid.uuid4().hex}"
            shutil.copytree(folder, made, symlinks=True)
            try:
                made.rename(there)
            except OSError:
                shutil.rmtree(made, ignore_errors=True)
                if not there.is_dir():  # nobody else was faster
                    raise
        return INSIDE / "archives" / folder.name

    def outputs(self, _folder: Path) -> tuple[Path, PurePath]:
        self._require()
        return self._container.outputs, INSIDE / "outputs"

    def launch(self, command: Sequence[str], folder: PurePath, variables: Mapping[str, str]) -> Launch:
        # The environment of lxc-attach is that of the command: nothing of it is seen in a list of processes.
        inside = ["sh", "-c", 'cd "$1" && shift && exec "$@"', "sh", str(folder), *command]
        attach = ["lxc-attach", "-P", str(self._container.root), "-n", self._container.name, "--keep-env", "--"]
        kept = {name: value for name, value in variables.items() if name not in _NOT_PASSED}
        return Launch([*attach, *inside], Path("/"), kept | _HOME)

    def kill_leftovers(self, _operation_id: str, _attempt: int) -> None:
        return  # processes of a container are seen from here

    def ansible(self) -> dict[str, str]:
        return {
            "ansible_connection": "ditrit_lxc",
            "ansible_host": self._container.name,
            "ditrit_lxc_path": str(self._container.root),
            "ansible_python_interpreter": "/usr/bin/python3",
        }

    def ansible_from_elsewhere(self, *, called_for: bool) -> dict[str, str]:  # noqa: ARG002 - takes no time
        return self.ansible()  # it fails where the container is on another machine

    def _require(self) -> None:
        if not self._container.config.exists():
            raise HostError(f"there is no container {self._container.name} on this machine ({os.uname().nodename})")


class LxcProvider(HostProvider):
    """The containers of this machine."""

    def __init__(self, settings: LxcSettings) -> None:
        self._settings = settings

    def host(self, machine: Machine) -> LxcHost:
        return LxcHost(container_of(self._settings.root, machine))

    def program(self, machine: Machine, operation: str) -> list[str]:
        settings = self._settings
        name = container_of(settings.root, machine).name
        places = ["--root", str(settings.root), "--images", str(settings.images)]
        places += ["--bridge", settings.bridge, "--network", settings.network]
        return [sys.executable, "-m", "worker.hosts.lxc.program", *places, operation, name]
