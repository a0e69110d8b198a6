"""What the topology says runs in containers of its own, whoever dies meanwhile, and nothing of them stays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

from example.pack import pack
from tests.acceptance.checker import check
from tests.acceptance.servers import Server, running
from tests.acceptance.test_killed_workers import dying_workers
from tests.acceptance.topologies import appli
from tests.support.archives import archive
from tests.support.lxc import NOTHING, Site

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


def test_the_example_in_containers_while_workers_are_killed(tmp_path: Path, lxc_images: Path) -> None:
    with lxc(tmp_path, lxc_images, 0) as (server, site), dying_workers(server) as dead:
        server.deploy(pack(EXAMPLE), "appli")
        for workflow, end in (("install", "started"), ("uninstall", "deleted")):
            execution = server.execute("appli", workflow, seconds=180)
            own = [event for event in server.all(f"/exec/{execution}/history") if event.get("interface") != "Host"]
            assert check(own, appli(), workflow) == []
            assert server.states("appli") == Counter({end: 19})
            assert len(site.containers()) == (6 if workflow == "install" else 0)
        assert len(dead) >= 2
        assert site.leftovers() == NOTHING
