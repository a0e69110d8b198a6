"""What a machine is to be like: the capabilities ``host`` and ``os`` of its Compute node."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tosca.values.scalars import comparable

_MOST_CPUS = 4096
_MOST_BYTES = 1 << 50
_LEAST_DISK = 16 << 20


class WantedError(Exception):
    """A property that says nothing that can be done."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Size and system of a machine; None where nothing is said."""

    cpus: float | None = None
    memory: int | None = None  # bytes
    disk: int | None = None  # bytes
    distribution: str | None = None
    version: str | None = None

    @classmethod
    def from_environment(cls, variables: Mapping[str, str]) -> Wanted:
        """Read the variables ``host`` and ``os``, each the JSON of a capability's properties.

        Raises:
            WantedError: a value is none.
        """
        host, system = (_properties(name, variables.get(name) or "{}") for name in ("host", "os"))
        version = system.get("version")
        return cls(
            cpus=_cpus(host.get("num_cpus")),
            memory=_bytes("mem_size", host.get("mem_size")),
            disk=_bytes("disk_size", host.get("disk_size"), _LEAST_DISK),
            distribution=system.get("distribution"),
            version=None if version is None else str(version),
        )


def _properties(name: str, text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise WantedError(f"capability {name}: found {text!r}, expected a map of properties") from error
    if not isinstance(found, dict):
        raise WantedError(f"capability {name}: found {text!r}, expected a map of properties")
    return {key: value for key, value in found.items() if value not in (None, "")}


def _cpus(value: Any) -> float | None:
    if value is None:
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = 0.0
    if not 0 < number <= _MOST_CPUS:
        raise WantedError(f"capability host: found num_cpus {value!r}, expected a number of processors")
    return number


def _bytes(name: str, value: Any, least: int = 1) -> int | None:
    if value is None:
        return None
    size = comparable("scalar-unit.size", value)
    if isinstance(size, str) or not least <= size <= _MOST_BYTES:
        at_least = f" of at least {least >> 20} MiB" if least > 1 else ""
        raise WantedError(f"capability host: found {name} {value!r}, expected a size such as '512 MB'{at_least}")
    return int(size)
