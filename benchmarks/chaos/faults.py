"""What goes wrong, and when: everything from the seed.

Place in the flow: seed → **lanes**, each a thread that strikes one part of the site now and then → the site.  A lane
undoes what it did before it strikes again, and before it ends.
"""

from __future__ import annotations

import random
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial

from benchmarks.chaos.daemons import Daemon
from benchmarks.chaos.site import LEASE, Site
from tests.support.proxy import Answers, Proxy

FAULTS = (
    "worker-kill",
    "worker-stop",
    "worker-end",
    "manager-kill",
    "consul-kill",
    "consul-freeze",
    "net-refuse",
    "net-silence",
    "net-slow",
    "net-lost",
    "s3-kill",
)
Wait = Callable[[float], object]
Strike = Callable[[random.Random, Wait], None]


@dataclass(frozen=True)
class Lane:
    """One part of the site, the seconds between two faults of it, and these."""

    name: str
    pause: tuple[float, float]
    strikes: Mapping[str, Strike]


def lanes(site: Site) -> list[Lane]:
    """All lanes of a site."""
    consul = {"consul-kill": partial(_kill_consul, site), "consul-freeze": partial(_freeze_consul, site)}
    found = [Lane("consul", (3.0, 9.0), consul), Lane("s3", (4.0, 15.0), {"s3-kill": partial(_kill_s3, site)})]
    for worker in site.workers:
        strikes = {
            "worker-kill": partial(_kill_worker, site, worker),
            "worker-stop": partial(_stop_worker, site, worker),
            "worker-end": partial(_end_worker, site, worker),
        }
        found.append(Lane(worker.name, (3.0, 15.0), strikes))
    found += [
        Lane(manager.name, (3.0, 12.0), {"manager-kill": partial(_kill_manager, site, manager)})
        for manager in site.managers
    ]
    return found + [Lane(f"net-{daemon.name}", (4.0, 20.0), _cuts(site, daemon)) for daemon in site.daemons]


def _cuts(site: Site, daemon: Daemon) -> dict[str, Strike]:
    return {f"net-{kind}": partial(_cut, site, daemon, kind) for kind in ("refuse", "silence", "slow", "lost")}


class Chaos:
    """The lanes of a site, each in a thread of its own."""

    def __init__(self, site: Site, seed: int, only: Sequence[str] = FAULTS, pace: float = 1.0) -> None:
        self._site = site
        self._pace = pace
        self._over = threading.Event()
        self.troubles: list[str] = []  # of the site itself: no fault of the product
        self._threads = [
            threading.Thread(target=self._run, args=(lane, random.Random(f"{seed} {lane.name}"), only), name=lane.name)
            for lane in lanes(site)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let all that was done be undone."""
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _run(self, lane: Lane, chance: random.Random, only: Sequence[str]) -> None:
        kinds = [kind for kind in lane.strikes if kind in only]
        try:
            while kinds and not self._over.wait(self._pace * chance.uniform(*lane.pause)):
                kind = chance.choice(kinds)
                self._site.count(kind)
                lane.strikes[kind](chance, self._over.wait)
        except Exception as error:
            self.troubles.append(f"the lane {lane.name!r} of the faults broke: {error!r}")


# -- workers and managers


def _kill_worker(site: Site, worker: Daemon, chance: random.Random, wait: Wait) -> None:
    site.killed(worker.pid)
    worker.end(signal.SIGKILL)
    wait(chance.uniform(0.0, 3.0))
    worker.start()


def _end_worker(_site: Site, worker: Daemon, chance: random.Random, wait: Wait) -> None:
    """As an operator does: what runs may end, or is handed back."""
    worker.end(signal.SIGTERM)
    wait(chance.uniform(0.0, 3.0))
    worker.start()


def _stop_worker(site: Site, worker: Daemon, chance: random.Random, wait: Wait) -> None:
    """For less than the lease, or until everything that it holds belongs to others: then it is a zombie."""
    seconds = chance.choice([chance.uniform(0.1, LEASE), chance.uniform(2 * LEASE, 2 * LEASE + 3)])
    pid = worker.signal(signal.SIGSTOP)
    with site.harming([pid]):
        wait(seconds)
        worker.signal(signal.SIGCONT)


def _kill_manager(_site: Site, manager: Daemon, chance: random.Random, wait: Wait) -> None:
    manager.end(signal.SIGKILL)
    wait(chance.uniform(0.0, 2.0))
    manager.start()


# -- servers


def _kill_consul(site: Site, chance: random.Random, wait: Wait) -> None:
    """The leader by preference; the next one only when all three vote again."""
    server = site.consul.leader() if chance.random() < 0.6 else chance.choice(site.consul.servers)
    with site.harming():
        server.kill()
        wait(chance.uniform(0.0, 4.0))
        server.start()
        site.consul.settle()


def _freeze_consul(site: Site, chance: random.Random, wait: Wait) -> None:
    server = site.consul.leader() if chance.random() < 0.6 else chance.choice(site.consul.servers)
    with site.harming():
        with server.frozen():
            wait(chance.uniform(0.5, 5.0))
        site.consul.settle()


def _kill_s3(site: Site, chance: random.Random, wait: Wait) -> None:
    site.s3.stop()
    wait(chance.uniform(0.0, 2.0))
    site.s3.start()


# -- lines


def _cut(site: Site, daemon: Daemon, kind: str, chance: random.Random, wait: Wait) -> None:
    """Some or all of the lines of one process."""
    lines = list(daemon.lines) if chance.random() < 0.6 else chance.sample(list(daemon.lines), chance.randint(1, 2))
    latency, answers = chance.choice([0.02, 0.1, 0.2, 0.3, 3.0]), chance.choice([Answers.CUT, Answers.SILENCE])
    seconds = chance.uniform(0.3, 6.0)
    with site.harming(daemon.pids), ExitStack() as stack:
        for line in lines:
            stack.enter_context(_broken(line, kind, latency, answers))
        wait(seconds)


@contextmanager
def _broken(line: Proxy, kind: str, latency: float, answers: Answers) -> Iterator[None]:
    found: dict[str, Callable[[], AbstractContextManager[None]]] = {
        "refuse": line.refusing,
        "silence": line.silent,
        "slow": partial(line.slow, latency),
        "lost": partial(line.losing, answers),
    }
    with found[kind]():
        yield
