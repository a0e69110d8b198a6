"""A real manager, a real worker and real archives for the tests of the API."""

import io
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.s3 import bucket, own_s3_server, s3_server, s3_shared_server

__all__ = ["bucket", "own_s3_server", "s3_server", "s3_shared_server"]

TEMPLATE = """\
tosca_definitions_version: tosca_simple_yaml_1_1
topology_template:
  inputs:
    servers: {type: integer, default: 2}
  node_templates:
    server:
      type: tosca.nodes.Compute
      capabilities:
        scalable: {properties: {default_instances: {get_input: servers}, min_instances: 1, max_instances: 100}}
    app:
      type: tosca.nodes.SoftwareComponent
      requirements:
        - host: server
      interfaces:
        Standard:
          create: scripts/create.sh
          start: scripts/start.sh
          delete: scripts/delete.sh
"""
SCRIPT = "#!/bin/sh\necho {0} of $NODE\n"
SCRIPTS = {f"scripts/{name}.sh": SCRIPT.format(name) for name in ("create", "start", "delete")}

Csar = Callable[..., bytes]


def _csar(template: str = TEMPLATE, scripts: Mapping[str, str] = SCRIPTS) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in {"service.yaml": template, **scripts}.items():
            # With a time of its own, equal content would not make equal bytes.
            archive.writestr(zipfile.ZipInfo(name), text)
    return buffer.getvalue()


@pytest.fixture(scope="session")
def csar() -> Csar:
    """Makes an archive of a template and scripts; without arguments a small one: two servers, an app on each."""
    return _csar


@pytest.fixture(scope="session")
def template() -> str:
    return TEMPLATE


_numbers = count(1)


@pytest.fixture
def name() -> str:
    """A name that no other test uses."""
    return f"m{next(_numbers)}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def free_port() -> Callable[[], int]:
    return _free_port


@pytest.fixture(scope="session")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="session")
def variables(state: Path) -> dict[str, str]:
    """The environment of the daemons: everything in one folder of the test's own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DITRIT_")}
    own = {"DITRIT_STATE": state, "DITRIT_JOURNAL": state / "execs", "DITRIT_CLIENT_CONFIG": state / "config.toml"}
    return {**kept, **{name: str(path) for name, path in own.items()}}


def _ended(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise


@pytest.fixture(scope="session")
def server(variables: dict[str, str]) -> Iterator[str]:
    """The address of a manager that runs in a process of its own."""
    bind = f"127.0.0.1:{_free_port()}"
    command = [sys.executable, "-m", "manager", "--bind", bind, "--max-upload", "4"]
    process = subprocess.Popen(command, env=variables)
    deadline = time.monotonic() + 30
    while True:
        try:
            if requests.get(f"http://{bind}/ready", timeout=5).ok:
                break
        except requests.ConnectionError:
            assert process.poll() is None, "the manager ended"
        assert time.monotonic() < deadline, "the manager does not answer"
        time.sleep(0.05)
    yield f"http://{bind}"
    _ended(process)


@pytest.fixture(scope="session")
def worker(variables: dict[str, str], server: str) -> Iterator[str]:
    """The name of a worker that runs in a process of its own."""
    name = "tester"
    process = subprocess.Popen([sys.executable, "-m", "worker"], env={**variables, "DITRIT_NAME": name})
    yield name
    assert process.poll() is None, "the worker ended"
    _ended(process)


class Api:
    """Calls the manager under test."""

    def __init__(self, server: str) -> None:
        self.server = server
        self.session = requests.Session()

    def __call__(self, method: str, path: str, **options: Any) -> requests.Response:
        return self.session.request(method, self.server + path, timeout=30, **options)

    def upload(self, model: str, content: bytes, **params: str) -> requests.Response:
        return self("PUT", "/csar", params={"model": model, **params}, files={"file": ("a.zip", content)})

    def create(self, model: str, instance: str = "i", **inputs: Any) -> requests.Response:
        body = {"inputs": inputs} if inputs else None
        return self("PUT", "/instance", params={"model": model, "name": instance}, json=body)

    def execute(self, model: str, workflow: str, instance: str = "i") -> requests.Response:
        return self("PUT", "/exec", params={"model": model, "instance": instance, "workflow": workflow})

    def ended(self, execution: str, patience: float = 30) -> dict[str, Any]:
        """The execution, once it has ended."""
        deadline = time.monotonic() + patience
        while True:
            record: dict[str, Any] = self("GET", f"/exec/{execution}").json()
            if record["status"] not in ("running", "cancelling"):
                return record
            assert time.monotonic() < deadline, f"it does not end: {record}"
            time.sleep(0.05)

    def run(self, model: str, workflow: str, instance: str = "i") -> dict[str, Any]:
        """Execute a workflow and wait for its end."""
        started = self.execute(model, workflow, instance)
        assert started.status_code == 202, started.text
        return self.ended(started.json()["id"])


@pytest.fixture(scope="session")
def api(server: str) -> Iterator[Api]:
    found = Api(server)
    yield found
    found.session.close()


def error(response: requests.Response, status: int, code: str) -> dict[str, Any]:
    """The error in an answer, after a look at its form."""
    assert response.status_code == status, response.text
    assert response.headers["Content-Type"] == "application/json"
    body: dict[str, Any] = response.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message", "problems", "request"}
    assert body["error"]["request"] == response.headers["X-Request-Id"]
    assert body["error"]["code"] == code, body
    assert "Traceback" not in response.text
    found: dict[str, Any] = body["error"]
    return found


@pytest.fixture(scope="session")
def refused() -> Callable[[requests.Response, int, str], dict[str, Any]]:
    return error


def _together(calls: list[Callable[[], requests.Response]]) -> list[requests.Response]:
    barrier = threading.Barrier(len(calls))

    def run(call: Callable[[], requests.Response]) -> requests.Response:
        barrier.wait(10)
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


@pytest.fixture(scope="session")
def together() -> Callable[[list[Callable[[], requests.Response]]], list[requests.Response]]:
    """Makes calls at the same moment; their answers in the same order."""
    return _together
