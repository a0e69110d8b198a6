"""Runs Python functions as operations: the module is the artifact, the function bears the operation's name.

Place in the flow: the executor of the artifact type ``ditrit.artifacts.PythonFunctions``.  Each call is a process of
its own, like a script, on the operation's host: `worker.executors.function_call` is what it runs.
"""

from __future__ import annotations

import json
from pathlib import Path

from worker.executors.base import OperationRequest
from worker.executors.script import ScriptExecutor
from worker.hosts.base import Launch

_CALL = Path(__file__).with_name("function_call.py").read_text(encoding="utf-8")
_INPUTS = "DITRIT_INPUTS"


class FunctionExecutor(ScriptExecutor):
    """Starts Python, which calls the function with the operation's inputs."""

    def launch(self, request: OperationRequest, variables: dict[str, str]) -> Launch:
        with (request.folder / request.implementation).open("rb"):  # not there, or a folder: said before it is started
            pass
        there = request.host.carry(request.folder) / request.implementation
        values = json.dumps(dict(request.inputs), ensure_ascii=False)
        command = ["python3", "-c", _CALL, str(there), request.operation]
        return request.host.launch(command, there.parent, {**variables, _INPUTS: values})
