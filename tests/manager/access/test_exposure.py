"""A manager that others can reach asks for tokens; with a certificate it speaks TLS alone."""

import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
import trustme

from engine.settings import SettingsError
from manager import tls
from manager.access.exposure import access, check_exposure
from manager.access.roles import Role
from manager.access.tokens import made
from manager.config import ManagerConfig
from manager.local import url
from tests.acceptance.running import Up

OPEN = "0.0.0.0:5000"


@dataclass(frozen=True)
class Certificate:
    cert: Path
    key: Path
    ca: Path


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    folder = tmp_path_factory.mktemp("tls")
    found = Certificate(folder / "cert.pem", folder / "key.pem", folder / "ca.pem")
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    authority.cert_pem.write_to_path(found.ca)
    issued.private_key_pem.write_to_path(found.key)
    for blob in issued.cert_chain_pems:
        blob.write_to_path(found.cert, append=True)
    return found


@pytest.mark.parametrize("bind", [OPEN, "[::]:5000", "10.0.0.1:5000", "manager1:5000"])
def test_other_machines_are_let_in_with_tokens_or_when_told_so(tmp_path: Path, bind: str) -> None:
    with pytest.raises(SettingsError, match=r"ditrit token new .* --tokens or DITRIT_TOKENS; .* DITRIT_INSECURE=true"):
        check_exposure(ManagerConfig(state=tmp_path, bind=bind))
    check_exposure(ManagerConfig(state=tmp_path, bind=bind, insecure=True))
    check_exposure(ManagerConfig(state=tmp_path, bind=bind, tokens=tmp_path / "tokens"))


@pytest.mark.parametrize("bind", ["127.0.0.1:5000", "[::1]:5000", "localhost:5000"])
def test_this_machine_needs_no_tokens(tmp_path: Path, bind: str) -> None:
    check_exposure(ManagerConfig(state=tmp_path, bind=bind))


def test_a_manager_says_what_to_do_and_ends(tmp_path: Path, variables: dict[str, str]) -> None:
    command = [sys.executable, "-m", "manager", "--bind", OPEN, "--state", str(tmp_path)]
    for program in (command, [sys.executable, "-m", "manager.cli", "up", *command[3:]]):
        ended = subprocess.run(program, env=variables, capture_output=True, text=True, timeout=60, check=False)
        assert ended.returncode == 2
        assert "ditrit token new --role admin" in ended.stderr


def test_switches_are_on_without_a_value(tmp_path: Path) -> None:
    """With a wrong setting after them, so that no manager starts."""
    command = [
        "manager",
        "--insecure",
        "--bind",
        OPEN,
        "--trust-loopback",
        "--log-format",
        "xml",
        "--state",
        str(tmp_path),
    ]
    program = [sys.executable, "-m", "manager.cli", *command]
    ended = subprocess.run(program, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, "log: found 'xml'" in ended.stderr) == (2, True)


def test_it_is_told_in_a_few_words_who_gets_in(tmp_path: Path) -> None:
    file = tmp_path / "tokens"
    assert "everything" in access(ManagerConfig(state=tmp_path))
    assert access(ManagerConfig(state=tmp_path, tokens=file)) == "tokens"
    assert access(ManagerConfig(state=tmp_path, tokens=file, trust_loopback=True)) == "tokens, and this machine"


def test_a_certificate_needs_its_key(tmp_path: Path, certificate: Certificate) -> None:
    with pytest.raises(SettingsError, match="tls_key: found tls_cert alone"):
        ManagerConfig(state=tmp_path, tls_cert=certificate.cert)
    with pytest.raises(SettingsError, match="tls_cert: found tls_key alone"):
        ManagerConfig(state=tmp_path, tls_key=certificate.key)
    with pytest.raises(SettingsError, match="are no certificate and its key"):
        check_exposure(ManagerConfig(state=tmp_path, tls_cert=certificate.ca, tls_key=certificate.key))
    with pytest.raises(SettingsError, match=r"tls_key: .*No such file"):
        check_exposure(ManagerConfig(state=tmp_path, tls_cert=certificate.cert, tls_key=tmp_path / "none"))
    config = ManagerConfig(state=tmp_path, tls_cert=certificate.cert, tls_key=certificate.key)
    check_exposure(config)
    assert url(config) == "https://127.0.0.1:5000"


