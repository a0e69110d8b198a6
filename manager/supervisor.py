"""Runs processes as one: starts them, prefixes what they print, starts again what died, ends them together.

Place in the flow: ``ditrit up`` and ``ditrit demo`` → **supervisor** → one manager and some workers.
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType
from typing import IO

import click

TICK = 1.0  # seconds between two looks at the children, if none is known to have ended
GRACE = 8.0  # seconds that children have to end
SLOWEST = 10.0  # seconds of pause, at most, before a child that keeps dying is started again
STABLE = 30.0  # seconds after which a child counts as well

Say = Callable[[str, str], None]
OnDeath = Callable[[int], None]


@dataclass
class Child:
    """A process that is to be there."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = 0.0  # before the next start
    due: float = 0.0  # when that is
    reader: threading.Thread | None = field(default=None, repr=False)


class Supervisor:
    """Keeps its children alive until it is told to stop."""

    def __init__(self, say: Say, on_death: OnDeath = lambda _pid: None) -> None:
        """``on_death`` is told the process of each child that has died, ahead of its successor's start."""
        self._say = say
        self._on_death = on_death
        self._children: list[Child] = []
        self._news: queue.SimpleQueue[None] = queue.SimpleQueue()  # unlike an event it is safe in a signal handler
        self.stopping = False

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> Child:
        """Start a process; it is started again whenever it ends."""
        child = Child(name, command, {**os.environ, **environment})
        self._children.append(child)
        self._spawn(child)
        return child

    def stop_on_signals(self) -> None:
        """Stop at SIGINT, SIGTERM and SIGHUP."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._asked)

    def run(self) -> None:
        """Tend the children until it is told to stop, then end them."""
        try:
            while not self.stopping:
                self.tend()
                self.wait(TICK)
        finally:
            self.stop()

    def wait(self, seconds: float) -> None:
        """Wait until a child has ended, or all are to, or for so long."""
        with contextlib.suppress(queue.Empty):
            self._news.get(timeout=seconds)

    def tend(self) -> None:
        """Start again what died."""
        now = time.monotonic()
        for child in self._children:
            if child.process is not None and (code := child.process.poll()) is not None:
                self._on_death(child.process.pid)
                self._bury(child, code, now)
            if child.process is None and now >= child.due:
                self._spawn(child)

    def stop(self) -> None:
        """Ask all children to end, and kill those that do not."""
        self.stopping = True
        running = [child.process for child in self._children if child.process is not None]
        for process in running:
            if process.poll() is None:
                process.terminate()
        deadline = time.monotonic() + GRACE
        for process in running:
            try:
                process.wait(max(deadline - time.monotonic(), 0.1))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for child in self._children:
            if child.reader is not None:
                child.reader.join(1)

    def ask_to_stop(self) -> None:
        """Let `run` end; may be called from anywhere, also from a signal handler."""
        self.stopping = True
        self._news.put(None)

    def _asked(self, _number: int, _frame: FrameType | None) -> None:
        self.ask_to_stop()

    def _spawn(self, child: Child) -> None:
        # A session of its own: a Ctrl-C in the terminal reaches the supervisor alone, which ends all in order.
        process = subprocess.Popen(  # noqa: S603  our own programs, no shell
            child.command,
            env=child.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        child.process, child.started = process, time.monotonic()
        child.reader = threading.Thread(target=self._pass_on, args=(child.name, process, process.stdout), daemon=True)
        child.reader.start()

    def _bury(self, child: Child, code: int, now: float) -> None:
        child.pause = 0.0 if now - child.started > STABLE else min(max(child.pause * 2, 0.5), SLOWEST)
        child.due, child.process = now + child.pause, None
        self._say(child.name, f"ended ({_reason(code)}); starting it again" + _in(child.pause))

    def _pass_on(self, name: str, process: subprocess.Popen[bytes], stream: IO[bytes]) -> None:
        with stream:
            for line in stream:
                self._say(name, line.decode(errors="replace").rstrip("\n"))
        process.wait()
        self._news.put(None)


def say(name: str, line: str) -> None:
    """Print a line of a child."""
    click.echo(f"{name:<10} | {line}")


def _reason(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def _in(pause: float) -> str:
    return f" in {pause:g} s" if pause else ""
