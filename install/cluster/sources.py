"""Whether Consul can be had from where the inventory says, as far as this machine can tell.

Place in the flow: ``consul_source`` of each server → **problems, in words**.  Whether the network
has it the server sees itself (`library/ditrit_consul.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from install.cluster.program import EXPECTED, ProgramError, check

SOURCES = ("package", "archive", "vendor")
_NEEDED = {
    "archive": {"consul_archive": EXPECTED},
    "vendor": {
        "consul_repository": "the URL of the vendor's repository or a copy of it",
        "consul_repository_key": "the URL of the key that it is signed with",
    },
}


def problems(servers: Sequence[str], hosts: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """All that is wrong with where the servers of Consul are to have it from; most often one setting is that of all."""
    concerned: dict[str, list[str]] = {}
    for server in servers:
        for problem in _problems(hosts.get(server, {})):
            concerned.setdefault(problem, []).append(server)
    return [f"{', '.join(names)}: {problem}" for problem, names in concerned.items()]


def _problems(variables: Mapping[str, Any]) -> Iterator[str]:
    source = str(variables.get("consul_source", SOURCES[0]))
    if source not in SOURCES:
        yield f"found consul_source {source!r}, expected {', '.join(SOURCES[:-1])} or {SOURCES[-1]}"
    needed = _NEEDED.get(source, {})
    missing = [name for name in needed if not variables.get(name)]
    yield from (f"{name} is missing, expected {needed[name]}" for name in missing)
    if source == "vendor":
        yield from (
            f"{name} holds credentials, expected none: apt has them of /etc/apt/auth.conf.d"
            for name in needed
            if "@" in str(variables.get(name)).partition("//")[2].partition("/")[0]
        )
    if source == "archive" and not missing:
        try:
            check(Path(str(variables["consul_archive"])))
        except (ProgramError, OSError) as error:
            yield f"consul_archive: {error}"
