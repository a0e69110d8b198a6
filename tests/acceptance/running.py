"""``ditrit up`` as a program, for the tests that need everything at once."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path

import requests


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Up:
    """A running ``ditrit up`` over a folder, and what it has printed."""

    def __init__(
        self, folder: Path, *flags: str, port: int | None = None, environment: Mapping[str, str] | None = None
    ) -> None:
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.journal = folder / "execs"
        kept = {name: value for name, value in os.environ.items() if not name.startswith("DITRIT_")}
        variables = {**kept, "DITRIT_STATE": str(folder / "state"), "DITRIT_JOURNAL": str(self.journal)}
        variables |= environment or {}
        command = [sys.executable, "-m", "manager.cli", "up", "--port", str(self.port), *flags]
        self.process = subprocess.Popen(
            command, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as stream:
            self.lines += iter(stream.readline, "")

    @property
    def text(self) -> str:
        """What it has printed so far."""
        return "".join(self.lines)

    def until(self, pattern: str, patience: float = 30) -> None:
        """Wait until it has printed something."""
        deadline = time.monotonic() + patience
        while not re.search(pattern, self.text):
            assert time.monotonic() < deadline, f"{pattern!r} is not in:\n{self.text}"
            assert self.process.poll() is None or self._reader.is_alive(), self.text
            time.sleep(0.05)

    def end(self, number: int = signal.SIGTERM) -> int:
        """Ask it to end; its exit code."""
        self.process.send_signal(number)
        return self.ended()

    def ended(self, patience: float = 15) -> int:
        """Wait for its end; its exit code."""
        code = self.process.wait(patience)
        self._reader.join(5)
        return code

    def workers(self) -> list[str]:
        """The names of the live workers."""
        return [item["id"] for item in requests.get(f"{self.url}/workers", timeout=5).json()["items"]]

    def signal_workers(self, number: int) -> None:
        """Send a signal to each worker's process."""
        pid = self.process.pid
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            if b"worker" in Path("/proc", child, "cmdline").read_bytes():
                os.kill(int(child), number)
