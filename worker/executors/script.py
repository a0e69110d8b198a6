"""Runs scripts: a file with a ``#!`` line as it is, Python files with python3, all others with bash.

Place in the flow: the executor of the artifact types Bash and Python and of files without a type.  One process for each
operation, in a session of its own; its end makes a pidfd readable, so the daemon waits for all of them at once.
"""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import threading
import time
import weakref
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from engine.masking import Mask
from worker.environment import InputError, as_text, environment_of, passed_on
from worker.executors.base import Executor, OperationRequest, RunningOperation
from worker.executors.failed import FailedStart
from worker.executors.outputs import VARIABLE, OutputFile, private_folder
from worker.executors.running import GRACE, OUTPUT_LIMIT, Child, RunningProcess, ending, last_line
from worker.executors.spool import Spool, sweep
from worker.hosts.base import HostError, Launch


class ScriptExecutor(Executor):
    """Starts scripts; ``spool`` is the folder for what they print, ``own`` the environment of the worker."""

    def __init__(
        self,
        spool: Path,
        own: Mapping[str, str] | None = None,
        *,
        output_limit: int = OUTPUT_LIMIT,
        grace: float = GRACE,
    ) -> None:
        spool.mkdir(parents=True, exist_ok=True)
        sweep(spool)
        self._spool = spool
        self._outputs = private_folder(spool)
        self._passed = passed_on(os.environ if own is None else own)
        self._nothing = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)  # everybody's stdin
        weakref.finalize(self, os.close, self._nothing)
        self._output_limit = output_limit
        self._grace = grace

    def start(self, request: OperationRequest) -> RunningOperation:
        started = time.time()
        try:
            return self._start(request, started)
        except (InputError, HostError, OSError) as error:
            return FailedStart(f"cannot start {request.implementation}: {_reason(error, request)}", started)

    def _start(self, request: OperationRequest, started: float) -> RunningOperation:
        variables, notes = environment_of(request, self._passed)
        here, there = request.host.outputs(self._outputs)
        outputs = OutputFile(here)
        variables[VARIABLE] = str(there / outputs.path.name)
        launch = self.launch(request, variables)
        spool = Spool(self._spool, self._output_limit, Mask(request.secrets))
        try:
            for note in notes:
                spool.note(note)
            process = _spawn(launch, self._nothing, spool)
            return RunningProcess(request, _Script(process), spool, outputs, self._grace, started=started)
        except BaseException:
            spool.close()
            raise

    def launch(self, request: OperationRequest, variables: dict[str, str]) -> Launch:
        """What is started for an operation.

        Raises:
            HostError, OSError: it cannot be.
        """
        script = request.folder / request.implementation
        interpreter = interpreter_of(script)
        there = request.host.carry(request.folder) / request.implementation
        return request.host.launch([*interpreter, str(there)], there.parent, variables)


class _Script(Child):
    """The process of a script: a child of the worker, which a pidfd watches."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._reaping = threading.Lock()
        self._handle = _watch(process)

    def fileno(self) -> int:
        return self._handle

    def ended(self) -> bool:
        """Whether the process has ended; it stays a zombie, so that nobody else can get its process group's number."""
        if self._process.returncode is not None:
            return True
        return os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def signal(self, number: signal.Signals) -> None:
        with self._reaping:
            if self._process.returncode is None:
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(self._process.pid, number)

    def reap(self) -> int:
        """Wait for its end; afterwards its number may be another process's, so nobody signals it meanwhile."""
        with self._reaping:
            return self._process.wait()

    def failure(self, code: int | None, last: bytes) -> str | None:
        if not code:
            return None
        line = last_line(last)
        return f"{ending(code)}: {line}" if line else ending(code)

    def close(self) -> None:
        os.close(self._handle)


def interpreter_of(script: Path) -> list[str]:
    """What a file is run with; nothing if it says so itself."""
    handle = os.open(script, os.O_RDONLY | os.O_CLOEXEC)
    try:
        start = os.read(handle, 4)
        mode = os.fstat(handle).st_mode
    finally:
        os.close(handle)
    if start.startswith(b"#!") or start == b"\x7fELF":
        if mode & 0o111 != 0o111:
            script.chmod(mode | 0o111)
        return []
    return ["python3" if script.suffix == ".py" else "bash"]


def _spawn(launch: Launch, nothing: int, spool: Spool) -> subprocess.Popen[bytes]:
    # No preexec_fn: without one the child is made by vfork, whatever the size of the worker.
    return subprocess.Popen(  # noqa: S603 - running what the CSAR brings is what this module is for
        launch.command,
        stdin=nothing,
        stdout=spool.handle,
        stderr=spool.handle,
        cwd=launch.folder,
        env=launch.variables,
        start_new_session=True,
    )


def _watch(process: subprocess.Popen[bytes]) -> int:
    try:
        return os.pidfd_open(process.pid)
    except OSError:  # too many open files
        process.kill()
        process.wait()
        raise


def _reason(error: InputError | HostError | OSError, request: OperationRequest) -> str:
    if not isinstance(error, OSError):
        return str(error)
    script = request.folder / request.implementation
    if isinstance(error, FileNotFoundError) and script.is_file():
        return f"its interpreter {_interpreter(script)} is not there"
    if error.errno == errno.E2BIG:
        return f"its inputs are too long for an environment ({_longest(request)})"
    return error.strerror or str(error)


def _interpreter(script: Path) -> str:
    with script.open("rb") as stream:
        first = stream.readline(256).removeprefix(b"#!").strip(b" \t\n").decode(errors="replace")
    return repr(first.split(" ")[0])


def _longest(request: OperationRequest) -> str:
    sizes = {name: len(as_text(value)) for name, value in request.inputs.items()}
    name = max(sizes, key=lambda name: sizes[name], default="")
    return f"the longest is {name!r} with {sizes[name]} characters" if sizes else "it has none"
