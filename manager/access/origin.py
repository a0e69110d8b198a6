"""Where a request comes from: this machine, one of our own pages, or a page of somebody else's.

Place in the flow: `manager.access.guard` asks here about requests that no token speaks for.  A browser on this machine
may show a page from anywhere; that page must neither read through a name that it has pointed at us (DNS rebinding) nor
change anything here (forged requests).
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable
from urllib.parse import urlsplit

from werkzeug.datastructures import Headers

FORWARDED = ("X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Forwarded", "Via")
OWN_SITE = ("same-origin", "none")  # none: typed by the user
LOOPBACK_NAMES = ("localhost", "ip6-localhost")
ANY = "*"


def is_loopback(address: str) -> bool:
    """Whether an address, or a name that means one, is this machine's alone."""
    if address.lower() in LOOPBACK_NAMES:
        return True
    found = _address(address)
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return found is not None and found.is_loopback


def direct(peer: str | None, headers: Headers) -> bool:
    """Whether a request was made on this machine, and not passed on by a proxy that runs on it."""
    return is_loopback(peer or "") and not any(name in headers for name in FORWARDED)


def host_name(host: str) -> str:
    """The name in a Host header, without the port."""
    try:
        return (urlsplit("//" + host).hostname or "").rstrip(".")
    except ValueError:
        return ""


def our_name(host: str, bound: str, names: Iterable[str]) -> bool:
    """Whether we are meant by a Host header.

    Addresses always are: only a name can be pointed elsewhere by whom it belongs to.
    """
    if not host:
        return True  # HTTP/1.0: no browser
    name = host_name(host)
    if _address(name) is not None or is_loopback(name):
        return True
    known = {socket.gethostname().lower(), bound.lower(), *(other.lower() for other in names)}
    return ANY in known or name.lower() in known


def our_page(host: str, headers: Headers) -> bool:
    """Whether a request that changes something comes from no page, or from one of ours."""
    if headers.get("Sec-Fetch-Site", "none") not in OWN_SITE:
        return False
    origin = headers.get("Origin")
    if origin is None:
        return True
    try:
        return urlsplit(origin).netloc.lower() == host.lower() != ""
    except ValueError:
        return False


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        return None
