"""What the topology says runs on machines of a pool, whoever dies meanwhile, and they are given back as they came."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import yaml

from tests.acceptance.servers import Server, running, start_worker
from tests.support.archives import archive
from tests.support.ssh import Pool
from tests.worker.executors.watching import eventually

TEMPLATE = """\
tosca_definitions_version: tosca_simple_yaml_1_1
node_types:
  shop.Part:
    derived_from: tosca.nodes.SoftwareComponent
    attributes: { machine: { type: string } }
topology_template:
  node_templates:
    front:
      type: tosca.nodes.Compute
      capabilities: { host: { properties: { num_cpus: 2 } } }
    back: { type: tosca.nodes.Compute }
    client:
      type: shop.Part
      requirements: [ { host: front } ]
      interfaces: { Standard: { create: where.sh, configure: once.sh, start: serve.sh, delete: once.sh } }
    server:
      type: shop.Part
      requirements: [ { host: back } ]
      interfaces: { Standard: { create: where.sh, configure: once.sh, start: serve.sh, delete: once.sh } }
  outputs:
    front: { type: string, value: { get_attribute: [ client, machine ] } }
    back: { type: string, value: { get_attribute: [ server, machine ] } }
    address: { type: string, value: { get_attribute: [ front, private_address ] } }
"""
SCRIPTS = {
    "where.sh": 'echo "machine=$(hostname)" >> "$DITRIT_OUTPUTS"\n',
    # The first attempt does not end by itself; while it runs it holds the lock.
    "once.sh": """\
exec 9> /tmp/lock
flock -n 9 || { echo 'an earlier attempt runs'; exit 1; }
[ -e /tmp/first ] || { touch /tmp/first; sleep 600; }
""",
    "serve.sh": "setsid sleep 2347 9>&- &\n",
}


@contextmanager
def workers(server: Server, count: int) -> Iterator[None]:
    """So many workers, until they are killed."""
    started = [start_worker(server) for _ in range(count)]
    try:
        yield
    finally:
        for worker in started:
            worker.kill()
            worker.wait()


def test_each_part_runs_on_its_machine_though_the_workers_are_killed(tmp_path: Path, ssh_pool: Pool) -> None:
    file = tmp_path / "settings.yaml"
    settings = {"ssh_inventory": str(ssh_pool.listed())}
    file.write_text(yaml.safe_dump({"manager": {"hosts": "ssh"}, "worker": settings}))
    with running(tmp_path, 0, "--config", str(file)) as up:
        server = Server(up.url, {**up.settings, "DITRIT_SSH_INVENTORY": settings["ssh_inventory"]}, up.up)
        server.deploy(archive({"service.yaml": TEMPLATE, **SCRIPTS}), "shop")
        thread = ThreadPoolExecutor(1)
        with workers(server, 2):
            installed = thread.submit(server.execute, "shop", "install", seconds=240)
            assert eventually(lambda: all("first" in ssh_pool.inside(number, "ls", "/tmp") for number in range(2)), 120)
        with workers(server, 2):  # the others are dead
            installed.result()
            outputs = server.get("/instance/shop/one")["outputs"]
            names = [container.name for container in ssh_pool.containers]
            assert outputs == {"front": names[1], "back": names[0], "address": ssh_pool.addresses[1]}
            for number in range(2):
                assert "sleep 2347" in ssh_pool.inside(number, "ps", "-eo", "args")
            server.execute("shop", "uninstall", seconds=240)
    for number in range(2):
        assert ssh_pool.holds(number) == []
        assert not {"sleep 2347", "sleep 600"} & set(ssh_pool.inside(number, "ps", "-eo", "args").splitlines())
        ssh_pool.inside(number, "rm", "/tmp/first", "/tmp/lock")
