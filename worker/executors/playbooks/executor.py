"""Runs playbooks by Ansible: each in a process forked from one that has it loaded.

Place in the flow: the executor of the artifact type Ansible and of files ``.yml`` and ``.yaml`` without a type.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import time
import weakref
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from engine.masking import Mask
from tosca.model import Value
from worker.environment import InputError, environment_of, passed_on
from worker.executors.base import Executor, OperationRequest, RunningOperation
from worker.executors.failed import FailedStart
from worker.executors.outputs import VARIABLE, OutputFile, private_folder
from worker.executors.playbooks.client import Forked, ForkServerClient
from worker.executors.playbooks.inventory import hosts
from worker.executors.playbooks.job import Job
from worker.executors.running import GRACE, OUTPUT_LIMIT, Child, RunningProcess, ending, last_line
from worker.executors.spool import Spool, sweep
from worker.hosts.base import HostError

CIRCUMSTANCES = "ditrit"
"""The variable that holds what scripts find in their environment."""
MISSING = "Ansible is not installed here: install the Python package 'ansible-core'"


def installed() -> bool:
    """Whether there is an Ansible to run playbooks with."""
    return importlib.util.find_spec("ansible") is not None


class PlaybookExecutor(Executor):
    """Starts playbooks; ``spool`` is the folder for what they print, ``own`` the environment of the worker.

    Several executors may share a ``server``; without one it has its own.
    """

    def __init__(
        self,
        spool: Path,
        own: Mapping[str, str] | None = None,
        *,
        output_limit: int = OUTPUT_LIMIT,
        grace: float = GRACE,
        server: ForkServerClient | None = None,
    ) -> None:
        spool.mkdir(parents=True, exist_ok=True)
        sweep(spool)
        self._spool = spool
        self._outputs = private_folder(spool)
        self._scratch = _scratch_folder(spool)
        self._passed = passed_on(os.environ if own is None else own)
        self.server = server or ForkServerClient(self._passed, self._scratch)
        if server is None:
            weakref.finalize(self, self.server.close)
        self._output_limit = output_limit
        self._grace = grace

    def start(self, request: OperationRequest) -> RunningOperation:
        started = time.time()
        try:
            if not installed():
                raise FileNotFoundError(MISSING)
            return self._start(request, started)
        except (InputError, HostError, OSError, ValueError) as error:
            reason = error.strerror or str(error) if isinstance(error, OSError) else str(error)
            return FailedStart(f"cannot start {request.implementation}: {reason}", started)

    def close(self) -> None:
        """End the process that runs playbooks, and all that it runs."""
        self.server.close()

    def _start(self, request: OperationRequest, started: float) -> RunningOperation:
        playbook = (request.folder / request.implementation).absolute()
        with playbook.open("rb"):  # what is not there, no file, or not to be read is told as it is of scripts
            pass
        if request.attempt > 1:
            request.host.kill_leftovers(request.id, request.attempt - 1)
        spool = Spool(self._spool, self._output_limit, Mask(request.secrets))
        outputs = OutputFile(self._outputs)
        scratch = self._scratch / outputs.path.name
        try:
            for name in request.inputs:
                if name == CIRCUMSTANCES:
                    spool.note(f"input {name!r} is not passed on: the name is reserved")
            scratch.mkdir(mode=0o700)
            job = self._job(request, playbook, outputs, scratch)
            forked = self.server.run(request.id, request.attempt, job, spool.handle)
        except BaseException:
            spool.close()
            shutil.rmtree(scratch, ignore_errors=True)
            raise
        return RunningProcess(request, _Playbook(forked, job), spool, outputs, self._grace, started=started)

    def _job(self, request: OperationRequest, playbook: Path, outputs: OutputFile, scratch: Path) -> Job:
        # Inputs are variables; their values are kept out of the environment, which every process on the way inherits.
        circumstances, _ = environment_of(replace(request, inputs={}), {})
        circumstances[VARIABLE] = str(outputs.path)
        variables: dict[str, Value] = {**request.inputs, CIRCUMSTANCES: dict(circumstances)}
        folder = request.folder.absolute()
        return Job(
            playbook=str(playbook),
            archive=str(folder),
            dependencies=tuple(str(folder / one) for one in request.dependencies),
            hosts=hosts(request),
            environment=self._passed | circumstances,
            variables=variables,
            outputs=str(outputs.path),
            scratch=str(scratch),
        )


class _Playbook(Child):
    """The process that runs a playbook: a child of the forkserver, which tells its end."""

    def __init__(self, forked: Forked, job: Job) -> None:
        self._forked = forked
        self._job = job

    def fileno(self) -> int:
        return self._forked.fileno()

    def ended(self) -> bool:
        return self._forked.ended()

    def signal(self, number: signal.Signals) -> None:
        self._forked.signal(number)

    def reap(self) -> int | None:
        self._forked.wait()
        return self._forked.code

    def failure(self, code: int | None, last: bytes) -> str | None:
        if code == 0:
            return None
        if code is None:
            return self._forked.error or "the process that runs playbooks has died; it says why in the worker's log"
        try:
            return self._job.reason.read_text()
        except OSError:  # it was killed before it could say any
            line = last_line(last)
            return f"{ending(code)}: {line}" if line else ending(code)

    def close(self) -> None:
        self._forked.close()
        shutil.rmtree(self._job.scratch, ignore_errors=True)


def _scratch_folder(spool: Path) -> Path:
    """The folder beside the spool for folders of operations, which nobody else may enter; old workers' are removed."""
    folder = spool.absolute().with_name(f"{spool.name}.playbooks")
    folder.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)  # whoever made it
    for path in folder.iterdir():
        if not Path("/proc", path.name.partition("-")[0]).exists():
            shutil.rmtree(path, ignore_errors=True)
    return folder
