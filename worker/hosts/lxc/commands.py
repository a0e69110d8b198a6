"""The commands of LXC: start, stop, kill, and whether they are there at all."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from worker.environment import DEFAULT_PATH
from worker.hosts.lxc.kernel import raise_limits
from worker.hosts.lxc.layout import Container

NEEDED = {"lxc-start": "lxc", "lxc-attach": "lxc", "ip": "iproute2", "iptables": "iptables"}
"""Commands, and the Debian package that brings each."""
PATIENCE = 60.0  # seconds for an init to come up
GRACE = 20  # seconds for a container to stop by itself
_MARKS = ("DITRIT_OPERATION", "DITRIT_ATTEMPT")


class LxcError(Exception):
    """What could not be done to a container, and why."""


@dataclass(frozen=True)
class Shell:
    """Runs commands with the environment of this program."""

    variables: Mapping[str, str]

    @property
    def path(self) -> str:
        """Where commands are looked for: those of LXC are not on everybody's path."""
        return os.pathsep.join(filter(None, (self.variables.get("PATH"), DEFAULT_PATH)))

    def find(self, command: str) -> str | None:
        """Where a command is; None when it is not there."""
        return shutil.which(command, path=self.path)

    def run(self, command: Sequence[str], *, marked: bool = True) -> str:
        """Run a command to its end; return what it printed.

        What it starts carries the operation's marks, so that it ends with the operation, unless ``marked`` is false.

        Raises:
            LxcError: it ended with another code than 0.
        """
        variables = {name: value for name, value in self.variables.items() if marked or name not in _MARKS}
        ended = _ended(command, {**variables, "PATH": self.path})
        if ended.returncode:
            said = (ended.stderr or ended.stdout).strip().splitlines()
            raise LxcError(f"{command[0]}: exit code {ended.returncode}: {said[-1] if said else 'it printed nothing'}")
        return ended.stdout


def say(line: str) -> None:
    """Print a line into the operation's log, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def missing(shell: Shell) -> list[str]:
    """What this machine lacks for containers, in words; empty when nothing does."""
    packages = {package for command, package in NEEDED.items() if shell.find(command) is None}
    lacks = [f"the package {package} (apt-get install {package})" for package in sorted(packages)]
    return lacks if os.geteuid() == 0 else ["root: the worker must run as root to make containers", *lacks]


def require(shell: Shell) -> None:
    """Raise `LxcError` if this machine cannot have containers."""
    lacks = missing(shell)
    if lacks:
        raise LxcError(f"cannot make LXC containers here, this machine lacks {'; '.join(lacks)}")


def state(shell: Shell, container: Container) -> str:
    """RUNNING, STOPPED, … as LXC calls it; STOPPED when there is no such container."""
    if not container.config.exists():
        return "STOPPED"
    return shell.run(["lxc-info", *_named(container), "-s", "-H"]).strip()


def start(shell: Shell, container: Container) -> None:
    """Start it unless it runs, and wait for its init.

    Raises:
        LxcError: it does not come up; the message has the end of LXC's log.
    """
    if state(shell, container) != "RUNNING":
        raise_limits()
        log = container.folder / "lxc.log"
        try:  # what runs in it must outlive this operation: it does not carry its marks
            shell.run(["lxc-start", *_named(container), "-o", str(log), "-l", "ERROR"], marked=False)
        except LxcError as error:
            said = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
            raise LxcError(f"container {container.name} does not start: {said[0] if said else error}") from error
    _await_init(shell, container)


def stop(shell: Shell, container: Container) -> None:
    """Stop it: its init is asked first."""
    if state(shell, container) != "STOPPED":
        shell.run(["lxc-stop", *_named(container), "-t", str(GRACE)])
    say(f"container {container.name} is stopped")


def kill(shell: Shell, container: Container) -> None:
    """Stop it at once, whatever it does."""
    if state(shell, container) != "STOPPED":
        shell.run(["lxc-stop", *_named(container), "-k"])


def _await_init(shell: Shell, container: Container) -> None:
    """Wait until its services have started: what is then asked of them, they can do."""
    deadline = time.monotonic() + PATIENCE
    while True:
        said = _asked(shell, container)
        if said in ("running", "degraded"):
            return
        if time.monotonic() > deadline:
            raise LxcError(f"container {container.name} is not up after {PATIENCE:g} s: its init says {said!r}")
        time.sleep(0.1)


def _asked(shell: Shell, container: Container) -> str:
    command = ["lxc-attach", *_named(container), "--clear-env", "--", "systemctl", "is-system-running"]
    ended = _ended(command, {"PATH": shell.path})
    return ended.stdout.strip() or ended.stderr.strip()


def _named(container: Container) -> list[str]:
    return ["-P", str(container.root), "-n", container.name]


def _ended(command: Sequence[str], variables: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own commands, no shell
        command, check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=variables
    )
