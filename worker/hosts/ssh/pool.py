"""The machines that nodes may be given.

Place in the flow: the file that the setting ``ssh_inventory`` names → **pool** → `worker.hosts.ssh.program`, which
reserves one of them, and `worker.hosts.ssh.operation`, which finds the reserved one again.  Its form is told in
``docs/hosts.md``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import yaml

from worker.hosts.base import HostError
from worker.hosts.wanted import Wanted, WantedError

_WORD = re.compile(r"[A-Za-z0-9_.:][A-Za-z0-9_.:-]*")  # never an option, and nothing to a shell
_KEYS = ("name", "address", "port", "user", "key", "os", "host")


class PoolError(HostError):
    """A pool that cannot be read."""


@dataclass(frozen=True, slots=True)
class PoolMachine:
    """One machine, and how it is reached."""

    name: str
    address: str
    port: int
    user: str
    key: Path
    known_hosts: Path
    has: Wanted

    def __str__(self) -> str:
        return f"machine {self.name!r} ({self.user}@{self.address}:{self.port})"

    def fits(self, wanted: Wanted) -> bool:
        """Whether it has all that is wanted; what is not said of it, it does not have."""
        return all(_enough(one.name, getattr(self.has, one.name), getattr(wanted, one.name)) for one in fields(Wanted))


def read_pool(file: Path | None) -> tuple[PoolMachine, ...]:
    """All machines of the file, in its order.

    Raises:
        PoolError: it cannot be read, or something in it is wrong.
    """
    if file is None:
        raise PoolError("this worker has no pool of machines: its setting ssh_inventory names none")
    try:
        document = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise PoolError(f"pool {str(file)!r}: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise PoolError(f"pool {str(file)!r} is not YAML: {error}") from error
    where = f"pool {str(file)!r}"
    top = _mapping(document, where, ("known_hosts", "machines"))
    known_hosts = _file(top.get("known_hosts"), f"{where}: known_hosts", file.parent)
    listed = top.get("machines")
    if not isinstance(listed, list):
        raise PoolError(f"{where}: machines: found {listed!r}, expected a list of machines")
    found = tuple(_machine(one, f"{where}: machine {n}", file.parent, known_hosts) for n, one in enumerate(listed, 1))
    for what in ("name", "address and port"):
        _distinct([one.name if what == "name" else f"{one.address}:{one.port}" for one in found], what, where)
    return found


def _machine(document: Any, where: str, folder: Path, known_hosts: Path) -> PoolMachine:
    found = _mapping(document, where, _KEYS)
    try:
        has = Wanted.from_environment({key: json.dumps(found.get(key) or {}) for key in ("host", "os")})
    except (WantedError, TypeError) as error:
        raise PoolError(f"{where}: {error}") from error
    port = found.get("port", 22)
    if not isinstance(port, int) or not 0 < port < 1 << 16:
        raise PoolError(f"{where}: port: found {port!r}, expected a number from 1 to 65535")
    name, address, user = (
        _word(found.get(key, default), f"{where}: {key}")
        for key, default in (("name", None), ("address", None), ("user", "root"))
    )
    return PoolMachine(name, address, port, user, _file(found.get("key"), f"{where}: key", folder), known_hosts, has)


def _mapping(document: Any, where: str, known: tuple[str, ...]) -> Mapping[str, Any]:
    if not isinstance(document, dict):
        raise PoolError(f"{where}: found {document!r}, expected a map with {', '.join(known)}")
    for key in document:
        if key not in known:
            raise PoolError(f"{where}: found {key!r}, expected {', '.join(known)}")
    return document


def _word(value: Any, where: str) -> str:
    if not isinstance(value, str) or not _WORD.fullmatch(value):
        raise PoolError(f"{where}: found {value!r}, expected letters, digits, '_', '.', ':' and '-'")
    return value


def _file(value: Any, where: str, folder: Path) -> Path:
    path = folder / Path(value).expanduser() if isinstance(value, str) else None
    if path is None or not path.is_file():
        raise PoolError(f"{where}: found {value!r}, expected the path of a file")
    return path.absolute()


def _distinct(values: list[str], what: str, where: str) -> None:
    for value in values:
        if values.count(value) > 1:
            raise PoolError(f"{where}: found {value!r} as {what} of several machines, expected each once")


def _enough(name: str, has: Any, wanted: Any) -> bool:
    if wanted is None or has == wanted:
        return True
    if has is None:
        return False
    if name == "distribution":
        return str(has).lower() == str(wanted).lower()
    if name == "version":  # 12 fits 12.4
        return str(has).startswith(f"{wanted}.")
    return bool(has >= wanted)
