"""A whole installation on machines of Debian 13 that are reached by ssh, whose store is somebody else's.

Each server of Consul has its program from another source.  The tests follow each other.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.acceptance.servers import Server
from tests.install.installation import ROOT, SHARED, answers, command, until
from tests.install.machines import GATEWAY, SUITE, Machines, machines
from tests.install.repository import VERSION, repository
from tests.support.lxc import require
from tests.support.s3 import S3Server

UBUNTU = 'NAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian\nVERSION_ID="22.04"\nVERSION="22.04.5 LTS (Jammy Jellyfish)"\n'


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    require()
    for program in ("ssh", "gpg", "consul"):
        if shutil.which(program) is None:
            pytest.fail(f"{program} is missing; tests/support/install-servers, run as root, installs it")
    with machines(tmp_path_factory.mktemp("machines")) as found:
        yield found


@pytest.fixture(scope="module")
def store(place: Machines) -> Iterator[S3Server]:
    """A store with a certificate of an authority that no system knows."""
    server = S3Server(place.folder / "s3", tls=True, host=GATEWAY)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def vendor(place: Machines) -> Iterator[str]:
    with repository(place.folder / "vendor", GATEWAY, SUITE) as url:
        yield url


@pytest.fixture(scope="module")
def site(place: Machines, store: S3Server, vendor: str) -> Machines:
    """The machines, with an inventory that can be installed."""
    archive = place.folder / "consul.zip"
    with zipfile.ZipFile(archive, "w") as packing:
        packing.write(str(shutil.which("consul")), "consul")
    told = subprocess.run(["consul", "version"], capture_output=True, text=True, check=True).stdout
    assert told.startswith("Consul v1.8."), "servers are of one version, and the package's is 1.8"
    place.settings = {
        "ditrit_artifacts": store.url("archives"),
        "ditrit_artifacts_key_id": store.key_id,
        "ditrit_artifacts_secret": store.secret,
        "ditrit_artifacts_ca": store.ca,
    }
    place.hosts = {
        "consul2": {"consul_source": "archive", "consul_archive": str(archive)},
        "consul3": {"consul_source": "vendor", "consul_repository": vendor, "consul_repository_key": f"{vendor}/gpg"},
    }
    return place


def refused(site: Machines, *options: str) -> str:
    """What is said instead of changing anything."""
    ended = command(site.install, "ansible-deploy.sh", "-i", str(site.write_inventory()), *options)
    assert ended.returncode != 0
    assert "changed=1" not in ended.stdout
    assert ended.stdout.count("PLAY [") == 1, ended.stdout
    assert not (site.install / "secrets").exists()
    return ended.stdout


def test_a_machine_of_another_system_is_refused(site: Machines) -> None:
    release = site.attach("worker1", "cat", "/etc/os-release")
    site.attach("worker1", "sh", "-c", "rm /etc/os-release && cat > /etc/os-release", given=UBUNTU.encode())
    told = refused(site)
    site.attach("worker1", "sh", "-c", "cat > /etc/os-release", given=release.encode())
    assert "worker1: found Ubuntu 22.04 with Python 3.13" in told
    assert "expected Debian 12 or Debian 13 or Ubuntu 24.04; nothing was changed" in told


def test_a_machine_without_python_is_refused(site: Machines) -> None:
    site.attach("worker1", "mv", "/usr/bin/python3", "/usr/bin/away")
    told = refused(site)
    site.attach("worker1", "mv", "/usr/bin/away", "/usr/bin/python3")
    assert "Nothing was changed. These machines cannot be reached:" in told
    assert "host worker1: The module interpreter '/usr/bin/python3' was not found." in told


def test_places_that_have_no_consul_are_refused(site: Machines, vendor: str) -> None:
    """Another place for each: a suite that there is not, a system without such a package, a repository without a key.

    What the sources of a machine say of credentials is nobody else's.
    """
    keyless = {"consul_source": "vendor", "consul_repository": vendor, "consul_repository_key": f"{vendor}/none"}
    sources, right = site.attach("consul1", "cat", "/etc/apt/sources.list"), site.hosts
    site.attach("consul1", "sed", "-i", "s,//,//me:hidden@,", "/etc/apt/sources.list")
    site.hosts = {"consul1": {"consul_suite": "nowhere"}, "consul2": {"consul_suite": "''"}, "consul3": keyless}
    told = refused(site)
    site.hosts = right
    site.attach("consul1", "sh", "-c", "cat > /etc/apt/sources.list", given=sources.encode())
    suite = r"nothing was changed: looked for a package consul in \w+://\*\*\*@\S+ nowhere main, and apt says"
    assert re.search(suite, told), told
    assert "hidden" not in told
    assert "nothing was changed: found no package consul in the sources of Debian trixie; expected: a suite or" in told
    assert f"consul_repository_key: {vendor}/none: HTTP Error 404: File not found; expected: a suite or" in told


def test_one_command_installs_it(site: Machines) -> None:
    assert set(site.deploy()) == {"localhost", *(host for of in site.groups.values() for host in of)}
    until(lambda: answers(f"{site.url}/ready"), 30)


def test_each_server_has_consul_from_where_its_inventory_says(site: Machines) -> None:
    version = "dpkg-query --show --showformat='${Version}' consul 2> /dev/null; command -v consul"
    found = {name: site.attach(name, "sh", "-c", version) for name in site.groups["consul"]}
    assert re.fullmatch(r"1\.8\.7\+dfsg\S*/usr/bin/consul\n", found.pop("consul1"))
    assert found == {"consul2": "/usr/local/bin/consul\n", "consul3": f"{VERSION}/usr/bin/consul\n"}
    site.settle()


def test_only_consul_comes_from_the_other_suite(site: Machines) -> None:
    script = (
        "apt-get --simulate dist-upgrade | grep -c '^Inst' || test $? = 1; apt-cache policy bash | grep -c bullseye"
    )
    assert site.attach("consul1", "sh", "-c", script).split() == ["0", "1"]


def test_executions_run_there_and_what_they_leave_is_in_the_store(site: Machines, store: S3Server) -> None:
    client = Server(f"http://{SHARED}:5000", {}, token=site.secrets["admin_token"])
    client.deploy((ROOT / "example/appli.zip").read_bytes(), "appli")
    client.execute("appli", "install")
    assert client.states("appli") == Counter({"started": 19})
    client.execute("appli", "uninstall")
    assert client.states("appli") == Counter({"deleted": 19})
    assert any(path.is_file() for path in (store.objects / "archives").rglob("*"))
    assert site.attach("worker1", "/usr/bin/python3", "--version").startswith("Python 3.13")


def test_a_machine_with_another_python_gets_the_release_for_it_and_nothing_else_changes(site: Machines) -> None:
    """As one that was brought to a newer Debian: what was installed there is for the Python of the older one."""
    release = site.attach("worker1", "readlink", "-f", "/usr/local/bin/ditrit").strip().removesuffix("/bin/ditrit")
    site.attach("worker1", "mv", f"{release}/lib/python3.13", f"{release}/lib/python3.11")
    assert set(site.deploy()) == {"worker1"}
    assert site.attach("worker1", "ls", f"{release}/lib").split() == ["python3.13"]
    client = Server(f"http://{SHARED}:5000", {}, token=site.secrets["admin_token"])
    client.execute("appli", "install")


def test_systemd_finds_nothing_wrong_with_the_services(site: Machines) -> None:
    units = {"consul1": "consul", "manager1": "manager", "worker1": "worker"}
    for host, kind in units.items():
        told = site.attach(host, "sh", "-c", f"systemd-analyze verify --man=no ditrit-{kind}.service 2>&1")
        assert told == "", host
