"""Whether an inventory can become an installation, before anything is changed.

Place in the flow: Ansible's inventory → **problems, in words** → the playbook goes on when there are none.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

GROUPS = ("consul", "s3", "manager", "worker")
SERVERS = 3
NEEDED = {"ditrit_network": "a network such as 10.176.0.0/24", "ditrit_address": "the address that managers share"}
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_URL = re.compile(r"s3://.+")

Variables = Mapping[str, Any]


def problems(groups: Mapping[str, Sequence[str]], hosts: Mapping[str, Variables], common: Variables) -> list[str]:
    """All that is wrong with an inventory: what was found, where, and what was expected."""
    members = {host: group for group in GROUPS for host in groups.get(group, ())}
    return [
        *_groups(groups, common),
        *_names(members),
        *_keys(hosts, members),
        *_addresses(hosts, members, common, managed=bool(groups.get("lxc_host"))),
    ]


def _groups(groups: Mapping[str, Sequence[str]], common: Variables) -> Iterator[str]:
    servers = groups.get("consul", ())
    if len(servers) != SERVERS:
        yield f"group consul: found {_listed(servers)}, expected {SERVERS} servers, a majority without any one"
    yield from (
        f"group {group}: found no host, expected one at least"
        for group in ("manager", "worker")
        if not groups.get(group)
    )
    if len(groups.get("lxc_host", ())) > 1:
        yield f"group lxc_host: found {_listed(groups['lxc_host'])}, expected one: localhost"
    yield from _store(groups.get("s3", ()), str(common.get("ditrit_artifacts") or ""))
    authority = str(common.get("ditrit_artifacts_ca") or "")
    if authority and not Path(authority).is_file():
        yield f"ditrit_artifacts_ca: found no file {authority!r}, expected the authority of the store's certificate"
    for host in sorted({host for group in GROUPS for host in groups.get(group, ())}):
        found = [group for group in GROUPS if host in groups.get(group, ())]
        if len(found) > 1:
            yield f"host {host}: found in the groups {' and '.join(found)}, expected in one of them"


def _store(servers: Sequence[str], url: str) -> Iterator[str]:
    if len(servers) > 1:
        yield f"group s3: found {_listed(servers)}, expected one: this store is not replicated (docs/install.md)"
    if bool(servers) == bool(url):
        found = "both a host and the URL" if url else "neither a host nor a URL"
        yield f"group s3 and ditrit_artifacts: found {found}, expected one of them"
    if url and not _URL.fullmatch(url):
        yield "ditrit_artifacts: found another kind of URL, expected s3://BUCKET?endpoint=https://HOST:PORT"


def _names(members: Mapping[str, str]) -> Iterator[str]:
    for host in members:
        if not _NAME.fullmatch(host):
            yield f"host {host}: found this name, expected small letters, digits and hyphens"


def _keys(hosts: Mapping[str, Variables], members: Mapping[str, str]) -> Iterator[str]:
    """A private key of ssh that is named must be there: otherwise ssh would say it of each host in its own words."""
    for host in members:
        file = hosts.get(host, {}).get("ansible_ssh_private_key_file")
        if file and not Path(str(file)).expanduser().is_file():
            yield f"host {host}: ansible_ssh_private_key_file is {str(file)!r}, expected a private key: it is not there"


def _addresses(
    hosts: Mapping[str, Variables], members: Mapping[str, str], common: Variables, *, managed: bool
) -> Iterator[str]:
    missing = [name for name in NEEDED if not common.get(name)]
    yield from (f"[all:vars]: {name} is missing, expected {NEEDED[name]}" for name in missing)
    network = _network(common.get("ditrit_network"))
    if network is None and "ditrit_network" not in missing:
        yield f"ditrit_network: found {common['ditrit_network']!r}, expected {NEEDED['ditrit_network']}"
    told = {host: hosts.get(host, {}).get("address") for host in members}
    if "ditrit_address" not in missing:
        told["ditrit_address"] = common["ditrit_address"]
    if managed and network is not None:
        told["the bridge (first of ditrit_network)"] = str(next(network.hosts()))
    owners: dict[str, str] = {}
    for owner, address in told.items():
        place = f"host {owner}" if owner in members else owner
        yield from _address(place, address, network)
        if address and str(address) in owners:
            yield f"{place}: found the address {address}, which {owners[str(address)]} has; expected one of its own"
        owners.setdefault(str(address), place)


def _address(place: str, address: object, network: ipaddress.IPv4Network | None) -> Iterator[str]:
    if not address:
        yield f"{place}: address is missing, expected address=A.B.C.D behind its name"
        return
    try:
        read = ipaddress.IPv4Address(str(address))
    except ValueError:
        yield f"{place}: found the address {address!r}, expected A.B.C.D"
        return
    if network is not None and read not in network:
        yield f"{place}: found the address {address}, expected one in ditrit_network {network}"


def _network(told: object) -> ipaddress.IPv4Network | None:
    try:
        return ipaddress.IPv4Network(str(told))
    except ValueError:
        return None


def _listed(hosts: Sequence[str]) -> str:
    return f"{len(hosts)} ({', '.join(hosts)})" if hosts else "none"
