"""The cluster of `install/`, really stood up; machines die while it works, are lost with their disks, and come back.

The tests follow each other: each leaves the cluster whole to the next.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests

from benchmarks.chaos.plan import Plan, plan
from install.cluster.suites import own
from tests.acceptance.checker import check
from tests.acceptance.servers import Server
from tests.acceptance.topologies import Topology, appli
from tests.install.installation import ADDRESSES, NETWORK, ROOT, SUITES, Installation, answers, ports, traces, until
from tests.support.csars import random_nodes
from worker.hosts.lxc.images import own_release

END = {"install": "started", "uninstall": "deleted"}
SEED = 4
PACE = 2  # seconds between two executions: the deployment beside them wants processors too
PATIENCE = 240  # seconds for an execution on a machine that others share


@dataclass
class Deployment:
    """A model with one instance, which is installed and uninstalled in turn."""

    name: str
    topology: Topology
    strict: bool
    runs: int = 0

    @property
    def workflow(self) -> str:
        return ("install", "uninstall")[self.runs % 2]

    @property
    def size(self) -> int:
        return sum(len(self.topology.instances(node.name)) for node in self.topology.nodes)


@pytest.fixture(scope="module")
def larger() -> Plan:
    """A random topology of 73 node instances, whose 391 operations last up to a fifth of a second."""
    return plan(SEED, Path("/tmp/marks"), longest=0.2, nodes=random_nodes(random.Random(SEED), 150))


@pytest.fixture(scope="module")
def deployments(larger: Plan) -> list[Deployment]:
    return [Deployment("appli", appli(), strict=False), Deployment("larger", larger.topology, larger.strict)]


class Clients(Server):
    """Clients of the managers, by their one address; they ask again while it moves or Consul elects a leader."""

    def get(self, path: str, **parameters: Any) -> Any:
        deadline = time.monotonic() + 60
        while True:
            told: object = None
            try:
                answer = requests.get(self.url + path, params=parameters, timeout=20, headers=self.headers)
                if answer.status_code == 200:
                    return answer.json()
                told = answer.text
            except requests.RequestException as error:
                told = error
            assert time.monotonic() < deadline, told
            time.sleep(0.2)

    def begin(self, one: Deployment) -> str:
        """Begin an execution; when nobody says whether it has begun, look."""
        before = self._executions(one)
        deadline = time.monotonic() + 60
        while not (new := self._executions(one) - before):
            with suppress(requests.RequestException):
                asked = {"model": one.name, "instance": "one", "workflow": one.workflow}
                requests.put(f"{self.url}/exec", params=asked, timeout=20, headers=self.headers)
            assert time.monotonic() < deadline, one
        assert len(new) == 1
        return new.pop()

    def _executions(self, one: Deployment) -> set[str]:
        return {record["id"] for record in self.all("/exec") if record["model"] == one.name}

    def is_under_way(self, execution: str) -> bool:
        told = self.get(f"/exec/{execution}")["operations"]
        return bool(told["done"] >= told["total"] // 5)

    def ends_right(self, one: Deployment, execution: str) -> None:
        until(lambda: self.get(f"/exec/{execution}")["status"] != "running", PATIENCE)
        record = self.get(f"/exec/{execution}")
        assert record["status"] == "succeeded", record
        history = self.all(f"/exec/{execution}/history")
        assert check(history, one.topology, one.workflow, strict=one.strict) == []
        assert self.states(one.name) == Counter({END[one.workflow]: one.size})
        one.runs += 1


@pytest.fixture
def clients(cluster: Installation) -> Clients:
    return Clients(cluster.url, {}, token=cluster.secrets["admin_token"])


@contextmanager
def working(clients: Clients, deployments: Sequence[Deployment]) -> Iterator[None]:
    """An execution of each deployment, of which the larger is well under way inside; they end right after it."""
    begun = [clients.begin(one) for one in deployments]
    until(lambda: clients.is_under_way(begun[-1]), 60)
    yield
    for one, execution in zip(deployments, begun, strict=True):
        clients.ends_right(one, execution)


@contextmanager
def always_working(clients: Clients, deployments: Sequence[Deployment]) -> Iterator[None]:
    """One execution of each deployment after the other, all the time; each ends right."""
    over = threading.Event()

    def work(one: Deployment) -> None:
        while not over.wait(PACE):
            clients.ends_right(one, clients.begin(one))

    with ThreadPoolExecutor() as pool:
        working = [pool.submit(work, one) for one in deployments]
        try:
            yield
        finally:
            over.set()
        for one in working:
            one.result()


def test_one_command_installs_it(cluster: Installation) -> None:
    changed = cluster.deploy()
    assert set(changed) == {"localhost", *(host for of in ADDRESSES.values() for host in of)}
    assert answers(f"{cluster.url}/ready")


def test_the_same_command_again_changes_nothing(cluster: Installation) -> None:
    assert cluster.deploy() == {}


def test_machines_of_one_installation_may_be_of_several_releases(cluster: Installation) -> None:
    found = {name: cluster.attach(name, "cat", "/etc/os-release") for of in cluster.groups.values() for name in of}
    assert {name for name, told in found.items() if "VERSION_CODENAME=trixie\n" in told} == set(SUITES)
    images = {path.name for path in (cluster.file.parent / "images").iterdir()}
    assert images == {own(own_release()).name, "debian-13"}


def test_nobody_uses_it_from_elsewhere_without_a_token(cluster: Installation, clients: Clients) -> None:
    assert requests.get(f"{cluster.url}/workers", timeout=10).status_code == 401
    assert requests.put(f"{cluster.url}/exec", timeout=10).status_code == 401
    assert len(clients.get("/workers")["items"]) == 3


def test_the_lines_of_the_readme_work_in_a_manager(cluster: Installation, clients: Clients) -> None:
    lines = [line for line in (ROOT / "README.md").read_text().splitlines() if line.startswith("curl -X PUT")]
    assert len(lines) == 3
    archive = (ROOT / "example/appli.zip").read_bytes()
    cluster.attach("manager1", "sh", "-c", "mkdir -p example && cat > example/appli.zip", given=archive)
    for line in lines:
        cluster.attach("manager1", "sh", "-c", f"cd / && {line} --fail-with-body --silent")
    nodes = partial(clients.get, "/instance/un_model/une_instance")
    until(lambda: {node["state"] for node in nodes()["nodes"]} == {"started"}, 60)
    journals = [cluster.attach(worker, "cat", "/opt/execs").splitlines() for worker in cluster.groups["worker"]]
    until(lambda: len(clients.get("/workers")["items"]) == 3, 30)
    assert sum(map(len, journals)) > 100
    assert all(journals), "each worker has executed something"


def test_services_are_nobodys_root_and_their_secrets_nobody_elses(cluster: Installation) -> None:
    users = {"consul1": "consul", "store1": "ditrit-s3", "manager1": "ditrit", "worker1": "ditrit"}
    services = {
        "consul1": "ditrit-consul",
        "store1": "ditrit-s3",
        "manager1": "ditrit-manager",
        "worker1": "ditrit-worker",
    }
    for host, service in services.items():
        pid = cluster.attach(host, "systemctl", "show", "--property=MainPID", "--value", service).strip()
        assert cluster.attach(host, "stat", "--format=%U", f"/proc/{pid}").strip() == users[host]
        told = cluster.attach(host, "find", "/etc", "-name", "*key.pem", "-path", "*ditrit*", "-printf", "%m %g\n")
        assert told == f"640 {users[host]}\n"
    values = [part for value in cluster.secrets.values() for part in ("-e", value)]
    for host in services:
        assert cluster.attach(host, "grep", "-rlsF", *values, "/etc") != "", "who may read it finds it"
        nobody = ["setpriv", "--reuid", "nobody", "--clear-groups", "grep", "-rlsF", *values, "/etc", "/opt", "/var"]
        assert cluster.attach(host, "sh", "-c", '"$@" || test $? != 0', "-", *nobody) == "", host
    assert oct((cluster.install / "secrets").stat().st_mode)[-3:] == "700"


def test_consul_lets_nobody_in_without_a_certificate_and_a_token(cluster: Installation) -> None:
    address = cluster.groups["consul"]["consul1"]
    keys = cluster.install / "secrets"
    with pytest.raises(requests.RequestException):
        requests.get(f"https://{address}:8501/v1/kv/?recurse", verify=str(keys / "ca.pem"), timeout=10)
    mine = (str(keys / "worker.pem"), str(keys / "worker-key.pem"))

    def answer(method: str, path: str, token: str, place: str = address) -> requests.Response:
        url, headers = f"https://{place}:8501{path}", {"X-Consul-Token": token} if token else {}
        return requests.request(method, url, headers=headers, verify=str(keys / "ca.pem"), cert=mine, timeout=10)

    def ask(method: str, path: str, token: str) -> int:
        return answer(method, path, token).status_code

    worker, manager = cluster.secrets["consul_worker"], cluster.secrets["consul_manager"]
    assert ask("GET", "/v1/kv/ditrit/model/un_model", "") == 403
    assert ask("GET", "/v1/kv/ditrit/model/un_model", worker) == 200
    assert ask("PUT", "/v1/kv/ditrit/model/another", worker) == 403
    assert ask("DELETE", "/v1/kv/ditrit/rule/?recurse", worker) == 403
    assert ask("PUT", "/v1/kv/elsewhere", worker) == 403
    assert ask("PUT", "/v1/kv/elsewhere", manager) == 403
    assert ask("GET", "/v1/acl/tokens", manager) == 403
    # Another server hands the refusal on, or loses it when the leader ends the connection between them first.
    refused = answer("GET", "/v1/snapshot", worker, cluster.groups["consul"][cluster.leader()])
    assert refused.status_code == 403
    assert "Permission denied" in refused.text


def test_a_service_that_dies_is_back_at_once(cluster: Installation) -> None:
    services = {
        "consul2": "ditrit-consul",
        "store1": "ditrit-s3",
        "manager2": "ditrit-manager",
        "worker2": "ditrit-worker",
    }
    for host, service in services.items():
        cluster.attach(host, "systemctl", "kill", "--kill-whom=main", "--signal=KILL", service)
    for host, service in services.items():
        until(partial(_has_restarted, cluster, host, service), 30)
    cluster.settle()


def _has_restarted(cluster: Installation, host: str, service: str) -> bool:
    told = cluster.attach(host, "systemctl", "show", "--property=NRestarts,ActiveState", service).split()
    return sorted(told) == ["ActiveState=active", "NRestarts=1"]


def test_logs_are_rotated_while_they_are_written(cluster: Installation) -> None:
    before = cluster.attach("worker1", "cat", "/opt/execs")
    cluster.attach("worker1", "logrotate", "--force", "/etc/logrotate.d/ditrit-worker")
    assert cluster.attach("worker1", "cat", "/opt/execs") == ""
    assert cluster.attach("worker1", "zcat", "-f", "/opt/execs.1.gz") == before
    for host, kind in (("consul1", "consul"), ("store1", "s3"), ("manager1", "manager")):
        cluster.attach(host, "logrotate", "--force", f"/etc/logrotate.d/ditrit-{kind}")
        assert cluster.attach(host, "ls", "/var/log/ditrit").split()[0] == f"{kind}.log"


def test_executions_survive_the_loss_of_a_worker(
    cluster: Installation, clients: Clients, deployments: list[Deployment], larger: Plan
) -> None:
    clients.deploy((ROOT / "example/appli.zip").read_bytes(), "appli")
    clients.deploy(larger.archive, "larger", larger.weaving)
    with working(clients, deployments):
        cluster.kill("worker2")
    cluster.start_all()


def test_executions_survive_the_loss_of_the_leader_of_consul(
    cluster: Installation, clients: Clients, deployments: list[Deployment]
) -> None:
    lost = cluster.leader()
    with working(clients, deployments):
        cluster.kill(lost)
        until(lambda: cluster.consul("/v1/status/leader") not in (None, "", f"{ADDRESSES['consul'][lost]}:8300"), 60)
    cluster.start_all()


def test_the_address_goes_to_the_other_manager_when_the_one_that_has_it_is_lost(
    cluster: Installation, clients: Clients, deployments: list[Deployment]
) -> None:
    lost = cluster.holder()
    with working(clients, deployments):
        cluster.kill(lost)
        until(lambda: answers(f"{clients.url}/ready"), 15)
        assert cluster.holder() != lost
    cluster.start_all()


def test_what_is_lost_for_good_is_made_anew_and_a_new_release_put_in_its_place_while_executions_go_on(
    cluster: Installation, clients: Clients, deployments: list[Deployment]
) -> None:
    """One command: three machines that are gone with their disks, a fourth worker, and other sources."""
    gone = ["worker1", cluster.leader(), cluster.holder()]
    template = cluster.install.parent / "worker/bell.py"
    template.write_text(template.read_text() + "\n# another release\n")
    cluster.groups["worker"]["worker4"] = f"{NETWORK}.44"
    before = sum(one.runs for one in deployments)
    with always_working(clients, deployments):
        for name in gone:
            cluster.destroy(name)
        changed = cluster.deploy()
    assert sum(one.runs for one in deployments) > before + 4
    kept = {name for name in cluster.groups["consul"] if name not in gone}
    assert set(changed) == {"localhost", *gone, *cluster.groups["manager"], *cluster.groups["worker"]}
    assert kept.isdisjoint(changed)
    cluster.settle()
    until(lambda: len(clients.get("/workers")["items"]) == 4, 30)
    releases = {
        cluster.attach(name, "readlink", "-f", "/usr/local/bin/ditrit") for name in ("worker4", "worker3", "manager1")
    }
    assert len(releases) == 1


def test_what_was_saved_can_be_put_back(cluster: Installation, clients: Clients, deployments: list[Deployment]) -> None:
    inventory, folder = str(cluster.write_inventory()), cluster.folder / "saved"
    with _without_a_leader(cluster, 20):
        assert "RETRYING" in cluster.run("backup.sh", "-i", inventory, "-e", f"ditrit_backup={folder}")
    assert {oct(path.stat().st_mode)[-3:] for path in folder.iterdir()} == {"600"}
    executions = clients.all("/exec")
    removed = requests.delete(
        f"{clients.url}/instance/appli/one", params={"force": "true"}, timeout=60, headers=clients.headers
    )
    assert removed.status_code in (200, 202, 204), removed.text
    assert requests.delete(f"{clients.url}/csar/appli", timeout=60, headers=clients.headers).ok
    cluster.run("restore.sh", str(folder), "-i", inventory)
    until(lambda: answers(f"{clients.url}/ready"), 60)
    assert clients.all("/exec") == executions
    with working(clients, deployments):
        pass


@contextmanager
def _without_a_leader(cluster: Installation, seconds: float) -> Iterator[None]:
    """Two of three servers of Consul are frozen for so long, and what asks meanwhile is told that nobody leads."""

    def tell(signal: str) -> None:
        for name in ("consul2", "consul3"):
            cluster.attach(name, "systemctl", "kill", f"--signal={signal}", "ditrit-consul")

    tell("STOP")
    timer = threading.Timer(seconds, tell, ["CONT"])
    timer.start()
    try:
        yield
    finally:
        timer.join()
    cluster.settle()


def test_a_worker_that_the_inventory_no_longer_has_is_removed_alone(cluster: Installation, clients: Clients) -> None:
    del cluster.groups["worker"]["worker4"]
    assert cluster.deploy() == {"localhost": 2}
    assert not (cluster.containers / "worker4").exists()
    until(lambda: len(clients.get("/workers")["items"]) == 3, 40)


def test_all_stop_and_start_in_order(cluster: Installation) -> None:
    stopped = cluster.run("stop-all.sh", str(cluster.file)).splitlines()
    assert stopped[0].startswith("stopped container worker")
    assert stopped[-1].startswith("stopped container consul")
    assert len(stopped) == 9
    cluster.start_all()


def test_destroying_it_leaves_the_machine_as_it_was(cluster: Installation) -> None:
    interfaces = ports()
    assert len(interfaces) == 9
    assert len(traces(cluster.folder, interfaces)) > 20
    cluster.run("destroy-all.sh", "--yes", str(cluster.file))
    assert traces(cluster.folder, interfaces) == []
