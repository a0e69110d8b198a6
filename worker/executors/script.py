"""Runs scripts: a file with a ``#!`` line as it is, Python files with python3, all others with bash.

Place in the flow: the executor of the artifact types Bash and Python and of files without a type.  One process for each
operation, in a session of its own; its end makes a pidfd readable, so the daemon waits for all of them at once.
"""

from __future__ import annotations

import errno
import os
import re
import signal
import subprocess
import threading
import time
import weakref
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from tosca.model import Value
from worker.environment import InputError, as_text, environment_of, passed_on
from worker.executors.base import Executor, OperationRequest, Result, RunningOperation
from worker.executors.leftovers import kill_leftovers
from worker.executors.outputs import VARIABLE, OutputError, OutputFile, private_folder
from worker.executors.spool import Spool, sweep
from worker.hosts.base import HostError, Launch

OUTPUT_LIMIT = 1 << 20
GRACE = 5.0  # seconds between SIGTERM and SIGKILL
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


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
        spool = Spool(self._spool, self._output_limit)
        try:
            for note in notes:
                spool.note(note)
            process = _spawn(launch, self._nothing, spool)
            return RunningScript(request, process, spool, outputs, self._grace, started=started)
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


class RunningScript(RunningOperation):
    """A script under way."""

    def __init__(
        self,
        request: OperationRequest,
        process: subprocess.Popen[bytes],
        spool: Spool,
        outputs: OutputFile,
        grace: float,
        *,
        started: float,
    ) -> None:
        self.request = request
        self._process = process
        self._spool = spool
        self._outputs = outputs
        self._grace = grace
        self._started = started
        self._reaping = threading.Lock()
        self._handle = _watch(process)
        limit = request.time_limit
        self._time_limit = None if limit is None else time.monotonic() + limit
        self._stopped: str | None = None  # why it was stopped
        self._kill_at: float | None = None
        self._result: Result | None = None

    def fileno(self) -> int:
        return self._handle

    def result(self) -> Result | None:
        if self._result is None and self._ended():
            self._result = self._conclude()
        return self._result

    def tend(self, now: float) -> None:
        if self._result is not None or self._ended():
            return
        self._spool.tend()
        if self._time_limit is not None and now >= self._time_limit and self._stopped is None:
            self.stop(f"time limit of {self.request.time_limit:.10g} s exceeded")
        elif self._kill_at is not None and now >= self._kill_at:
            self._signal(signal.SIGKILL)

    def stop(self, reason: str) -> None:
        if self._result is None and self._stopped is None and not self._ended():
            self._stopped = reason
            self._kill_at = time.monotonic() + self._grace
            self._signal(signal.SIGTERM)

    def kill(self) -> None:
        if self._result is not None:
            return
        self._stopped = self._stopped or "killed by the worker"
        self._signal(signal.SIGKILL)
        self._reap()
        result = self._conclude()
        if result.output is not None:
            result.output.unlink(missing_ok=True)
        self._result = replace(result, output=None)

    def cut(self) -> None:
        self._stopped = self._stopped or "the worker has lost its lease"
        self._signal(signal.SIGKILL)
        kill_leftovers(self.request.id, self.request.attempt)

    def _ended(self) -> bool:
        """Whether the process has ended; it stays a zombie, so that nobody else can get its process group's number."""
        if self._process.returncode is not None:
            return True
        return os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def _signal(self, number: signal.Signals) -> None:
        with self._reaping:
            if self._process.returncode is None:
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(self._process.pid, number)

    def _reap(self) -> int:
        """Wait for its end; afterwards its number may be another process's, so nobody signals it meanwhile."""
        with self._reaping:
            return self._process.wait()

    def _conclude(self) -> Result:
        ended = time.time()
        if self._stopped is not None:
            self._signal(signal.SIGKILL)  # of an operation that was stopped nothing stays
        code = self._reap()
        if self._stopped is not None:
            kill_leftovers(self.request.id, self.request.attempt)
        os.close(self._handle)
        self._handle = -1
        output, last = self._spool.finish()
        outputs, error = self._said(self._stopped or _error(code, last))
        return Result(code, error, self._started, ended, output, outputs)

    def _said(self, error: str | None) -> tuple[dict[str, Value], str | None]:
        """Its outputs, and why it failed; one that failed has none."""
        try:
            return ({} if error else self._outputs.read()), error
        except OutputError as malformed:
            return {}, str(malformed)
        finally:
            self._outputs.remove()


class EndedAtOnce(RunningOperation):
    """An operation for which nothing needs to run."""

    def __init__(self, result: Result) -> None:
        self._handle = os.eventfd(1)  # readable at once
        self._result = result

    def fileno(self) -> int:
        return self._handle

    def result(self) -> Result:
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1
        return self._result

    def tend(self, now: float) -> None:
        pass

    def stop(self, reason: str) -> None:
        pass

    def kill(self) -> None:
        self.result()

    def cut(self) -> None:
        pass


class FailedStart(EndedAtOnce):
    """An operation that could not even be started."""

    def __init__(self, error: str, started: float) -> None:
        super().__init__(Result(None, error, started, time.time(), None))


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


def _error(code: int, last: bytes) -> str | None:
    if code == 0:
        return None
    ending = f"killed by {_signal_name(-code)}" if code < 0 else f"exit code {code}"
    lines = [line for line in last.decode(errors="replace").splitlines() if line.strip()]
    return f"{ending}: {_CONTROL.sub('�', lines[-1].strip())[:200]}" if lines else ending


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"  # real-time signals between the first and the last have no name


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
