"""Which executor runs which artifact.

Place in the flow: the daemon asks it with the implementation of an operation; the artifact's type decides, or the
nearest type that it derives from; without a known type the file's extension, without a known extension it is a script.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from engine.weaving.machines import HOST_ARTIFACT
from worker.executors.base import Executor
from worker.executors.function import FunctionExecutor
from worker.executors.playbooks.executor import PlaybookExecutor
from worker.executors.plugins import plugged_in
from worker.executors.program import ProgramExecutor
from worker.executors.script import ScriptExecutor

BASH = "tosca.artifacts.Implementation.Bash"
PYTHON = "tosca.artifacts.Implementation.Python"
FUNCTIONS = "ditrit.artifacts.PythonFunctions"
ANSIBLE = "tosca.artifacts.Implementation.Ansible"
PLAYBOOKS = (ANSIBLE, "tosca.artifacts.Implementation.YAML", "org.alien4cloud.artifacts.AnsiblePlaybook")
"""What the field calls them: Yorc, the Infrastructure Manager, and Alien4Cloud."""


class ExecutorRegistry:
    """Finds executors; every artifact has one."""

    def __init__(self, types: Mapping[str, Executor], extensions: Mapping[str, Executor], default: Executor) -> None:
        self._types = dict(types)
        self._extensions = dict(extensions)
        self._default = default

    def find(self, artifact_type: str | None, implementation: str, bases: Sequence[str] = ()) -> Executor:
        """The executor for an artifact: full name of its type, if it has one, and its file.

        ``bases`` are the types that its type derives from, the nearest first.
        """
        for name in (artifact_type, *bases):
            if name in self._types:
                return self._types[name]
        return self._extensions.get(PurePosixPath(implementation).suffix.lower(), self._default)


def default_registry(spool: Path) -> ExecutorRegistry:
    """The executors that come with the product, and those of other packages.

    What operations print is held in the folder ``spool``.

    Raises:
        ExecutorError: another package brings one that does not fit.
    """
    script, playbook = ScriptExecutor(spool), PlaybookExecutor(spool)
    types: dict[str, Executor] = {BASH: script, PYTHON: script, HOST_ARTIFACT: ProgramExecutor(spool)}
    types[FUNCTIONS] = FunctionExecutor(spool)
    types |= dict.fromkeys(PLAYBOOKS, playbook)
    extensions: dict[str, Executor] = {".sh": script, ".py": script, ".yml": playbook, ".yaml": playbook}
    for name, executor in plugged_in(spool, [*types, *extensions]).items():
        (extensions if name.startswith(".") else types)[name] = executor
    return ExecutorRegistry(types, extensions, script)
