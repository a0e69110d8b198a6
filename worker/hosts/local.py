"""The worker's own machine."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePath

from worker.hosts.base import Host, Launch


class LocalHost(Host):
    """Operations run beside the worker, as its user."""

    def carry(self, folder: Path) -> PurePath:
        return folder.absolute()

    def outputs(self, folder: Path) -> tuple[Path, PurePath]:
        return folder, folder

    def launch(self, command: Sequence[str], folder: PurePath, variables: Mapping[str, str]) -> Launch:
        return Launch(list(command), Path(folder), dict(variables))

    def kill_leftovers(self, _operation_id: str, _attempt: int) -> None:
        return  # all of them are seen from here

    def ansible(self) -> dict[str, str]:
        return {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}

    def ansible_from_elsewhere(self, *, called_for: bool) -> dict[str, str]:  # noqa: ARG002 - takes no time
        return self.ansible()  # operations of all nodes run beside their workers


LOCAL_HOST = LocalHost()
