"""What opens an installation is made once, and belongs to nobody else."""

from __future__ import annotations

import datetime
import json
import re
import ssl
import subprocess
import sys
from pathlib import Path

import pytest

from install.cluster import certificates
from install.cluster.certificates import Pair, authority, issue
from install.cluster.keys import MADE


def make(folder: Path, *told: str) -> list[str]:
    command = [sys.executable, "-m", "install.cluster.keys", str(folder), *told]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


def test_they_are_made_once_and_never_printed(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    hosts = ("--consul", "consul1=10.0.0.11", "--s3", "store1=10.0.0.21")
    made = make(folder, *hosts)
    assert [line.removeprefix("made ") for line in made] == [
        *MADE,
        "ca",
        "manager",
        "worker",
        "operator",
        "consul1",
        "store1",
    ]
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert make(folder, *hosts) == []
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert oct(folder.stat().st_mode)[-3:] == "700"
    private = [path for path in folder.iterdir() if path.name.endswith("key.pem") or path.suffix == ".json"]
    assert {oct(path.stat().st_mode)[-3:] for path in private} == {"600"}


def test_a_secret_that_was_removed_is_made_anew_alone(tmp_path: Path) -> None:
    make(tmp_path)
    file = tmp_path / "secrets.json"
    before = json.loads(file.read_text())
    file.write_text(json.dumps({name: value for name, value in before.items() if name != "consul_worker"}))
    assert make(tmp_path) == ["made consul_worker"]
    after = json.loads(file.read_text())
    assert after.pop("consul_worker") != before.pop("consul_worker")
    assert after == before


def test_the_token_of_people_is_long_and_fits_into_a_url(tmp_path: Path) -> None:
    make(tmp_path)
    assert re.fullmatch(r"[\w-]{43}", json.loads((tmp_path / "secrets.json").read_text())["admin_token"])


def test_a_server_at_another_address_gets_another_certificate(tmp_path: Path) -> None:
    make(tmp_path, "--consul", "consul1=10.0.0.11", "--consul", "consul2=10.0.0.12")
    assert make(tmp_path, "--consul", "consul1=10.0.0.11", "--consul", "consul2=10.0.0.13") == ["made consul2"]


def test_a_certificate_that_ends_soon_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    issuer, pair = Pair.named(tmp_path, "ca"), Pair.named(tmp_path, "one")
    authority(issuer, "an authority")
    monkeypatch.setattr(certificates, "LASTS", certificates.RENEWED - datetime.timedelta(days=1))
    assert issue(issuer, pair, ["one"])
    monkeypatch.undo()
    assert issue(issuer, pair, ["one"])
    assert not issue(issuer, pair, ["one"])


def test_a_certificate_of_another_authority_is_replaced(tmp_path: Path) -> None:
    issuer, pair = Pair.named(tmp_path, "ca"), Pair.named(tmp_path, "one")
    authority(issuer, "an authority")
    issue(issuer, pair, ["one"])
    issuer.key.unlink()
    assert authority(issuer, "another authority")
    assert issue(issuer, pair, ["one"])


def test_certificates_are_what_tls_takes(tmp_path: Path) -> None:
    issuer, pair = Pair.named(tmp_path, "ca"), Pair.named(tmp_path, "server")
    authority(issuer, "an authority")
    issue(issuer, pair, ["server", "127.0.0.1"])
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pair.certificate, pair.key)
    client = ssl.create_default_context(cafile=str(issuer.certificate))
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = (
        client.wrap_bio(to_client, to_server, server_hostname="127.0.0.1"),
        server.wrap_bio(to_server, to_client, server_side=True),
    )
    done = set[int]()
    for number in (0, 1, 0, 1):
        try:
            ends[number].do_handshake()
            done.add(number)
        except ssl.SSLWantReadError:
            continue
    assert done == {0, 1}
