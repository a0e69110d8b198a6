"""Is anything left of containers that come and go while workers die?

Twenty containers, a part with a script in each, are installed and taken down again, round after round, by two workers
of which one or the other is killed every few seconds.  After each round everything is counted that a container consists
of on the machine: a leak is a number that rises.

    python -m benchmarks.churn [--rounds 10] [--machines 20] [--images DIR] [--json FILE]      # as root, with LXC
"""

from __future__ import annotations

import argparse
import io
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from manager.client import Client
from worker.hosts.lxc import images
from worker.hosts.lxc.commands import Shell

TEMPLATE = """\
tosca_definitions_version: tosca_simple_yaml_1_1
topology_template:
  node_templates:
    server:
      type: tosca.nodes.Compute
      capabilities: {{ scalable: {{ properties: {{ min_instances: 1, max_instances: {0}, default_instances: {0} }} }} }}
    part:
      type: tosca.nodes.SoftwareComponent
      requirements: [ host: server ]
      interfaces: {{ Standard: {{ create: part.sh, start: part.sh, stop: part.sh, delete: part.sh }} }}
"""
SCRIPT = "setsid sleep 3600 > /dev/null 2>&1 &\ndate > /root/$OPERATION\n"
BRIDGE, NETWORK = "ditritchurn", "10.199.0.0/24"
_KEPT = {"images", "artifacts"}  # what is to be there: images, archives and the logs of all executions
PATIENCE = 600.0  # seconds for one workflow


def counted(state: Path) -> dict[str, int]:
    """What there is of containers now."""
    lxc = state / "lxc"
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    ports = Path("/sys/class/net", BRIDGE, "brif")
    return {
        "containers": sum(1 for path in lxc.glob("*") if path.name not in ("addresses", "images")),
        "addresses": sum(1 for _ in (lxc / "addresses").glob("*")),
        "mounts": Path("/proc/mounts").read_text().count(str(lxc)),
        "cables": sum(1 for _ in ports.iterdir()) if ports.exists() else 0,
        "processes": sum(1 for line in listed.splitlines() if str(lxc) in line or "sleep 3600" in line),
        "files": sum(len(files) for folder, _, files in os.walk(state) if not _KEPT & set(Path(folder).parts)),
    }


@contextmanager
def installation(state: Path, where: Path) -> Iterator[tuple[Client, Mapping[str, str]]]:
    """A manager, and the settings of workers."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    lxc = {"DITRIT_LXC_BRIDGE": BRIDGE, "DITRIT_LXC_NETWORK": NETWORK, "DITRIT_LXC_IMAGES": str(where)}
    settings = {**os.environ, **lxc, "DITRIT_STATE": str(state), "DITRIT_HOSTS": "lxc", "DITRIT_LEASE": "2"}
    settings["DITRIT_JOURNAL"] = str(state / "execs")
    with (state / "log").open("wb") as log:
        settings["DITRIT_BIND"] = f"127.0.0.1:{port}"
        manager = subprocess.Popen([sys.executable, "-m", "manager"], env=settings, stdout=log, stderr=log)
        try:
            client, deadline = Client(f"http://127.0.0.1:{port}"), time.monotonic() + 30
            while not client.ready() and time.monotonic() < deadline:
                time.sleep(0.1)
            yield client, settings
        finally:
            manager.terminate()
            manager.wait()


@contextmanager
def dying_workers(settings: Mapping[str, str], chance: random.Random) -> Iterator[list[int]]:
    """Two workers; one or the other is killed now and then, and another takes its place.  The dead are listed."""
    over, dead = threading.Event(), list[int]()
    command = [sys.executable, "-m", "worker", "--slots", "10"]
    with Path(settings["DITRIT_STATE"], "log").open("ab") as log:

        def started() -> subprocess.Popen[bytes]:
            return subprocess.Popen(command, env=settings, stdout=log, stderr=log)

        workers = [started(), started()]

        def kill() -> None:
            while not over.wait(chance.uniform(1.0, 6.0)):
                victim = chance.randrange(2)
                workers[victim].kill()
                workers[victim].wait()
                dead.append(workers[victim].pid)
                workers[victim] = started()

        killer = threading.Thread(target=kill)
        killer.start()
        try:
            yield dead
        finally:
            over.set()
            killer.join()
            for worker in workers:
                worker.terminate()
                worker.wait()


def executed(client: Client, workflow: str) -> float:
    """Seconds from the request to the end of a workflow, which must be a good one."""
    began = time.monotonic()
    record = client.put("/exec", model="churn", instance="one", workflow=workflow)
    while record["status"] == "running":
        if time.monotonic() - began > PATIENCE:
            sys.exit(f"{workflow} does not end: {record}")
        time.sleep(0.2)
        record = client.get(f"/exec/{record['id']}")
    if record["status"] != "succeeded":
        sys.exit(f"{workflow}: {record}")
    return time.monotonic() - began


def archive(machines: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        made.writestr("churn.yaml", TEMPLATE.format(machines))
        made.writestr("part.sh", SCRIPT)
    return buffer.getvalue()


def measure(state: Path, where: Path, rounds: int, machines: int) -> list[dict[str, Any]]:
    """A row for each round: what it took, how many workers died, and what was there afterwards."""
    chance, rows = random.Random(0), list[dict[str, Any]]()
    with installation(state, where) as (client, settings):
        client.upload("/csar", ("churn.csar", archive(machines)), model="churn")
        client.put("/instance", model="churn", name="one")
        for number in range(1, rounds + 1):
            with dying_workers(settings, chance) as dead:
                install, uninstall = executed(client, "install"), executed(client, "uninstall")
            row = {"round": number, "install": install, "uninstall": uninstall, "killed": len(dead), **counted(state)}
            rows.append(row)
            print("  ".join(f"{name} {_shown(value)}" for name, value in row.items()), flush=True)
    return rows


def _shown(value: float) -> str:
    return f"{value:.1f} s" if isinstance(value, float) else str(value)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--machines", type=int, default=20, help="containers of each round")
    parser.add_argument(
        "--images", type=Path, help="folder of root file systems; by default one is made, for this once"
    )
    parser.add_argument("--json", type=Path, help="file for the figures")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ditrit-churn-") as folder:
        state = Path(folder)
        where = options.images or state / "images"
        images.image(Shell(os.environ), where, None, None)  # ahead: it takes longer than a worker lives here
        rows = measure(state, where, options.rounds, options.machines)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
