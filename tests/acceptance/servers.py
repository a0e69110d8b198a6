"""A manager and workers as a client of the API meets them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from tests.acceptance.running import Up


@dataclass(frozen=True)
class Server:
    """A running manager, and the settings with which workers join it."""

    url: str
    settings: Mapping[str, str]
    up: Up | None = None
    token: str | None = None

    @property
    def headers(self) -> dict[str, str]:
        """What says who is asking."""
        return {} if self.token is None else {"Authorization": f"Bearer {self.token}"}

    @property
    def journal(self) -> Path:
        return Path(self.settings["DITRIT_JOURNAL"])

    def put(self, path: str, **options: Any) -> Any:
        return self.put_with({}, path, **options)

    def put_with(self, headers: Mapping[str, str], path: str, **options: Any) -> Any:
        """The same with further headers."""
        answer = requests.put(self.url + path, timeout=60, headers={**self.headers, **headers}, **options)
        assert answer.status_code in {200, 201, 202}, answer.text
        return answer.json()

    def get(self, path: str, **parameters: Any) -> Any:
        answer = requests.get(self.url + path, params=parameters, timeout=60, headers=self.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def text(self, path: str, **parameters: Any) -> str:
        answer = requests.get(self.url + path, params=parameters, timeout=60, headers=self.headers)
        assert answer.status_code == 200, answer.text
        return answer.text

    def all(self, path: str) -> list[Any]:
        """The items of all pages."""
        page = self.get(path, limit=100)
        items: list[Any] = page["items"]
        while page["next"] is not None:
            page = self.get(path, limit=100, after=page["next"])
            items += page["items"]
        return items

    def deploy(self, archive: bytes, name: str, weaving: str = "interleaved") -> None:
        self.put("/csar", params={"model": name, "weaving": weaving}, files={"file": archive})
        self.put("/instance", params={"model": name, "name": "one"})

    def execute(self, name: str, workflow: str, seconds: float = 120.0) -> str:
        """Execute a workflow to its end, which must be a good one; return its id."""
        execution = self.put("/exec", params={"model": name, "instance": "one", "workflow": workflow})["id"]
        deadline = time.monotonic() + seconds
        while (record := self.get(f"/exec/{execution}"))["status"] == "running" and time.monotonic() < deadline:
            time.sleep(0.05)
        assert record["status"] == "succeeded", f"{record}\n{self.diagnosis(execution)}"
        return str(execution)

    def diagnosis(self, execution: str) -> str:
        """What runs or could, what each worker's threads do, and what all have printed."""
        ready = [item for item in self.all(f"/exec/{execution}/operations") if item["state"] in ("running", "ready")]
        told = [*map(str, ready), *map(str, self.get("/workers")["items"])]
        if self.up is not None:
            self.up.signal_workers(signal.SIGUSR1)
            time.sleep(1)
            told.append(self.up.text)
        return "\n".join(told)

    def states(self, name: str) -> Counter[str]:
        """How many node instances are in which state."""
        return Counter(node["state"] for node in self.get(f"/instance/{name}/one")["nodes"])


@contextmanager
def running(folder: Path, workers: int, *flags: str, environment: Mapping[str, str] | None = None) -> Iterator[Server]:
    """``ditrit up`` with its state in ``folder``, from the moment when all its workers are there."""
    up = Up(folder, "--workers", str(workers), *flags, environment=environment)
    try:
        up.until("Swagger UI")
        deadline = time.monotonic() + 30
        while len(up.workers()) < workers and time.monotonic() < deadline:
            time.sleep(0.1)
        assert len(up.workers()) == workers, up.text
        settings = {"DITRIT_STATE": str(folder / "state"), "DITRIT_JOURNAL": str(up.journal)}
        if "--space" in flags:
            settings["DITRIT_SPACE"] = flags[flags.index("--space") + 1]
        yield Server(up.url, settings, up)
    finally:
        up.end()


def start_worker(server: Server) -> subprocess.Popen[bytes]:
    """One more worker, which nobody starts again."""
    return subprocess.Popen([sys.executable, "-m", "worker"], env=os.environ | server.settings)
