"""The orchestrators that are compared: how each is installed, fed and run, and what a run costs."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import time
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.workloads import OPERATIONS, Workload, service_template, write_script, write_yaml

# Starts the workflow and waits for its end as it is told to clients: two requests, without a program of ours.
_EXECUTE = r"""
answer=$(curl -sS -X PUT "$1/exec?model=bench&instance=one&workflow=install")
exec curl -sSN "$1/exec/$(echo "$answer" | sed -n 's/.*"id": *"\([^"]*\)".*/\1/p')/events"
"""
PARALLEL = 16  # operations that may run at once, where an orchestrator can be told


@dataclass(frozen=True)
class Run:
    """What one deployment took."""

    orchestrator: str
    workload: str
    seconds_per_operation: float
    operations: int
    ran: int  # operations that really ran
    wall: float  # the whole command
    span: float  # from the start of the first operation to the end of the last
    cpu: float  # user and system time of all processes
    critical: int  # operations on the critical path

    def row(self) -> dict[str, Any]:
        return asdict(self)


class Orchestrator(ABC):
    """A program that deploys a workload."""

    name: str

    def __init__(self, folder: Path, limit: float) -> None:
        self.folder = folder
        self.limit = limit  # seconds for one deployment

    @abstractmethod
    def install(self) -> None:
        """Make it ready; takes as long as it takes."""

    @abstractmethod
    def prepare(self, workload: Workload, folder: Path, script: Path) -> list[str]:
        """Write what it reads into ``folder``; return the command that deploys it."""

    @contextmanager
    def ready(self) -> Iterator[None]:
        """What must run meanwhile."""
        yield

    def cpu(self) -> float:
        """CPU seconds used so far, children included."""
        return cpu_of_children()

    def deploy(self, workload: Workload) -> Run:
        folder = self.folder / f"{self.name}-{workload.name.replace(' ', '-')}-{workload.seconds:g}"
        shutil.rmtree(folder, ignore_errors=True)
        script = write_script(folder, workload)
        with self.ready():
            command = self.prepare(workload, folder, script)
            cpu, started = self.cpu(), time.monotonic()
            _run(command, folder, self.limit, folder / "output")
            wall, cpu = time.monotonic() - started, self.cpu() - cpu
        moments = _moments(folder / "moments")
        span = moments[-1] - moments[0] if moments else 0.0
        return Run(
            self.name,
            workload.name,
            workload.seconds,
            workload.operations,
            len(moments) // 2,
            wall,
            span,
            cpu,
            workload.critical_operations,
        )


class Unfurl(Orchestrator):
    """unfurl 1.2.0: one process, one operation after the other; scripts by its shell configurator."""

    name = "unfurl"

    def install(self) -> None:
        pip(self.folder / "unfurl", "unfurl==1.2.0")

    def prepare(self, workload: Workload, folder: Path, script: Path) -> list[str]:
        operation = {"implementation": "Cmd", "inputs": {"cmd": str(script)}}
        operations = {"operations": dict.fromkeys(OPERATIONS, operation)}
        template = service_template(workload, "tosca_simple_yaml_1_3", operations, "tosca.nodes.Root")
        del template["metadata"]
        ensemble = {"apiVersion": "unfurl/v1alpha1", "kind": "Ensemble", "spec": {"service_template": template}}
        write_yaml(folder / "ensemble.yaml", ensemble)
        subprocess.run(["git", "init", "-q", str(folder)], check=True)
        program = self.folder / "unfurl/bin/unfurl"
        return [str(program), "--home", "", "--quiet", "deploy", "--approve", "ensemble.yaml"]


class Opera(Orchestrator):
    """opera 0.7.0: an Ansible run for each operation, several at once."""

    name = "opera"

    def install(self) -> None:
        constraint = self.folder / "constraint.txt"
        constraint.write_text("cython<3\n")  # an old PyYAML among its dependencies builds with nothing newer
        pip(self.folder / "opera", "opera==0.7.0", PIP_CONSTRAINT=str(constraint))

    def prepare(self, workload: Workload, folder: Path, script: Path) -> list[str]:
        playbook = [{"hosts": "all", "gather_facts": False, "tasks": [{"command": str(script)}]}]
        write_yaml(folder / "playbook.yml", playbook)
        interface = "tosca.interfaces.node.lifecycle.Standard"
        operations = {"type": interface, "operations": dict.fromkeys(OPERATIONS, "playbook.yml")}
        write_yaml(
            folder / "t.yaml", service_template(workload, "tosca_simple_yaml_1_3", operations, "tosca.nodes.Root")
        )
        return [str(self.folder / "opera/bin/opera"), "deploy", "--workers", str(PARALLEL), "t.yaml"]


class Ditrit(Orchestrator):
    """This product: a manager and two workers over SQLite, started beforehand."""

    name = "ditrit"
    workers = 2

    def install(self) -> None:
        self.program = Path(sys.executable).with_name("ditrit")

    @contextmanager
    def ready(self) -> Iterator[None]:
        state, self.port = self.folder / "state", _free_port()
        shutil.rmtree(state, ignore_errors=True)
        flags = ["--workers", self.workers, "--slots", PARALLEL // self.workers, "--port", self.port, "--state", state]
        variables = {**os.environ, "DITRIT_JOURNAL": str(self.folder / "execs")}
        with (self.folder / "up.log").open("wb") as log:
            up = subprocess.Popen([self.program, "up", *map(str, flags)], stdout=log, stderr=log, env=variables)
        self.pid = up.pid
        try:
            self._await_workers()
            yield
        finally:
            up.send_signal(signal.SIGTERM)
            up.wait(timeout=30)

    def prepare(self, workload: Workload, folder: Path, script: Path) -> list[str]:
        operations = dict.fromkeys(OPERATIONS, script.name)
        template = service_template(workload, "tosca_simple_yaml_1_1", operations, "tosca.nodes.Root")
        with zipfile.ZipFile(folder / "bench.zip", "w") as archive:
            archive.write(script, script.name)
            archive.write(write_yaml(folder / "bench.yaml", template), "bench.yaml")
        self._call("csar", "push", str(folder / "bench.zip"), "--model", "bench")
        self._call("instance", "create", "bench", "one")
        return ["/bin/sh", "-c", _EXECUTE, "sh", self._url]

    def cpu(self) -> float:
        """CPU seconds of the daemons and all that they have started, and of the client."""
        return super().cpu() + sum(_cpu_of(pid) for pid in _tree(self.pid))

    @property
    def _url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _call(self, *arguments: str) -> str:
        command = [str(self.program), *arguments, "--server", self._url]
        ended = subprocess.run(command, check=False, capture_output=True, text=True)
        if ended.returncode:
            raise RuntimeError(f"{' '.join(command)}: {ended.stderr}, see {self.folder / 'up.log'}")
        return ended.stdout

    def _await_workers(self) -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            command = [str(self.program), "status", "--json", "--server", self._url]
            found = subprocess.run(command, check=False, capture_output=True, text=True)
            if found.returncode == 0 and found.stdout.count('"slots"') >= self.workers:
                return
        raise RuntimeError(f"no workers: see {self.folder / 'up.log'}")


def cpu_of_children() -> float:
    """CPU seconds of all processes that we have started and that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _run(command: list[str], folder: Path, limit: float, output: Path) -> None:
    """Run a command to its end, or for ``limit`` seconds."""
    home = folder / "home"
    home.mkdir(exist_ok=True)
    variables = {**os.environ, "HOME": str(home), "PATH": f"{Path(command[0]).parent}:{os.environ['PATH']}"}
    variables |= {
        f"GIT_{role}_{what}": "bench@localhost" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    with output.open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, env=variables, stdout=log, stderr=log, start_new_session=True)
        try:
            process.wait(timeout=limit)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def pip(folder: Path, requirement: str, **variables: str) -> None:
    """Install a program from the package index into a virtual environment of its own."""
    if not (folder / "bin/pip").exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    command = [str(folder / "bin/pip"), "install", "--quiet", "--disable-pip-version-check", requirement]
    subprocess.run(
        command, check=True, env=os.environ | variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def _moments(path: Path) -> list[float]:
    return sorted(map(float, path.read_text().split())) if path.exists() else []


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _tree(pid: int) -> list[int]:
    """A process and all its descendants."""
    pids = [pid]
    for found in pids:
        for children in Path(f"/proc/{found}/task").glob("*/children"):
            pids.extend(map(int, children.read_text().split()))
    return pids


def _cpu_of(pid: int) -> float:
    """User and system time of a process and of its children that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
