"""The forkserver: has Ansible loaded, and forks a process for each playbook.

Place in the flow: a worker starts it at its first playbook and sends it jobs → **a forked process each** →
`worker.executors.playbooks.play`.  Loading Ansible takes much longer than most playbooks; what is forked has it
already, and nothing of one run is seen by the next, since each begins as this process was in the beginning.

It has one thread, since only what has one can fork safely, and ends with its worker: the worker's end of their socket
closes, however it dies.  Then, and when a worker lets go of an operation that has not ended, all processes of the
operation are killed.  A process that has ended stays a zombie until the worker has let go of it, so that the
worker's signals reach no other.
"""

from __future__ import annotations

import ctypes
import gc
import logging
import os
import select
import signal
import socket
import sys
import threading
import traceback
from contextlib import suppress
from dataclasses import dataclass

from worker.executors.leftovers import kill_leftovers
from worker.executors.playbooks.channel import receive, tell
from worker.executors.playbooks.job import Job, read_job
from worker.executors.playbooks.mark import become
from worker.executors.playbooks.play import play, warm_up

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(slots=True)
class _Operation:
    """An operation under way, or ended and not yet let go of."""

    id: str
    attempt: int
    worker: socket.socket
    pid: int = 0
    handle: int = -1  # readable when the process has ended; -1 when that was told


class ForkServer:
    """Takes jobs from one worker."""

    def __init__(self, worker: socket.socket) -> None:
        self._worker = worker
        self._poll = select.poll()
        self._poll.register(worker, select.POLLIN)
        self._operations: dict[int, _Operation] = {}  # by each descriptor that tells of it

    def serve(self) -> None:
        """Serve until the worker is gone."""
        tell(self._worker, {"ready": True})
        try:
            while self._turn():
                pass
        finally:
            self._abandon_all()

    def _turn(self) -> bool:
        """Wait for something to happen; False when the worker is gone."""
        for handle, _ in self._poll.poll():
            if handle == self._worker.fileno():
                if not self._take():
                    return False
            elif (operation := self._operations.get(handle)) is not None:
                self._attend(operation, handle)
        return True

    def _take(self) -> bool:
        """Begin the next job; False when the worker is gone."""
        with suppress(BlockingIOError):
            found = receive(self._worker)
            if found is None:
                return False
            message, (end, job, spool) = found
            operation = _Operation(message["operation"], message["attempt"], socket.socket(fileno=end))
            self._watch(end, operation)
            if self._wanted(operation):
                self._begin(operation, job, spool)
            os.close(job)
            os.close(spool)
        return True

    def _wanted(self, operation: _Operation) -> bool:
        """Whether the worker has not given it up meanwhile."""
        waiting = select.select([operation.worker], [], [], 0)[0]
        if waiting:  # whatever it says: nothing has begun that could be ended gently
            tell(operation.worker, {"code": -signal.SIGKILL})
        return not waiting

    def _begin(self, operation: _Operation, job: int, spool: int) -> None:
        server = os.getpid()
        try:
            operation.pid = os.fork()
            if operation.pid == 0:
                _child(job, spool, server)
            operation.handle = os.pidfd_open(operation.pid)
        except OSError as error:
            if operation.pid:  # nobody could tell its end
                os.kill(operation.pid, signal.SIGKILL)
            tell(operation.worker, {"error": f"cannot fork: {error.strerror}"})
        else:
            self._watch(operation.handle, operation)

    def _watch(self, handle: int, operation: _Operation) -> None:
        self._operations[handle] = operation
        self._poll.register(handle, select.POLLIN)

    def _forget(self, handle: int) -> None:
        self._poll.unregister(handle)
        del self._operations[handle]

    def _attend(self, operation: _Operation, handle: int) -> None:
        if handle == operation.handle:
            self._tell_end(operation)
            return
        try:
            found = receive(operation.worker)
        except BlockingIOError:
            return
        except OSError:
            found = None
        if found is None:
            self._let_go(operation)
        else:
            _signal(operation, found[0]["signal"])

    def _tell_end(self, operation: _Operation) -> None:
        """Tell its exit code; the process stays a zombie."""
        self._forget(operation.handle)
        os.close(operation.handle)
        operation.handle = -1
        ended = os.waitid(os.P_PID, operation.pid, os.WEXITED | os.WNOWAIT)
        if ended is not None:
            exited = ended.si_code == os.CLD_EXITED
            tell(operation.worker, {"code": ended.si_status if exited else -ended.si_status})

    def _let_go(self, operation: _Operation) -> None:
        self._forget(operation.worker.fileno())
        operation.worker.close()
        self._abandon(operation)

    def _abandon(self, operation: _Operation) -> None:
        """End what has not ended; nobody wants to know any more."""
        if operation.handle >= 0:
            _signal(operation, signal.SIGKILL)
            kill_leftovers(operation.id, operation.attempt)
            self._forget(operation.handle)
            os.close(operation.handle)
        if operation.pid:
            os.waitpid(operation.pid, 0)

    def _abandon_all(self) -> None:
        for operation in {id(one): one for one in self._operations.values()}.values():
            self._abandon(operation)


def _signal(operation: _Operation, number: int) -> None:
    if operation.pid:
        with suppress(PermissionError):
            try:
                os.killpg(operation.pid, number)
            except ProcessLookupError:  # it has not yet a session of its own
                os.kill(operation.pid, number)


def _child(job: int, spool: int, server: int) -> None:
    """Be the process of an operation; does not return."""
    code = 250  # what Ansible ends with when something happens that it did not expect
    try:
        read = _settle(job, spool, server)
        code = play(read)
    except BaseException:
        traceback.print_exc()
    finally:
        with suppress(BaseException):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _settle(job: int, spool: int, server: int) -> Job:
    """Leave everything of the forkserver behind: its session, descriptors, environment and folder."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)  # without it nobody would hear of its end
    if os.getppid() != server:
        os._exit(250)
    os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.dup2(spool, 1)
    os.dup2(spool, 2)
    read = read_job(os.dup(job))
    become(read.environment, read.marks)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)  # type: ignore[union-attr]
    os.chdir(os.path.dirname(read.playbook))
    return read


def main(handle: int) -> None:
    """Load Ansible, then serve the worker at the other end of the descriptor."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it ends with its worker, and not before
    warm_up()
    if threading.active_count() > 1:
        raise SystemExit(f"found threads {threading.enumerate()}, expected none: what has threads cannot be forked")
    gc.collect()
    gc.freeze()  # so that memory stays shared with what is forked
    ForkServer(socket.socket(fileno=handle)).serve()


if __name__ == "__main__":
    main(int(sys.argv[1]))
