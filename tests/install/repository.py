"""A repository of apt with one package of Consul, laid out as the vendor's and signed with a key of its own."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

VERSION = "1.8.7-ours"
_UNIT = "[Unit]\nDescription=Consul as the vendor runs it\n[Service]\nExecStart=/usr/bin/consul agent -dev\n"
_CONTROL = f"""\
Package: consul
Version: {VERSION}
Architecture: {{architecture}}
Maintainer: nobody <nobody@ditrit.example>
Description: Consul, as a vendor packs it
"""


def package(folder: Path, program: str = "consul") -> Path:
    """A package of this machine's Consul."""
    content = folder / "content"
    for name in ("DEBIAN", "usr/bin", "usr/lib/systemd/system"):
        (content / name).mkdir(parents=True)
    consul = shutil.which("consul")
    assert consul is not None, "tests/support/install-servers installs it"
    shutil.copy2(Path(consul).resolve(), content / "usr/bin" / program)
    (content / "usr/lib/systemd/system/consul.service").write_text(_UNIT)
    (content / "DEBIAN/control").write_text(_CONTROL.format(architecture=_architecture()))
    file = folder / f"consul_{VERSION}.deb"
    _run("dpkg-deb", "--build", "--root-owner-group", "-Zgzip", "-z1", str(content), str(file))
    shutil.rmtree(content)
    return file


@contextmanager
def repository(folder: Path, host: str, suite: str) -> Iterator[str]:
    """Make it and serve it at an address of this machine; its URL, below which ``gpg`` is the key."""
    _make(folder / "served", folder / "keys", suite)

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *told: object) -> None: ...

    with ThreadingHTTPServer((host, 0), partial(Quiet, directory=str(folder / "served"))) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        try:
            yield f"http://{host}:{server.server_port}"
        finally:
            server.shutdown()
            serving.join()


def _make(served: Path, keys: Path, suite: str) -> None:
    index = served / "dists" / suite / "main" / f"binary-{_architecture()}"
    index.mkdir(parents=True)
    pool = served / "pool"
    pool.mkdir()
    made = package(pool)
    data = made.read_bytes()
    about = f"Filename: pool/{made.name}\nSize: {len(data)}\nSHA256: {hashlib.sha256(data).hexdigest()}\n"
    (index / "Packages").write_text(_CONTROL.format(architecture=_architecture()) + about)
    _sign(served, keys, suite, index / "Packages")


def _sign(served: Path, keys: Path, suite: str, packages: Path) -> None:
    keys.mkdir(mode=0o700)
    gpg = [
        "gpg",
        "--homedir",
        str(keys),
        "--batch",
        "--quiet",
        "--yes",
        "--pinentry-mode",
        "loopback",
        "--passphrase",
        "",
    ]
    _run(*gpg, "--quick-generate-key", "vendor@ditrit.example", "rsa3072", "sign", "never")
    _run(*gpg, "--armor", "--output", str(served / "gpg"), "--export")
    top, data = served / "dists" / suite, packages.read_bytes()
    listed = f" {hashlib.sha256(data).hexdigest()} {len(data)} {packages.relative_to(top)}"
    release = served.parent / "Release"
    release.write_text(
        f"Origin: Vendor\nSuite: {suite}\nCodename: {suite}\nDate: Thu, 01 Jan 2026 00:00:00 UTC\n"
        f"Architectures: {_architecture()}\nComponents: main\nSHA256:\n{listed}\n"
    )
    _run(*gpg, "--digest-algo", "SHA256", "--output", str(top / "InRelease"), "--clearsign", str(release))
    _run("gpgconf", "--homedir", str(keys), "--kill", "all")


def _architecture() -> str:
    return _run("dpkg", "--print-architecture").strip()


def _run(*told: str) -> str:
    return subprocess.run(told, check=True, capture_output=True, text=True).stdout
