"""Which executor runs which artifact.

Place in the flow: the daemon asks it with the implementation of an operation; the artifact's type decides, without a
known type the file's extension, without a known extension it is a script.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from engine.weaving.machines import HOST_ARTIFACT
from worker.executors.base import Executor
from worker.executors.program import ProgramExecutor
from worker.executors.script import ScriptExecutor

BASH = "tosca.artifacts.Implementation.Bash"
PYTHON = "tosca.artifacts.Implementation.Python"


class ExecutorRegistry:
    """Finds executors; every artifact has one."""

    def __init__(self, types: Mapping[str, Executor], extensions: Mapping[str, Executor], default: Executor) -> None:
        self._types = dict(types)
        self._extensions = dict(extensions)
        self._default = default

    def find(self, artifact_type: str | None, implementation: str) -> Executor:
        """The executor for an artifact: full name of its type, if it has one, and its file."""
        if artifact_type in self._types:
            return self._types[artifact_type]
        return self._extensions.get(PurePosixPath(implementation).suffix.lower(), self._default)


def default_registry(spool: Path) -> ExecutorRegistry:
    """The executors that come with the product; what operations print is held in the folder ``spool``."""
    script = ScriptExecutor(spool)
    types = {BASH: script, PYTHON: script, HOST_ARTIFACT: ProgramExecutor(spool)}
    return ExecutorRegistry(types, {".sh": script, ".py": script}, script)