@pytest.fixture
def secured(
    tmp_path: Path, variables: dict[str, str], certificate: Certificate, free_port: Callable[[], int]
) -> Iterator[Any]:
    """A manager with TLS and a token; its URL and the token."""
    token, entry = made(Role.OPERATOR, "me")
    (tmp_path / "tokens").write_text(f"{entry}\n")
    bind = f"127.0.0.1:{free_port()}"
    settings = {"BIND": bind, "STATE": tmp_path, "TOKENS": tmp_path / "tokens", "STALL": 2, "THREADS": 4}
    settings |= {"TLS_CERT": certificate.cert, "TLS_KEY": certificate.key}
    environment = {**variables, **{f"DITRIT_{name}": str(value) for name, value in settings.items()}}
    process = subprocess.Popen([sys.executable, "-m", "manager"], env=environment, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 30
    while True:
        try:
            requests.get(f"https://{bind}/health", timeout=5, verify=str(certificate.ca))
            break
        except requests.ConnectionError:
            assert process.poll() is None, "the manager ended"
            assert time.monotonic() < deadline, "the manager does not answer"
            time.sleep(0.05)
    yield f"https://{bind}", token
    process.send_signal(signal.SIGTERM)
    _, printed = process.communicate(timeout=15)
    assert b"may read the tokens' file" in printed
    assert token.encode() not in printed


def test_with_a_certificate_it_speaks_tls_from_1_2_on(secured: Any, certificate: Certificate) -> None:
    address, token = secured
    authority, headers = str(certificate.ca), {"Authorization": f"Bearer {token}"}
    assert requests.get(f"{address}/csar", timeout=10, verify=authority).status_code == 401
    assert requests.get(f"{address}/csar", timeout=10, verify=authority, headers=headers).json()["items"] == []
    host, port = address.removeprefix("https://").split(":")
    for version in (ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_2):
        context = ssl.create_default_context(cafile=authority)
        context.minimum_version = context.maximum_version = version
        with (
            socket.create_connection((host, int(port)), 10) as plain,
            context.wrap_socket(plain, server_hostname=host) as secret,
        ):
            assert secret.version() == version.name.replace("_", ".")
    offered = tls.context(1)(None, lambda: ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
    assert offered.minimum_version is ssl.TLSVersion.TLSv1_2
    with pytest.raises(requests.ConnectionError):
        requests.get(f"http://{host}:{port}/health", timeout=10)


def test_clients_that_fall_silent_before_they_speak_tls_do_not_keep_others_out(
    secured: Any, certificate: Certificate
) -> None:
    address, _ = secured
    host, port = address.removeprefix("https://").split(":")
    silent = [socket.create_connection((host, int(port))) for _ in range(8)]
    try:
        for client in silent:
            client.sendall(b"\x16\x03\x01")  # the beginning of a handshake
        assert requests.get(f"{address}/health", timeout=20, verify=str(certificate.ca)).ok
    finally:
        for client in silent:
            client.close()


def test_the_command_line_gets_in_with_authority_and_token(
    secured: Any, certificate: Certificate, variables: dict[str, str], tmp_path: Path
) -> None:
    address, token = secured
    (tmp_path / "mine").write_text(token + "\n")

    def ditrit(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "manager.cli", "csar", "list", *arguments]
        environment = {**variables, "DITRIT_SERVER": address, **more}
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)

    authority = str(certificate.ca)
    untrusted = ditrit("--token", token)
    assert (untrusted.returncode, "name its authority with --ca" in untrusted.stderr) == (3, True)
    nobody = ditrit("--ca", authority)
    assert (nobody.returncode, "DITRIT_TOKEN" in nobody.stderr) == (1, True)
    for known in (
        ditrit("--ca", authority, "--token-file", str(tmp_path / "mine")),
        ditrit(DITRIT_CA=authority, DITRIT_TOKEN=token, REQUESTS_CA_BUNDLE="/nowhere"),
    ):
        assert known.returncode == 0, known.stderr


def test_ditrit_up_serves_tls_whatever_name_the_certificate_has(certificate: Certificate, tmp_path: Path) -> None:
    up = Up(tmp_path, "--workers", "0", "--tls-cert", str(certificate.cert), "--tls-key", str(certificate.key))
    try:
        up.until("Swagger UI")
        assert f"https://127.0.0.1:{up.port}/" in up.text
        answer = requests.get(f"https://127.0.0.1:{up.port}/csar", timeout=10, verify=str(certificate.ca))
        assert answer.json()["items"] == []
        assert "Insecure" not in up.text
    finally:
        up.end()
