"""The system's ``ssh``, with one connection for all that is done on a machine.

Place in the flow: `worker.hosts.ssh.operation` and `worker.hosts.ssh.program` ask `worker.hosts.ssh.remote`, over this
connection.  It is opened apart from what uses it, without the marks of any operation, so that no operation's end is the
end of another's connection; a minute after its last use it closes by itself.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shlex
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import IO, Any

from worker.environment import DEFAULT_PATH
from worker.executors import leftovers
from worker.hosts.base import HostError
from worker.hosts.ssh import remote
from worker.hosts.ssh.pool import PoolMachine

INSIDE = PurePath(remote.ROOT)
PATIENCE = 5  # seconds for a machine to answer
PERSIST = 60  # seconds that a connection stays open after its last use
ANSWER = b"\x1e"  # a line of ours on stderr begins with it, all others are ssh's
_PROGRAM = {"remote.py": Path(remote.__file__), "worker/executors/leftovers.py": Path(leftovers.__file__)}
_ENVIRONMENT = {"PATH": DEFAULT_PATH, "LC_ALL": "C"}
_LONGEST_SOCKET = 90  # bytes of its path; while it is made ssh adds 17, and 107 are the most
_UNPACK = (
    'mkdir -p "${1%/*}" && made=$(mktemp -d "${1%/*}/.XXXXXXXX") && tar -xf - -C "$made" && chmod 755 "$made" && '
    '{ mv -T "$made" "$1" 2> /dev/null || rm -rf "$made"; } && test -d "$1"'
)


@dataclass(frozen=True, slots=True)
class Connection:
    """The way to one machine; ``sockets`` is a folder that nobody else may enter."""

    machine: PoolMachine
    sockets: Path

    def options(self) -> list[str]:
        """What ssh is told: no questions, no keys but the machine's, no host that is not known."""
        machine, socket = self.machine, self._socket
        said = {
            "BatchMode": "yes",
            "ConnectTimeout": str(PATIENCE),
            "ServerAliveInterval": "5",
            "ServerAliveCountMax": "3",
            "StrictHostKeyChecking": "yes",
            "UserKnownHostsFile": _quoted(machine.known_hosts),
            "GlobalKnownHostsFile": "/dev/null",
            "UpdateHostKeys": "no",
            "IdentitiesOnly": "yes",
            "IdentityFile": _quoted(machine.key),
            "ForwardAgent": "no",
            "ControlMaster": "no",
            "ControlPath": "none" if socket is None else _quoted(socket),
        }
        return [part for name, value in said.items() for part in ("-o", f"{name}={value}")]

    def open(self) -> None:
        """Open the connection unless it is.

        Raises:
            HostError: the machine does not answer, is another than is known, or does not let us in.
        """
        self.sockets.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.sockets / f"{self.machine.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # of two masters the second would not be found by anybody
            if self._socket is None or self._ssh("-O", "check").returncode:
                master = ("-M", "-N", "-f", "-o", f"ControlPersist={PERSIST}")
                self._require(self._ssh(*master) if self._socket else self._ssh(command=["true"]))

    def ask(self, **asked: Any) -> dict[str, Any]:
        """Let the machine do something and return its answer.

        Raises:
            HostError: it cannot be asked, or cannot do it.
        """
        self.supply({})
        ended = self._ssh(command=program(), given=json.dumps(asked).encode() + b"\n")
        return self.answer(ended.stderr, ended.returncode)

    def read(self, path: PurePath) -> str | None:
        """What a file there says; None when it is not there.

        Raises:
            HostError: the machine cannot be asked.
        """
        self.open()
        ended = self._ssh(command=["cat", str(path)])
        if ended.returncode == 255:
            self._require(ended)
        return None if ended.returncode else ended.stdout.decode(errors="replace")

    def supply(self, folders: dict[Path, PurePath]) -> None:
        """Copy our program, and folders, to where they are to lie, unless they are there.

        Raises:
            HostError, OSError: they cannot be.
        """
        self.open()
        wanted: dict[str, Callable[[tarfile.TarFile], None]] = {str(library()): _add_program}
        wanted |= {str(there): _adder(folder) for folder, there in folders.items()}
        missing = self._ssh(command=["sh", "-c", 'for d; do test -d "$d" || echo "$d"; done', "sh", *wanted])
        self._require(missing)
        for there in missing.stdout.decode().split():
            self._unpack(there, wanted[there])

    def start(self, printed: int | None = None) -> subprocess.Popen[bytes]:
        """Start our program there, with pipes to its stdin and from its stderr.

        It has a process group of its own: what ends the caller at once must not keep it from ending in order.
        """
        return self._popen(program(), stdout=printed, stderr=subprocess.PIPE)

    def answer(self, said: bytes, code: int) -> dict[str, Any]:
        """What our program has answered.

        Raises:
            HostError: it has not, or could not do what it was asked for.
        """
        for line in said.splitlines():
            if line.startswith(ANSWER):
                found: dict[str, Any] = json.loads(line[1:])
                if "error" in found:
                    raise HostError(f"{self.machine}: {found['error']}")
                return found
        raise HostError(self.problem(said, code))

    def problem(self, said: bytes, code: int) -> str:
        """Why ssh did not do what it was to do, in words."""
        text = said.decode(errors="replace").strip()
        if "Host key verification failed" in text or "REMOTE HOST IDENTIFICATION HAS CHANGED" in text:
            return f"{self.machine} is refused: it has another host key than those in {self.machine.known_hosts}"
        last = text.splitlines()[-1].strip() if text else "ssh does not say why"
        if code == 127 or "python3: not found" in text:
            return f"{self.machine} lacks python3: {last}"
        return f"{self.machine} cannot be used: {last}" if code != 255 else f"{self.machine} cannot be reached: {last}"

    @property
    def _socket(self) -> Path | None:
        """Where the connection is found; None when a socket cannot lie there: each use then has its own."""
        made = self.sockets / hashlib.sha256(str(self.machine).encode()).hexdigest()[:8]
        return made if len(os.fsencode(made)) <= _LONGEST_SOCKET else None

    def _require(self, ended: subprocess.CompletedProcess[bytes]) -> None:
        if ended.returncode:
            raise HostError(self.problem(ended.stderr, ended.returncode))

    def _arguments(self, *flags: str) -> list[str]:
        machine = self.machine
        return ["ssh", "-F", "none", *self.options(), *flags, "-p", str(machine.port), "-l", machine.user]

    def _ssh(self, *flags: str, command: Sequence[str] = (), given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        # A file and no pipe: what stays in the background may keep it open for long.
        with tempfile.TemporaryFile() as errors:
            arguments = [*self._arguments(*flags), self.machine.address, *([shlex.join(command)] if command else [])]
            with _cannot_start():
                ended = subprocess.run(  # noqa: S603 - our own commands; the far shell gets quoted words
                    arguments,
                    check=False,
                    input=given,
                    stdout=subprocess.PIPE if command else errors,
                    stderr=errors,
                    env=_ENVIRONMENT,
                )
            errors.seek(0)
            return subprocess.CompletedProcess(arguments, ended.returncode, ended.stdout or b"", errors.read())

    def _popen(self, command: Sequence[str], stdout: int | None, stderr: int | IO[bytes]) -> subprocess.Popen[bytes]:
        with _cannot_start():
            return subprocess.Popen(  # noqa: S603 - our own commands; the far shell gets quoted words
                [*self._arguments(), self.machine.address, shlex.join(command)],
                stdin=subprocess.PIPE,
                stdout=stdout,
                stderr=stderr,
                env=_ENVIRONMENT,
                start_new_session=True,
            )

    def _unpack(self, there: str, add: Callable[[tarfile.TarFile], None]) -> None:
        with tempfile.TemporaryFile() as errors:
            process = self._popen(["sh", "-c", _UNPACK, "sh", there], subprocess.DEVNULL, errors)
            assert process.stdin is not None  # noqa: S101 - a pipe
            with suppress(BrokenPipeError), process.stdin, tarfile.open(fileobj=process.stdin, mode="w|") as archive:
                add(archive)
            code = process.wait()
            errors.seek(0)
            self._require(subprocess.CompletedProcess([], code, b"", errors.read()))


@contextmanager
def _cannot_start() -> Iterator[None]:
    """Say what is missing when ssh is."""
    try:
        yield
    except FileNotFoundError as error:
        raise HostError("ssh is not there: this machine lacks the package openssh-client") from error


def library() -> PurePath:
    """Where our program lies there: another version of it has another place."""
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in _PROGRAM.values())).hexdigest()
    return INSIDE / "lib" / digest[:16]


def program() -> list[str]:
    """The command that starts it."""
    return ["python3", "-EsB", str(library() / "remote.py")]


def _add_program(archive: tarfile.TarFile) -> None:
    for name, path in _PROGRAM.items():
        archive.add(path, name, filter=_ours)


def _adder(folder: Path) -> Callable[[tarfile.TarFile], None]:
    return lambda archive: archive.add(folder, ".", filter=_ours)


def _ours(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


def _quoted(path: Path) -> str:
    """A path as a value of ssh's configuration."""
    return '"' + str(path).replace("%", "%%").replace('"', '\\"') + '"'


def say(line: str) -> None:
    """Print a line into the operation's log, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
