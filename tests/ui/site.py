"""The manager that a browser looks at, as a test talks to it beside the page."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import requests

from manager.client import path

EXAMPLES = Path(__file__).parents[2] / "example"


class Site:
    """A running orchestrator."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._session = requests.Session()

    def call(self, method: str, where: str, **options: Any) -> Any:
        response = self._session.request(method, self.url + where, timeout=30, **options)
        assert response.ok, response.text
        return response.json() if response.content else None

    def upload(self, model: str, content: bytes) -> None:
        self.call("PUT", "/csar", params={"model": model}, files={"file": ("a.zip", content)})

    def create(self, model: str, instance: str = "i", **inputs: Any) -> None:
        body = {"inputs": inputs} if inputs else None
        self.call("PUT", "/instance", params={"model": model, "name": instance}, json=body)

    def example(self, model: str, name: str = "appli") -> None:
        """Make an instance of an example."""
        self.upload(model, (EXAMPLES / f"{name}.zip").read_bytes())
        self.create(model)

    def execute(self, model: str, workflow: str = "install", instance: str = "i") -> str:
        """Begin an execution; its id."""
        params = {"model": model, "instance": instance, "workflow": workflow}
        return str(self.call("PUT", "/exec", params=params)["id"])

    def ended(self, execution: str, patience: float = 60) -> dict[str, Any]:
        """The execution, once it has ended."""
        deadline = time.monotonic() + patience
        while True:
            record: dict[str, Any] = self.call("GET", path("exec", execution))
            if record["status"] not in ("running", "cancelling"):
                return record
            assert time.monotonic() < deadline, f"it does not end: {record}"
            time.sleep(0.05)

    def page(self, *parts: str) -> str:
        """The address of a place within the page."""
        return self.url + path("ui", *parts)
