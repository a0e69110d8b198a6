"""What the topology says runs in containers of its own, whoever dies meanwhile, and nothing of them stays."""

from __future__ import annotations

import os
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import yaml

from example.pack import pack
from tests.acceptance.checker import check
from tests.acceptance.servers import Server, running, start_worker
from tests.acceptance.test_killed_workers import dying_workers
from tests.acceptance.topologies import appli
from tests.support.archives import archive
from tests.support.lxc import NOTHING, Site, remove_network
from tests.support.lxc import site as new_site

EXAMPLE = Path(__file__).parents[2] / "example/appli"
TEMPLATE = """\
tosca_definitions_version: tosca_simple_yaml_1_1
node_types:
  shop.Part:
    derived_from: tosca.nodes.SoftwareComponent
    attributes: { machine: { type: string }, heard: { type: string } }
    capabilities: { service: tosca.capabilities.Endpoint, scalable: tosca.capabilities.Scalable }
    requirements:
      - service: { capability: tosca.capabilities.Endpoint, relationship: tosca.relationships.ConnectsTo }
topology_template:
  node_templates:
    front:
      type: tosca.nodes.Compute
      capabilities: { host: { properties: { mem_size: 256 MB } } }
    back:
      type: tosca.nodes.Compute
      capabilities: { scalable: { properties: { min_instances: 1, max_instances: 3, default_instances: 2 } } }
    client:
      type: shop.Part
      requirements:
        - host: front
        - service: server
      interfaces:
        Standard:
          start:
            implementation: ask.sh
            inputs: { addresses: { get_attribute: [ back, private_address ] } }
    server:
      type: shop.Part
      requirements:
        - host: back
      interfaces:
        Standard: { create: where.sh, start: serve.sh }
  outputs:
    machines: { type: list, value: { get_attribute: [ server, machine ] } }
    heard: { type: string, value: { get_attribute: [ client, heard ] } }
"""
SCRIPTS = {
    "where.sh": 'echo "machine=$(hostname)" >> "$DITRIT_OUTPUTS"\n',
    "serve.sh": "setsid python3 -m http.server 8000 --directory /opt/ditrit/archives > /dev/null 2>&1 &\nsleep 0.5\n",
    "ask.sh": """\
set -e
for address in $(echo "$addresses" | tr -d '[]",' | sed 's/10\\./ 10./g'); do
    curl -sS --retry 20 --retry-connrefused --retry-delay 1 -o /dev/null "http://$address:8000/"
    heard="$heard $address"
done
echo "heard=$heard" >> "$DITRIT_OUTPUTS"
""",
}


@contextmanager
def lxc(folder: Path, images: Path, workers: int) -> Iterator[tuple[Server, Site]]:
    """``ditrit up`` with containers as hosts."""
    site = Site(folder / "state" / "lxc", images)
    settings = {name.removeprefix("DITRIT_").lower(): value for name, value in site.variables.items()}
    file = folder / "settings.yaml"
    file.write_text(yaml.safe_dump({"manager": {"hosts": "lxc"}, "worker": settings}))
    try:
        with running(folder, workers, "--config", str(file)) as server:
            yield Server(server.url, {**server.settings, **site.variables}, server.up), site
    finally:
        site.kill()


def test_each_part_runs_in_its_machine_and_they_reach_each_other(tmp_path: Path, lxc_images: Path) -> None:
    with lxc(tmp_path, lxc_images, 2) as (server, site):
        server.deploy(archive({"service.yaml": TEMPLATE, **SCRIPTS}), "shop")
        execution = server.execute("shop", "install")
        answer = server.get("/instance/shop/one")
        names = site.containers()
        assert len(names) == 3
        assert sorted(answer["outputs"]["machines"]) == [name for name in names if name.startswith("one-back-")]
        addresses = [node["attributes"]["private_address"] for node in answer["nodes"] if node["node"] == "back"]
        assert answer["outputs"]["heard"].split() == addresses
        events = server.all(f"/exec/{execution}/history")
        hosts = [event for event in events if event.get("interface") == "Host"]
        assert Counter(event["operation"] for event in hosts) == {"create": 3, "start": 3}
        log = server.text(f"/exec/{execution}/log", node="front", operation="Host.create")
        assert f"creating container {next(name for name in names if 'front' in name)} with address 10.178." in log
        server.execute("shop", "uninstall")
        assert site.leftovers() == NOTHING


SPREAD = """\
tosca_definitions_version: tosca_simple_yaml_1_1
topology_template:
  node_templates:
    machine:
      type: tosca.nodes.Compute
      capabilities: { scalable: { properties: { min_instances: 1, max_instances: 4, default_instances: 4 } } }
    part:
      type: tosca.nodes.SoftwareComponent
      requirements: [ host: machine ]
      interfaces: { Standard: { create: where.sh, start: where.sh, delete: where.sh } }
"""


