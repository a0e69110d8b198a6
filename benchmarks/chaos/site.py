"""Everything that a deployment of the product consists of, on one machine, each part able to fail by itself.

Place in the flow: three Consul servers and a bucket → **workers and managers**, each on lines of its own → faults.
"""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.chaos.daemons import Daemon, Nurse, clean_environment, end_all
from benchmarks.chaos.marks import Harm
from tests.support.consul import Cluster, cluster
from tests.support.proxy import Proxy, proxy
from tests.support.s3 import S3Server, free_port

LEASE = 2.0  # seconds
MANAGERS = 2
_BUCKET = "chaos"
_FOREVER = float("inf")


@dataclass(frozen=True)
class Crew:
    """The workers: how many, how many operations each may run, and the module that is one, with its arguments."""

    workers: int = 6
    slots: int = 8
    launcher: Sequence[str] = ("worker",)


@dataclass
class Site:
    """The parts, and what was done to them."""

    folder: Path
    consul: Cluster
    s3: S3Server
    workers: list[Daemon]
    managers: list[Daemon]
    urls: list[str]  # of the managers
    counts: Counter[str] = field(default_factory=Counter)
    harms: list[Harm] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def marks(self) -> Path:
        return self.folder / "marks"

    @property
    def daemons(self) -> list[Daemon]:
        return [*self.workers, *self.managers]

    def count(self, fault: str) -> None:
        with self._lock:
            self.counts[fault] += 1

    def killed(self, pid: int) -> None:
        """What the process has started may run on for ever."""
        with self._lock:
            self.harms.append(Harm((pid,), time.time(), _FOREVER))

    @contextmanager
    def harming(self, pids: Sequence[int] = ()) -> Iterator[None]:
        """These processes, or all, cannot rely on their leases meanwhile."""
        began = time.time()
        try:
            yield
        finally:
            with self._lock:
                self.harms.append(Harm(pids, began, time.time()))


@contextmanager
def site(folder: Path, crew: Crew) -> Iterator[Site]:
    """A site whose parts all run, until its end."""
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        servers = stack.enter_context(cluster(folder / "consul", servers=3))
        s3 = S3Server(folder / "s3")
        s3.start()
        stack.callback(s3.stop)
        workers = [_worker(folder, stack, servers, s3, f"w{number}", crew) for number in range(crew.workers)]
        ports = [free_port() for _ in range(MANAGERS)]
        managers = [_manager(folder, stack, servers, s3, f"m{number}", port) for number, port in enumerate(ports)]
        made = Site(folder, servers, s3, workers, managers, [f"http://127.0.0.1:{port}" for port in ports])
        stack.callback(end_all, made.daemons)
        for daemon in made.daemons:
            daemon.start()
        nurse = Nurse(made.daemons)
        stack.callback(nurse.close)
        yield made


def _worker(folder: Path, stack: ExitStack, servers: Cluster, s3: S3Server, name: str, crew: Crew) -> Daemon:
    def command(process: str) -> list[str]:
        own = ["--slots", str(crew.slots), "--lease", str(LEASE), "--name", process, "--journal", str(folder / "execs")]
        return [sys.executable, "-m", *crew.launcher, *own]

    return _daemon(folder, stack, servers, s3, name, command)


def _manager(folder: Path, stack: ExitStack, servers: Cluster, s3: S3Server, name: str, port: int) -> Daemon:
    def command(_process: str) -> list[str]:
        return [sys.executable, "-m", "manager", "--bind", f"127.0.0.1:{port}"]

    return _daemon(folder, stack, servers, s3, name, command)


def _daemon(folder: Path, stack: ExitStack, servers: Cluster, s3: S3Server, name: str, command: object) -> Daemon:
    assert callable(command)
    lines = [stack.enter_context(proxy(server.address, server.port)) for server in servers.servers]
    environment = {
        **clean_environment(),
        **s3.credentials,
        "DITRIT_STATE": str(folder / name),
        "DITRIT_SPACE": space_url(lines),
        "DITRIT_ARTIFACTS": s3.url(_BUCKET),
    }
    return Daemon(name, command, environment, folder / f"{name}.log", lines)


def space_url(lines: Sequence[Proxy]) -> str:
    """The space as it is reached on these lines."""
    return f"consul://{','.join(line.netloc for line in lines)}/chaos"
