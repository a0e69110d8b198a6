"""Generates what opens an installation, once, into a folder that is nobody else's.

Place in the flow: inventory → **keys and certificates on the deploying machine** → the files that each service reads.

    python -m install.cluster.keys FOLDER [--consul NAME=ADDRESS]... [--s3 NAME=ADDRESS]...

A line is printed for each thing that is made; never what is in it.
"""

from __future__ import annotations

import argparse
import base64
import json
import secrets
import sys
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from install.cluster.certificates import Pair, authority, issue

FILE = "secrets.json"
CLIENTS = ("manager", "worker", "operator")
CONSUL_NAME = "server.dc1.consul"  # what servers of Consul call each other when they look at certificates


def _uuid() -> str:
    return str(uuid.uuid4())


MADE: Mapping[str, Callable[[], str]] = {
    "gossip": lambda: base64.b64encode(secrets.token_bytes(32)).decode(),
    "consul_management": _uuid,
    "consul_agent": _uuid,
    "consul_manager": _uuid,
    "consul_worker": _uuid,
    "s3_key_id": lambda: secrets.token_hex(10),
    "s3_secret": lambda: secrets.token_hex(20),
    "vrrp": lambda: secrets.token_hex(4),  # keepalived reads eight characters
    "admin_token": lambda: secrets.token_urlsafe(32),
}
"""The name of each secret, and how it is made."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where they are kept")
    parser.add_argument("--consul", action="append", default=[], metavar="NAME=ADDRESS", help="a server of Consul")
    parser.add_argument("--s3", action="append", default=[], metavar="NAME=ADDRESS", help="a server of the S3 store")
    options = parser.parse_args()
    options.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = [*_secrets(options.folder), *_certificates(options.folder, _pairs(options.consul), _pairs(options.s3))]
    sys.stdout.write("".join(f"made {name}\n" for name in made))
    return 0


def _pairs(told: list[str]) -> dict[str, str]:
    return dict(one.split("=", 1) for one in told)


def _secrets(folder: Path) -> list[str]:
    """Those that are missing; the others stay what they are."""
    file = folder / FILE
    found: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
    missing = [name for name in MADE if name not in found]
    if missing:
        made = {**found, **{name: MADE[name]() for name in missing}}
        unfinished = file.with_suffix(".new")
        unfinished.touch(0o600)
        unfinished.write_text(json.dumps(made, indent=2) + "\n")
        unfinished.rename(file)
    return missing


def _certificates(folder: Path, consul: Mapping[str, str], s3: Mapping[str, str]) -> Iterator[str]:
    issuer = Pair.named(folder, "ca")
    if authority(issuer, f"Ditrit {secrets.token_hex(4)}"):
        yield "ca"
    names = {name: [name] for name in CLIENTS}
    names |= {name: [name, "localhost", "127.0.0.1", address, CONSUL_NAME] for name, address in consul.items()}
    names |= {name: [name, "localhost", "127.0.0.1", address] for name, address in s3.items()}
    yield from (name for name, told in names.items() if issue(issuer, Pair.named(folder, name), told))


if __name__ == "__main__":
    sys.exit(main())
