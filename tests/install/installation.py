"""A cluster in LXC containers, made by the shipped playbook out of a copy of the checkout."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

ROOT = Path(__file__).parents[2]
COPIED = ("tosca", "engine", "worker", "manager", "install", "setup.py", "pyproject.toml")
BRIDGE = f"ditc{os.getpid()}"  # others on this machine may run tests too
NETWORK = f"10.179.{os.getpid() % 256}"
SHARED = f"{NETWORK}.30"
"""The address of whichever manager has it."""
ADDRESSES = {
    "consul": {f"consul{number}": f"{NETWORK}.1{number}" for number in (1, 2, 3)},
    "s3": {"store1": f"{NETWORK}.21"},
    "manager": {f"manager{number}": f"{NETWORK}.3{number}" for number in (1, 2)},
    "worker": {f"worker{number}": f"{NETWORK}.4{number}" for number in (1, 2, 3)},
}

SUITES = {"consul3": "trixie", "manager2": "trixie", "worker3": "trixie"}
"""The containers that are not of this machine's own release."""


def copy_checkout(target: Path) -> Path:
    """What is installed from, without what deployments leave there; its ``install`` folder."""
    target.mkdir()
    ignored = shutil.ignore_patterns("__pycache__", "secrets", "build", "backups", "*.egg-info")
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, target / name, ignore=ignored)
        else:
            shutil.copy2(ROOT / name, target / name)
    return target / "install"


def inventory(groups: Mapping[str, Mapping[str, str]], variables: Mapping[str, object], *, lxc: bool = True) -> str:
    """An inventory as `install/hosts` is one."""
    lines = ["[lxc_host]", "localhost"] if lxc else []
    for group, hosts in groups.items():
        lines += [
            f"[{group}]",
            *(f"{name} address={address}".removesuffix(" address=") for name, address in hosts.items()),
        ]
    return "\n".join([*lines, "[all:vars]", *(f"{name}={value}" for name, value in variables.items())]) + "\n"


