"""Runs the programs of host providers, on the worker's own machine.

Place in the flow: the executor of a provider's operations (``Host.create``, …).  Such a program is a process like that
of a script, with the same log, time limit, outputs and end; only its command is the provider's, not the archive's.
"""

from __future__ import annotations

from pathlib import Path

from worker.executors.base import OperationRequest
from worker.executors.script import ScriptExecutor
from worker.hosts.base import Launch


class ProgramExecutor(ScriptExecutor):
    """Starts the command that the request brings."""

    def launch(self, request: OperationRequest, variables: dict[str, str]) -> Launch:
        return Launch(list(request.program), Path("/"), variables)
