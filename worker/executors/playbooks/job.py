"""What the process that runs a playbook is told: everything, in one piece.

Place in the flow: `OperationRequest` → **Job** → the forked process.  It travels as JSON in a file that has no name and
no place on any disk, for its variables may be secrets: neither arguments nor messages hold them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tosca.model import Value


@dataclass(frozen=True, slots=True)
class Host:
    """A host of the inventory."""

    name: str
    groups: tuple[str, ...]
    variables: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Job:
    """One run of one playbook."""

    playbook: str  # absolute path
    archive: str  # absolute path of the folder with the extracted CSAR
    dependencies: tuple[str, ...]  # absolute paths: found by their last part, wherever they are
    hosts: tuple[Host, ...]  # the first is the operation's own; plays run on no other
    environment: Mapping[str, str]
    variables: Mapping[str, Value]
    outputs: str  # the file for outputs
    scratch: str  # a folder of its own, which nobody else may enter and the worker removes

    @property
    def marks(self) -> dict[str, str]:
        """What each process of the operation carries in its environment: see `worker.executors.leftovers`."""
        return {name: self.environment[name] for name in ("DITRIT_OPERATION", "DITRIT_ATTEMPT")}

    @property
    def reason(self) -> Path:
        """The file for the reason of a failure."""
        return Path(self.scratch, "reason")

    def written(self) -> int:
        """A descriptor of a file with it, to be closed by the caller.

        Raises:
            ValueError: a value that JSON cannot hold.
        """
        content = json.dumps(asdict(self)).encode()
        handle = os.memfd_create("job")
        try:
            with os.fdopen(os.dup(handle), "wb") as stream:
                stream.write(content)
        except BaseException:
            os.close(handle)
            raise
        return handle


def read_job(handle: int) -> Job:
    """What a file says, which is closed."""
    with os.fdopen(handle, "rb") as stream:
        stream.seek(0)
        found: dict[str, Any] = json.load(stream)
    hosts = tuple(Host(one["name"], tuple(one["groups"]), one["variables"]) for one in found.pop("hosts"))
    return Job(hosts=hosts, dependencies=tuple(found.pop("dependencies")), **found)
