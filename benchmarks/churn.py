"""Is anything left of containers that come and go while workers die?

Twenty containers, a part with a script in each, are installed and taken down again, round after round, by two workers
of which one or the other is killed every few seconds.  After each round everything is counted that a container consists
of on the machine: a leak is a number that rises.

    python -m benchmarks.churn [--rounds 10] [--machines 20] [--images DIR] [--json FILE]      # as root, with LXC
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.acceptance.servers import Server
from tests.acceptance.test_killed_workers import dying_workers
from tests.acceptance.test_lxc import lxc
from tests.support.archives import archive
from tests.support.lxc import Site, make_images, remove_network

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
SCRIPT = "setsid sleep 3600 > /dev/null 2>&1 &\ntouch /var/tmp/$OPERATION\n"
LIVES = (1.0, 6.0)  # seconds from one death to the next
PATIENCE = 600.0  # seconds for one workflow


def counted(site: Site, state: Path) -> dict[str, int]:
    """What is left of containers, and how many files there are but for archives and the logs that are kept."""
    files = sum(len(names) for folder, _, names in os.walk(state) if "artifacts" not in Path(folder).parts)
    return {**{what: len(found) for what, found in site.leftovers().items()}, "files": files}


def executed(server: Server, workflow: str) -> float:
    """Seconds from the request to the end of a workflow, which must be a good one."""
    began = time.monotonic()
    server.execute("churn", workflow, PATIENCE)
    return time.monotonic() - began


def measure(folder: Path, images: Path, rounds: int, machines: int) -> list[dict[str, Any]]:
    """A row for each round: what it took, how many workers died, and what was there afterwards."""
    rows = list[dict[str, Any]]()
    with lxc(folder, images, 0) as (server, site):
        server.deploy(archive({"churn.yaml": TEMPLATE.format(machines), "part.sh": SCRIPT}), "churn")
        for number in range(1, rounds + 1):
            with dying_workers(server, LIVES) as dead:
                install, uninstall = executed(server, "install"), executed(server, "uninstall")
            left = counted(site, folder / "state")
            rows.append({"round": number, "install": install, "uninstall": uninstall, "killed": len(dead), **left})
            print("  ".join(f"{name} {_shown(value)}" for name, value in rows[-1].items()), flush=True)
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
    with tempfile.TemporaryDirectory(prefix="ditrit-churn-") as name:
        try:
            images = make_images(options.images or Path(name, "images"))  # ahead: it takes longer than a worker lives
            rows = measure(Path(name), images, options.rounds, options.machines)
        finally:
            remove_network()
    if options.json:
        options.json.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
