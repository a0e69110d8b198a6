"""Consul comes from where the inventory says, or it is said why it cannot."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from install.cluster.program import EXPECTED, ProgramError, check, unpack
from install.cluster.sources import problems
from tests.install.installation import ADDRESSES, NETWORK, ROOT, SHARED, command, inventory
from tests.install.repository import package

SERVERS = ("consul1", "consul2", "consul3")


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """This machine's own."""
    found = shutil.which("consul")
    if found is None:
        said = "consul is missing; tests/support/install-servers, run as root, installs it"
        if os.environ.get("CI"):
            pytest.fail(said)
        pytest.skip(said)
    return Path(shutil.copy(found, tmp_path / "program"))


def found(**variables: str) -> list[str]:
    """The problems when all three have the same settings."""
    return problems(SERVERS, dict.fromkeys(SERVERS, variables))


def zipped(program: Path, name: str = "consul") -> Path:
    file = program.with_name("consul.zip")
    with zipfile.ZipFile(file, "w") as packing:
        packing.write(program, name)
    return file


def test_the_package_is_what_is_taken_when_nothing_is_said() -> None:
    assert found() == []
    assert found(consul_source="package") == []


def test_an_unknown_source_is_refused_for_all_that_have_it() -> None:
    assert found(consul_source="apt") == [
        "consul1, consul2, consul3: found consul_source 'apt', expected package, archive or vendor"
    ]
    assert problems(SERVERS, {"consul1": {}, "consul2": {"consul_source": "apt"}}) == [
        "consul2: found consul_source 'apt', expected package, archive or vendor"
    ]


def test_what_a_source_needs_is_named() -> None:
    hosts = "consul1, consul2, consul3"
    assert found(consul_source="archive", consul_archive="") == [
        f"{hosts}: consul_archive is missing, expected {EXPECTED}"
    ]
    assert found(consul_source="vendor", consul_repository="", consul_repository_key="") == [
        f"{hosts}: consul_repository is missing, expected the URL of the vendor's repository or a copy of it",
        f"{hosts}: consul_repository_key is missing, expected the URL of the key that it is signed with",
    ]


def test_a_url_with_credentials_is_refused_without_telling_them() -> None:
    url = "https://me:hidden@apt.example/debian"
    (told,) = found(consul_source="vendor", consul_repository=url, consul_repository_key="https://apt.example/me@key")
    assert told.endswith(": consul_repository holds credentials, expected none: apt has them of /etc/apt/auth.conf.d")
    assert "hidden" not in told


def test_a_zip_a_package_and_the_program_itself_will_do(program: Path, tmp_path: Path) -> None:
    (tmp_path / "pool").mkdir()
    for archive in (zipped(program), package(tmp_path / "pool"), program):
        assert found(consul_source="archive", consul_archive=str(archive)) == []
        unpacked = unpack(archive, tmp_path / "build")
        assert unpacked.read_bytes() == program.read_bytes()
        assert unpack(archive, tmp_path / "build") == unpacked
    assert len(list((tmp_path / "build").iterdir())) == 3, "one for each, and nothing unfinished"


def test_an_archive_that_is_not_there_is_refused(tmp_path: Path) -> None:
    for none in (tmp_path, tmp_path / "none"):
        (told,) = found(consul_source="archive", consul_archive=str(none))
        assert told == f"consul1, consul2, consul3: consul_archive: found no file {str(none)!r}, expected {EXPECTED}"


def test_an_archive_of_something_else_is_refused(program: Path, tmp_path: Path) -> None:
    text, cut, other = tmp_path / "text", tmp_path / "cut.zip", zipped(program, "nomad")
    text.write_text("#!/bin/sh\n")
    cut.write_bytes(other.read_bytes()[:1000])
    (tmp_path / "broken.deb").write_bytes(b"!<arch>\n and no more")
    (tmp_path / "pool").mkdir()
    for archive in (other, cut, tmp_path / "broken.deb", package(tmp_path / "pool", "nomad")):
        with pytest.raises(ProgramError, match=f"found no consul in '{archive}', expected the vendor's zip"):
            check(archive)
    with pytest.raises(ProgramError, match=f"found '{text}' to be something else, expected the vendor's zip"):
        check(text)
    with pytest.raises(ProgramError, match=r"found consul in .* to be no program of Linux, expected the vendor's zip"):
        check(zipped(text))


def test_a_package_needs_what_reads_packages(program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pool").mkdir()
    made = package(tmp_path / "pool")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(
        ProgramError, match=r"found no dpkg-deb on this machine to read .* expected a zip or the program"
    ):
        check(made)


def test_the_role_is_told_where_the_program_is_or_why_there_is_none(program: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "install.cluster.program"]
    good = subprocess.run([*command, str(program), str(tmp_path / "b")], capture_output=True, text=True, check=True)
    assert Path(good.stdout.strip()).parent == tmp_path / "b"
    bad = subprocess.run([*command, "/nowhere", str(tmp_path)], capture_output=True, text=True, check=False)
    assert (bad.returncode, bad.stdout) == (1, "")
    assert bad.stderr.startswith("found no file '/nowhere', expected the vendor's zip")


@pytest.mark.usefixtures("as_root")
def test_a_machine_that_is_to_have_containers_looks_before_it_makes_them(tmp_path: Path) -> None:
    places = {"ditrit_lxc_path": tmp_path / "lxc", "ditrit_state": tmp_path / "state"}
    common = {"ditrit_network": f"{NETWORK}.0/24", "ditrit_address": SHARED, "consul_suite": "nowhere"}
    (tmp_path / "hosts").write_text(inventory(ADDRESSES, {**common, **places}))
    ended = command(ROOT / "install", "ansible-deploy.sh", "-i", str(tmp_path / "hosts"))
    assert ended.returncode != 0
    assert re.search(
        r"nothing was changed: looked for a package consul in \S+ nowhere main, and apt says", ended.stdout
    )
    assert ended.stdout.count("PLAY [") == 1, ended.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["hosts"]
