"""A real S3 server for tests: ``rclone serve s3`` over a folder, on a free port, with credentials of its own.

A test folder gets the fixtures by importing them into its ``conftest.py``.  rclone comes with the test requirements, so
a server that is missing is a failure.
"""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
import trustme

_PATIENCE = 30.0
_buckets = count(1)


class S3Server:
    """The server; it can be stopped, killed and started again at the same address, over the same objects."""

    def __init__(self, folder: Path, *, tls: bool = False, host: str = "127.0.0.1") -> None:
        self.host = host
        self.objects = folder / "objects"
        self.objects.mkdir(parents=True)
        self.key_id, self.secret = secrets.token_hex(8), secrets.token_hex(16)
        self.port = free_port()
        self.ca = folder / "ca.pem"
        self._certificate = self._certified(folder) if tls else []
        self._log = folder / "log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def endpoint(self) -> str:
        return f"http{'s' if self._certificate else ''}://{self.host}:{self.port}"

    @property
    def credentials(self) -> dict[str, str]:
        """The variables that give boto3 the right credentials and nothing else."""
        nowhere = str(self.objects.parent / "nowhere")
        return {
            "AWS_ACCESS_KEY_ID": self.key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret,
            "AWS_CONFIG_FILE": nowhere,
            "AWS_SHARED_CREDENTIALS_FILE": nowhere,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def url(self, bucket: str, prefix: str = "") -> str:
        return f"s3://{bucket}/{prefix}?endpoint={self.endpoint}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        assert self._process is None
        command = [str(Path(sys.executable).with_name("rclone")), "serve", "s3", "--addr", f"{self.host}:{self.port}"]
        command += self._certificate
        environment = {
            "RCLONE_AUTH_KEY": f'"{self.key_id},{self.secret}"',
            "RCLONE_CONFIG": str(self.objects.parent / "rclone.conf"),
            "HOME": str(self.objects.parent),
            "PATH": os.environ["PATH"],
        }
        with self._log.open("ab") as log:
            self._process = subprocess.Popen([*command, str(self.objects)], env=environment, stderr=log)
        deadline = time.monotonic() + _PATIENCE
        while not self._answers():
            assert self._process.poll() is None, self._log.read_text()
            assert time.monotonic() < deadline, f"the server does not answer: {self._log.read_text()}"
            time.sleep(0.02)

    def stop(self) -> None:
        """End it at once, as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _certified(self, folder: Path) -> list[str]:
        """Make a certificate authority and a certificate of it; the options that give it to the server."""
        authority = trustme.CA()
        own = authority.issue_cert(self.host)
        authority.cert_pem.write_to_path(str(self.ca))
        own.cert_chain_pems[0].write_to_path(str(folder / "cert.pem"))
        own.private_key_pem.write_to_path(str(folder / "key.pem"))
        return ["--cert", str(folder / "cert.pem"), "--key", str(folder / "key.pem")]

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex((self.host, self.port)) == 0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def s3_shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    server = S3Server(tmp_path_factory.mktemp("s3"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def s3_server(s3_shared_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> S3Server:
    """A server that all tests share; none may stop it.  boto3 finds its credentials."""
    _use(s3_shared_server, monkeypatch)
    return s3_shared_server


@pytest.fixture
def own_s3_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Server]:
    """A server of the test's own, which it may stop and start."""
    server = S3Server(tmp_path / "s3")
    _use(server, monkeypatch)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def bucket() -> str:
    """A name that no other test uses."""
    return f"bucket-{os.getpid()}-{next(_buckets)}"


def _use(server: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in server.credentials.items():
        monkeypatch.setenv(name, value)
