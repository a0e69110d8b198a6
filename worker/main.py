"""A worker process from its settings to its end.

Place in the flow: `WorkerConfig` → space, artifact store, executors → `worker.daemon.Worker`, until SIGTERM or SIGINT.
"""

from __future__ import annotations

import faulthandler
import logging
import signal
import socket
import sys
import threading
from types import FrameType

from engine.artifacts import open_artifacts
from engine.space import open_space
from engine.tracing.opening import traced
from engine.tracing.setting import Tracing
from worker.archives import ArchiveCache
from worker.config import WorkerConfig
from worker.daemon import Worker
from worker.executors.playbooks.executor import MISSING, installed
from worker.executors.registry import default_registry
from worker.hosts.lxc.host import LxcProvider
from worker.hosts.providers import HostProviders
from worker.hosts.ssh.host import SshProvider
from worker.journal import open_journal
from worker.metrics import Metrics, MetricsServer
from worker.runner import LocalRunner

logger = logging.getLogger(__name__)

_CACHE = 2 << 30  # bytes of extracted archives


def run_worker(config: WorkerConfig, tracing: Tracing | None = None) -> None:
    """Say where the journal is, then work until SIGTERM or SIGINT.

    A second signal, or ``grace`` seconds after the first, what still runs is handed back.  SIGUSR1 prints what all
    threads are doing.

    Raises:
        SpaceError, ArtifactError, ValueError: the space or the artifact store cannot be opened.
    """
    host = socket.gethostname()
    space, traces = traced(open_space(config.space), tracing, host, config.name)
    artifacts = open_artifacts(config.artifacts)
    journal = open_journal(config.journal, config.state / "execs")
    runner = LocalRunner(
        artifacts,
        ArchiveCache(artifacts, config.state / "archives", _CACHE),
        default_registry(config.state / "spool" / config.name),
        HostProviders({"lxc": LxcProvider(config.lxc), "ssh": SshProvider(config.ssh)}),
        journal,
        worker=config.name,
        time_limit=config.time_limit,
        traces=traces,
    )
    metrics = Metrics(config.slots)
    served = MetricsServer(metrics, _address(config.metrics)) if config.metrics else None
    worker = Worker(
        space,
        runner,
        name=config.name,
        host=host,
        slots=config.slots,
        ttl=config.lease,
        machine=config.machine,
        metrics=metrics,
    )
    _stop_on_signals(worker, config.grace)
    if not installed():
        _say(f"{config.name}: playbooks fail here. {MISSING}")
    _say(f"{config.name}: {config.slots} slots, journal {journal.path}")  # from here on it ends well when told to
    try:
        worker.run()
    finally:
        if served is not None:
            served.close()
        if traces is not None:
            traces.close()
        runner.close()
        space.close()


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host.strip("[]"), int(port)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _stop_on_signals(worker: Worker, grace: float) -> None:
    def handle(_number: int, _frame: FrameType | None) -> None:
        if worker.stopping:
            worker.hurry()
            return
        worker.stop()
        timer = threading.Timer(grace, worker.hurry)
        timer.daemon = True
        timer.start()

    signal.signal(signal.SIGTERM, handle)
    signal.signal(signal.SIGINT, handle)
    faulthandler.register(signal.SIGUSR1)
