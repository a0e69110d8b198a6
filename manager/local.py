"""A whole orchestrator on this machine: one manager and some workers, over one space.

Place in the flow: settings → **processes** (`manager.supervisor`) → REST API.  Manager and workers are started as
programs of their own, just as on many machines.
"""

from __future__ import annotations

import fcntl
import os
import sys
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from urllib3.exceptions import InsecureRequestWarning

from engine.settings import environment
from manager.client import Client
from manager.config import ManagerConfig
from manager.supervisor import Child, Supervisor

PATIENCE = 30.0  # seconds for the manager to answer
ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  compared with, not bound to


class LocalError(Exception):
    """It cannot be started here; the message says why and what to do."""


def url(config: ManagerConfig) -> str:
    """Where the manager can be reached from this machine."""
    host, port = config.address
    host = ANY.get(host, host)
    return f"{config.scheme}://[{host}]:{port}" if ":" in host else f"{config.scheme}://{host}:{port}"


@contextmanager
def locked(config: ManagerConfig) -> Iterator[None]:
    """Hold the state folder: only one such orchestrator may run over it.

    Raises:
        LocalError: another one does, or the folder cannot be written.
    """
    file = config.state / "up.lock"
    try:
        config.state.mkdir(parents=True, exist_ok=True)
        lock = file.open("a+")
    except OSError as error:
        raise LocalError(
            f"state folder {str(config.state)!r}: {error.strerror}; choose another with --state"
        ) from error
    with lock:
        _lock(lock.fileno(), file)
        lock.truncate(0)
        lock.write(f"process {os.getpid()} at {url(config)}\n")
        lock.flush()
        yield


def _lock(descriptor: int, file: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        holder = file.read_text().strip() or "another process"
        message = f"'ditrit up' runs over {str(file.parent)!r} already: {holder}; choose another folder with --state"
        raise LocalError(message) from error


def start(supervisor: Supervisor, config: ManagerConfig, workers: Mapping[str, Mapping[str, str]]) -> None:
    """Start the manager, and the workers as soon as it answers.

    Raises:
        LocalError: the manager does not come up.
    """
    parent = str(os.getpid())
    command = [sys.executable, "-m", "manager", "--parent", parent]
    child = supervisor.start("manager", command, environment(config))
    _wait(supervisor, child, _client(config))
    for name, variables in workers.items():
        supervisor.start(name, [sys.executable, "-m", "worker", "--parent", parent], variables)


def _client(config: ManagerConfig) -> Client:
    """Asks our own child whether it is ready, which needs no token; the certificate may be for another name."""
    if config.scheme == "https":
        warnings.filterwarnings("ignore", category=InsecureRequestWarning)
        return Client(url(config), verify=False)
    return Client(url(config))


def _wait(supervisor: Supervisor, child: Child, client: Client) -> None:
    deadline = time.monotonic() + PATIENCE
    while not client.ready():
        if child.process is None or child.process.poll() is not None:
            raise LocalError("the manager did not start; what it printed stands above")
        supervisor.wait(0.1)
        if supervisor.stopping:
            raise LocalError("stopped before the manager was ready")
        if time.monotonic() > deadline:
            raise LocalError(f"the manager does not answer at {client.server} after {PATIENCE:g} s")