def command(
    install: Path, name: str, *arguments: str, seconds: float = 900, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run one of the commands in ``utils``."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DITRIT_", "AWS_"))}
    return subprocess.run(
        [str(install / "utils" / name), *arguments],
        env={**kept, "DITRIT_VENV": sys.prefix, **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


@dataclass
class Installation:
    """A cluster, and how it is reached from the machine that its containers are on."""

    install: Path
    folder: Path
    groups: dict[str, dict[str, str]] = field(
        default_factory=lambda: {name: dict(of) for name, of in ADDRESSES.items()}
    )

    @property
    def url(self) -> str:
        return f"http://{SHARED}:5000"

    @property
    def containers(self) -> Path:
        return self.folder / "lxc"

    @property
    def file(self) -> Path:
        """What tells the machine which containers it has."""
        return self.folder / "state" / "cluster.json"

    @property
    def build(self) -> Path:
        """What is built for a kind of machine: the installations of one run of tests share it."""
        return self.folder.parent / "build"

    @property
    def secrets(self) -> Mapping[str, str]:
        found: Mapping[str, str] = json.loads((self.install / "secrets/secrets.json").read_text())
        return found

    def write_inventory(self) -> Path:
        settings = {"ditrit_network": f"{NETWORK}.0/24", "ditrit_address": SHARED, "ditrit_bridge": BRIDGE}
        places = {"ditrit_lxc_path": self.containers, "ditrit_state": self.folder / "state"}
        places["ditrit_build_folder"] = self.build
        file = self.folder / "hosts"
        told = {
            group: {name: f"{of} ditrit_suite={SUITES[name]}" if name in SUITES else of for name, of in hosts.items()}
            for group, hosts in self.groups.items()
        }
        file.write_text(inventory(told, {**settings, **places}))
        return file

    def deploy(self, *options: str) -> dict[str, int]:
        """Run the playbook; how many things it changed on each host, where it changed any."""
        ended = self.run("ansible-deploy.sh", "-i", str(self.write_inventory()), *options)
        found = re.findall(r"^(\S+)\s+: ok=\d+\s+changed=(\d+)", ended, re.MULTILINE)
        assert len(found) == 1 + sum(map(len, self.groups.values())), ended
        return {host: int(changed) for host, changed in found if int(changed)}

    def run(self, name: str, *arguments: str) -> str:
        """Run one of the commands to a good end; what it printed, in which there is nothing secret."""
        ended = command(self.install, name, *arguments)
        said = ended.stdout + ended.stderr
        assert ended.returncode == 0, said[-6000:]
        assert [key for key, value in self.secrets.items() if value in said] == []
        return said

    def attach(self, name: str, *told: str, given: bytes = b"") -> str:
        """Run a command in a container; what it printed."""
        place = ["lxc-attach", "-P", str(self.containers), "-n", name, "--clear-env", "--"]
        ended = subprocess.run([*place, *told], input=given, capture_output=True, timeout=60, check=False)
        assert ended.returncode == 0, f"{name}: {told}: {ended.stdout!r} {ended.stderr!r}"
        return ended.stdout.decode()

    def kill(self, name: str) -> None:
        """As a machine dies."""
        subprocess.run(["lxc-stop", "-k", "-P", str(self.containers), "-n", name], check=True, timeout=60)

    def destroy(self, name: str) -> None:
        """As a machine dies with its disk."""
        self.kill(name)
        shutil.rmtree(self.containers / name)

    def start_all(self) -> None:
        self.run("start-all.sh", str(self.file))
        self.settle()

    def holder(self) -> str:
        """The manager that has the shared address."""
        found = [name for name in self.groups["manager"] if self.runs(name) and SHARED in self.addresses(name)]
        assert len(found) == 1, found
        return found[0]

    def runs(self, name: str) -> bool:
        told = ["lxc-info", "-P", str(self.containers), "-n", name, "-s", "-H"]
        return subprocess.run(told, capture_output=True, text=True, check=False).stdout.strip() == "RUNNING"

    def addresses(self, name: str) -> list[str]:
        return re.findall(r"inet ([\d.]+)/", self.attach(name, "ip", "-4", "address", "show", "eth0"))

    def consul(self, path: str) -> Any:
        """Ask whichever server of Consul answers, with the rights of the operator."""
        keys = self.install / "secrets"
        for address in self.groups["consul"].values():
            try:
                answer = requests.get(
                    f"https://{address}:8501{path}",
                    headers={"X-Consul-Token": self.secrets["consul_management"]},
                    verify=str(keys / "ca.pem"),
                    cert=(str(keys / "operator.pem"), str(keys / "operator-key.pem")),
                    timeout=10,
                )
            except requests.RequestException:
                continue
            if answer.ok:
                return answer.json()
        return None

    def leader(self) -> str:
        """The server of Consul that leads."""
        told = str(self.consul("/v1/status/leader"))
        return next(name for name, address in self.groups["consul"].items() if told.startswith(f"{address}:"))

    def settle(self) -> None:
        """Wait until all servers of Consul vote, and a manager answers at the shared address."""
        until(self._majority, 60)
        until(lambda: answers(f"{self.url}/ready"), 60)

    def _majority(self) -> bool:
        found = (self.consul("/v1/operator/raft/configuration") or {}).get("Servers", [])
        return sum(one["Voter"] for one in found) == 3 and any(one["Leader"] for one in found)


def answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).status_code == 200
    except requests.RequestException:
        return False


def until(true: Callable[[], bool], seconds: float) -> None:
    """Wait for something that must become true."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"not true after {seconds} s"
        time.sleep(0.1)


def traces(folder: Path, interfaces: Sequence[str] = ()) -> list[str]:
    """What of an installation is seen on the machine."""
    rules = [line for table in ("filter", "nat") for line in _printed("iptables", "-w", "-t", table, "-S").splitlines()]
    links = {line.split()[1].rstrip(":").partition("@")[0] for line in _printed("ip", "-o", "link").splitlines()}
    mounts = Path("/proc/mounts").read_text().splitlines()
    processes = _printed("ps", "-eo", "args").splitlines()
    locks = [str(path) for path in Path("/run/lxc/lock", *folder.parts[1:]).rglob("*") if path.is_file()]
    return [
        *(line for line in rules if BRIDGE in line or f"{NETWORK}." in line),
        *(link for link in links if link == BRIDGE or link in interfaces),
        *(line for line in [*mounts, *processes] if str(folder / "lxc") in line or str(folder / "state") in line),
        *locks,
        *(str(path) for name in ("lxc", "state") for path in (folder / name).glob("*")),
    ]


def ports() -> list[str]:
    """The interfaces of containers on the bridge."""
    return sorted(path.name for path in Path("/sys/class/net", BRIDGE, "brif").iterdir())


@contextmanager
def installation(folder: Path) -> Iterator[Installation]:
    """A place for a cluster; whatever is left of it at the end is removed."""
    (folder / "lxc").mkdir(parents=True)
    found = Installation(copy_checkout(folder / "checkout"), folder)
    try:
        yield found
    finally:
        if found.file.exists():
            command(found.install, "destroy-all.sh", "--yes", str(found.file))


def _printed(*told: str) -> str:
    return subprocess.run(told, capture_output=True, text=True, check=True).stdout