def test_what_is_in_a_container_runs_on_its_machine_also_when_all_workers_there_have_died(
    tmp_path: Path, lxc_images: Path
) -> None:
    with running(tmp_path, 0, "--hosts", "lxc") as server, machines(tmp_path, lxc_images, "east", "west") as sites:
        workers = {name: worker_on(server, tmp_path, name, site) for name, site in sites.items()}
        try:
            server.deploy(archive({"service.yaml": SPREAD, "where.sh": SCRIPTS["where.sh"]}), "spread")
            execution = server.execute("spread", "install")
            east, west = (site.containers() for site in sites.values())
            assert len(east) + len(west) == 4
            assert min(len(east), len(west)) > 0
            made = {(event["node"], *event["index"]): event["worker"] for event in operations(server, execution)}
            assert {event["worker"] for event in operations(server, execution)} == {"east", "west"}

            workers["east"].kill()
            workers["east"].wait()
            execution = server.put("/exec", params={"model": "spread", "instance": "one", "workflow": "uninstall"})[
                "id"
            ]
            until(lambda: sites["west"].containers() == [])
            assert sites["east"].containers() == east
            assert server.get(f"/exec/{execution}")["status"] == "running"
            workers["east"] = worker_on(server, tmp_path, "east", sites["east"])
            until(lambda: server.get(f"/exec/{execution}")["status"] != "running")
            assert server.states("spread") == Counter(deleted=8)
            assert all(
                made[event["node"], *event["index"]] == event["worker"] for event in operations(server, execution)
            )
        finally:
            for worker in workers.values():
                worker.terminate()
                worker.wait()
        assert [site.leftovers() for site in sites.values()] == [NOTHING, NOTHING]


def worker_on(server: Server, folder: Path, name: str, site: Site) -> subprocess.Popen[bytes]:
    """The worker of a machine of its own, as far as containers are concerned."""
    own = {
        "DITRIT_SPACE": f"sqlite://{folder}/state/space.db",
        "DITRIT_ARTIFACTS": f"file://{folder}/state/artifacts",
        "DITRIT_STATE": str(folder / name),
        "DITRIT_MACHINE": name,
        "DITRIT_NAME": name,
        "DITRIT_LEASE": "2",
        "DITRIT_SLOTS": "2",
    }
    before = len(server.get("/workers")["items"])
    started = start_worker(Server(server.url, {**server.settings, **site.variables, **own}))
    until(lambda: len(server.get("/workers")["items"]) > before)
    return started


def operations(server: Server, execution: str) -> list[dict[str, Any]]:
    return [event for event in server.all(f"/exec/{execution}/history") if "operation" in event]


def until(true: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@contextmanager
def machines(folder: Path, images: Path, *names: str) -> Iterator[dict[str, Site]]:
    """Places for containers, each with a network of its own, which know nothing of each other."""
    with ExitStack() as stack:
        sites = {}
        for number, name in enumerate(names):
            bridge, addresses = f"d{os.getpid()}{name}", f"10.{181 + number}.{os.getpid() % 256}.0/24"
            stack.callback(remove_network, bridge, addresses)
            sites[name] = stack.enter_context(new_site(folder / name / "lxc", images, bridge, addresses))
        yield sites


PAIRS = {
    *(
        (f"A-{server},{number}", to)
        for server in range(3)
        for number in range(3)
        for to in ("B[0,0]", "C[0,0]", "C[0,1]")
    ),
    ("B-0,0", "D[0,0]"),
    *(("D-0,0", to) for to in ("C[0,0]", "C[0,1]")),
}
"""Which component has reached which by TCP."""


def connections(site: Site) -> set[tuple[str, str]]:
    """What the components have written down in their containers."""
    found = set()
    for name in site.containers():
        attach = ["lxc-attach", "-P", str(site.root), "-n", name, "--"]
        command = [*attach, "sh", "-c", "cd /run/appli && grep -H ' answers at ' *.connections || true"]
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        for line in told.splitlines():
            source, _, rest = line.partition(".connections:")
            found.add((source, rest.split(" ")[0]))
    return found


def test_the_example_in_containers_while_workers_are_killed(tmp_path: Path, lxc_images: Path) -> None:
    with lxc(tmp_path, lxc_images, 0) as (server, site), dying_workers(server) as dead:
        server.deploy(pack(EXAMPLE), "appli")
        for workflow, end in (("install", "started"), ("uninstall", "deleted")):
            execution = server.execute("appli", workflow, seconds=180)
            own = [event for event in server.all(f"/exec/{execution}/history") if event.get("interface") != "Host"]
            assert check(own, appli(), workflow) == []
            assert server.states("appli") == Counter({end: 19})
            assert len(site.containers()) == (6 if workflow == "install" else 0)
            if workflow == "install":
                assert connections(site) == PAIRS
        assert len(dead) >= 2
        assert site.leftovers() == NOTHING
