"""A process that judges one archive after the other, under limits; and how a run talks with it.

Place in the flow of a run: case → **bytes to another process** → `benchmarks.fuzz.judge` → verdict.  A process that
takes too long or dies is a finding, and is replaced.
"""

from __future__ import annotations

import resource
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from types import FrameType
from typing import IO

from benchmarks.fuzz.judge import TooLong, Verdict, judged

COMMAND = (sys.executable, "-c", "from benchmarks.fuzz.child import serve; serve()")
SECONDS = 5  # of CPU for one archive
PATIENCE = 12  # times as long on the clock, since others use the processors too
MEMORY = 1 << 30  # bytes of address space
_SIZE = 8


class Child:
    """The process."""

    def __init__(self, command: Sequence[str] = COMMAND, seconds: float = SECONDS) -> None:
        self._command = command
        self._seconds = seconds
        self._errors: IO[bytes] | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def judge(self, data: bytes) -> Verdict:
        """What it says; what is left unsaid when it dies or does not answer is a finding."""
        process = self._process or self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(len(data).to_bytes(_SIZE) + data)
            process.stdin.flush()
        except BrokenPipeError:
            return self._died(process)
        if not select.select([process.stdout], [], [], self._seconds * PATIENCE)[0]:
            self.stop()
            return Verdict(finding="hang", detail=f"no answer after {self._seconds * PATIENCE} s")
        line = process.stdout.readline()
        if not line.endswith(b"\n"):
            return self._died(process)
        verdict = Verdict.decoded(line)
        if verdict.finding.startswith(("TooLong", "MemoryError")):
            self.stop()  # what it still holds must not be laid at the next one's door
        return verdict

    def stop(self) -> None:
        """End the process; the next archive gets a new one."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None
        if self._errors is not None:
            self._errors.close()

    def _start(self) -> subprocess.Popen[bytes]:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the process
        pipe = subprocess.PIPE
        command = [*self._command, str(self._seconds)]
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=self._errors)
        return self._process

    def _died(self, process: subprocess.Popen[bytes]) -> Verdict:
        code, said = process.wait(), ""
        if self._errors is not None:
            self._errors.seek(0)
            said = self._errors.read().decode(errors="replace")
        self.stop()
        return Verdict(finding=f"death of the process, exit code {code}", detail=said[-2000:])


def serve() -> None:
    """Judge what comes in by stdin until it ends; answers are lines on stdout."""
    seconds = float(sys.argv[-1])
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGPROF, _time_is_over)
    while size := sys.stdin.buffer.read(_SIZE):
        data = sys.stdin.buffer.read(int.from_bytes(size))
        sys.stdout.buffer.write(_in_time(data, seconds).encoded())
        sys.stdout.buffer.flush()


def _in_time(data: bytes, seconds: float) -> Verdict:
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        return judged(data)
    except TooLong:  # in the moment after it was judged
        return Verdict(finding="TooLong at the end")
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _time_is_over(_: int, __: FrameType | None) -> None:
    raise TooLong
