"""Consul servers for the tests: one or several, each in a folder of its own, on loopback addresses of their own."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

PATIENCE = 30.0  # seconds for servers to agree on a leader
MASTER = "6a1f2c3e-0000-4000-8000-000000000001"  # the token that may do everything, where there are access rules


def binary() -> str:
    """The program; without it the tests fail in continuous integration and are skipped elsewhere."""
    found = shutil.which("consul")
    if found is None:
        missing = "there is no 'consul' on the PATH; tests/support/install-servers, run as root, installs it"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    return found


@dataclass
class Server:
    """One server: where it listens, and its process while it runs."""

    name: str
    address: str
    port: int
    folder: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def netloc(self) -> str:
        return f"{self.address}:{self.port}"

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            command = [binary(), "agent", f"-config-file={self.folder / 'config.json'}"]
            self.process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    def kill(self) -> None:
        """As a machine dies: no time to say anything."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """It takes connections, and says nothing on them."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)


@dataclass
class Cluster:
    """Servers that know each other, and how clients are let in."""

    folder: Path
    servers: list[Server]
    certificates: Mapping[str, Path] = field(default_factory=dict)  # ca, cert, key; none where there is no TLS
    token: str = ""

    @property
    def netloc(self) -> str:
        return ",".join(server.netloc for server in self.servers)

    def url(self, prefix: str, **options: str) -> str:
        """The URL of a space in it."""
        paths = {"scheme": "https", **self.certificates} if self.certificates else {}
        query = "&".join(f"{name}={value}" for name, value in {**paths, **options}.items())
        return f"consul://{self.netloc}/{prefix}" + (f"?{query}" if query else "")

    def start(self) -> None:
        for server in self.servers:
            server.start()
        self.settle()

    def stop(self) -> None:
        for server in self.servers:
            server.kill()

    def settle(self) -> None:
        """Wait until all the servers that run vote and have one leader."""
        running = [server for server in self.servers if server.process is not None]
        _until(lambda: all(self._settled(server) for server in running), self._logs)

    def leader(self) -> Server:
        """The server that leads, when one has been elected."""
        running = [server for server in self.servers if server.process is not None]
        deadline = time.monotonic() + 60
        while True:
            told = self.request(running[0], "GET", "/v1/status/leader").json()
            for server in self.servers:
                if told.startswith(server.address + ":"):
                    return server
            assert time.monotonic() < deadline, "no server of Consul is elected"
            time.sleep(0.1)

    def request(self, server: Server, method: str, path: str, **options: Any) -> requests.Response:
        """Ask a server directly."""
        scheme = "https" if self.certificates else "http"
        if self.certificates:
            files = {name: str(path) for name, path in self.certificates.items()}
            options |= {"verify": files["ca"], "cert": (files["cert"], files["key"])}
        headers = {"X-Consul-Token": self.token} if self.token else {}
        return requests.request(method, f"{scheme}://{server.netloc}{path}", headers=headers, timeout=10, **options)

    def _settled(self, server: Server) -> bool:
        try:
            answer = self.request(server, "GET", "/v1/operator/raft/configuration")
            found = answer.json()["Servers"] if answer.ok else []
        except requests.RequestException:
            return False
        voters = sum(one["Voter"] for one in found)
        return voters == len(self.servers) and any(one["Leader"] for one in found)

    def _logs(self) -> str:
        return "\n".join((server.folder / "log").read_text(errors="replace")[-2000:] for server in self.servers)


@contextmanager
def cluster(folder: Path, servers: int = 1, *, tls: bool = False, acl: bool = False) -> Iterator[Cluster]:
    """Servers that run and have a leader.

    With ``tls`` they speak to clients that have a certificate of theirs only; with ``acl`` nothing is allowed without
    a token.
    """
    binary()
    network = f"127.{random.randint(1, 254)}.{random.randint(0, 255)}"  # all of 127/8 is this machine: no port is taken
    addresses = [f"{network}.{11 + number}" for number in range(servers)]
    certificates = _certificates(folder, addresses) if tls else {}
    port = 8501 if tls else 8500
    made = [
        Server(f"server-{number}", address, port, folder / f"server-{number}")
        for number, address in enumerate(addresses)
    ]
    found = Cluster(folder, made, certificates, MASTER if acl else "")
    for server in made:
        server.folder.mkdir(parents=True)
        configuration = _configuration(server, addresses, certificates, acl=acl)
        (server.folder / "config.json").write_text(json.dumps(configuration))
    try:
        found.start()
        yield found
    finally:
        found.stop()


def _configuration(
    server: Server, addresses: list[str], certificates: Mapping[str, Path], *, acl: bool
) -> dict[str, Any]:
    ports = {"dns": -1, "serf_wan": -1, "grpc": -1, "http": 8500, "https": -1}
    configuration: dict[str, Any] = {
        "node_name": server.name,
        "server": True,
        "bootstrap_expect": len(addresses),
        "bind_addr": server.address,
        "client_addr": server.address,
        "retry_join": [address for address in addresses if address != server.address],
        "retry_interval": "200ms",
        "data_dir": str(server.folder / "data"),
        "performance": {"raft_multiplier": 1},  # a lost leader is replaced within seconds
        "autopilot": {"cleanup_dead_servers": False},  # a killed server is a voter again as soon as it is back
        "session_ttl_min": "1s",
        "disable_update_check": True,
        "log_level": "warn",
        "ports": ports,
    }
    if certificates:
        ports |= {"http": -1, "https": server.port}
        files = {f"{name}_file": str(certificates[name]) for name in ("ca", "cert", "key")}
        configuration |= {**files, "verify_incoming": True, "verify_outgoing": True}
    if acl:
        configuration["acl"] = {"enabled": True, "default_policy": "deny", "tokens": {"master": MASTER}}
    return configuration


def _certificates(folder: Path, addresses: list[str]) -> dict[str, Path]:
    """An authority and a certificate that it has given to the servers and to clients alike."""
    folder.mkdir(parents=True, exist_ok=True)
    ips = [f"-additional-ipaddress={address}" for address in addresses]
    for command in (["ca", "create"], ["cert", "create", "-server", *ips]):
        subprocess.run([binary(), "tls", *command], cwd=folder, check=True, capture_output=True, timeout=60)
    return {
        "ca": folder / "consul-agent-ca.pem",
        "cert": folder / "dc1-server-consul-0.pem",
        "key": folder / "dc1-server-consul-0-key.pem",
    }


def _until(true: Callable[[], bool], explain: Callable[[], str]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, explain()
        time.sleep(0.05)
