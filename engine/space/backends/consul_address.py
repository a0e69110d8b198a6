"""Where a space in Consul is: agents, prefix, token, certificates, read from its URL.

Place in the flow: the setting ``space`` → **ConsulAddress** → `engine.space.backends.consul`.

    consul://[TOKEN@]HOST[:PORT][,HOST[:PORT]…][/PREFIX][?OPTION=VALUE&…]

Messages never show the URL itself: it may hold a token.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlsplit

PORT = 8500
PREFIX = "ditrit"
OPTIONS = ("scheme", "ca", "cert", "key", "dc", "token_file")
EXPECTED = "expected consul://[TOKEN@]HOST[:PORT][,HOST[:PORT]...][/PREFIX][?scheme=https&ca=FILE&cert=FILE&key=FILE]"


@dataclass(frozen=True, kw_only=True)
class ConsulAddress:
    """How to reach a space in Consul; ``agents`` are tried in their order."""

    agents: tuple[tuple[str, int], ...]
    prefix: str = PREFIX
    token: str = field(default="", repr=False)
    scheme: str = "http"
    ca: str = ""
    cert: tuple[str, str] | None = None  # the files of certificate and key
    dc: str = ""


def parse_address(url: str) -> ConsulAddress:
    """Read a URL; the token stands in it, or in the file that ``token_file`` names.

    Raises:
        ValueError: it cannot be understood, or a file that it names cannot be read.
    """
    parts = urlsplit(url)
    options = _options(parts.query)
    token, at, hosts = parts.netloc.rpartition("@")
    scheme = options.get("scheme", "http")
    if scheme not in ("http", "https"):
        raise ValueError(f"the space has scheme={scheme!r}; expected http or https")
    if at and "token_file" in options:
        raise ValueError("the space has a token both before the '@' and in token_file; expected one of them")
    if parts.fragment:
        raise ValueError(f"the space has '#' in its URL; write %23 for it; {EXPECTED}")
    return ConsulAddress(
        agents=tuple(_agent(host) for host in hosts.split(",")),
        prefix=_prefix(parts.path),
        token=unquote(token) or _token(options),
        scheme=scheme,
        ca=_ca(options, scheme),
        cert=_cert(options, scheme),
        dc=options.get("dc", ""),
    )


def with_token(url: str, token: str) -> str:
    """The URL with a token, unless it has one, or is of another store."""
    scheme, separator, rest = url.partition("://")
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    if scheme != "consul" or not token or "@" in authority or "token_file=" in rest:
        return url
    return f"{scheme}{separator}{quote(token, safe='')}@{rest}"


def _options(query: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name not in OPTIONS:
            raise ValueError(f"the space has the unknown option {name!r}; expected some of {', '.join(OPTIONS)}")
        if name in found or not value:
            raise ValueError(f"the space has the option {name!r} {'twice' if name in found else 'without a value'}")
        found[name] = value
    return found


def _agent(text: str) -> tuple[str, int]:
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise ValueError(f"the space has the agent {text!r}: {error}; {EXPECTED}") from error
    if not host or port == 0 or any(char.isspace() for char in text):
        raise ValueError(f"the space has the agent {text!r}; {EXPECTED}")
    return (f"[{host}]" if ":" in host else host), port or PORT


def _prefix(path: str) -> str:
    prefix = unquote(path).strip("/") or PREFIX
    if any(part in ("", ".", "..") for part in prefix.split("/")) or not prefix.isprintable():
        raise ValueError(f"the space has the prefix {prefix!r}; expected names separated by single '/'")
    return prefix


def _token(options: Mapping[str, str]) -> str:
    if "token_file" not in options:
        return ""
    token = Path(_file(options, "token_file")).read_text(encoding="utf-8", errors="replace").strip()
    if not token or not token.isprintable():
        raise ValueError(f"token_file {options['token_file']!r} has no token; expected one line with it")
    return token


def _ca(options: Mapping[str, str], scheme: str) -> str:
    return _file(_secure(options, scheme, "ca"), "ca") if "ca" in options else ""


def _cert(options: Mapping[str, str], scheme: str) -> tuple[str, str] | None:
    given = [name for name in ("cert", "key") if name in options]
    if len(given) == 1:
        raise ValueError(f"the space has {given[0]} alone; expected cert and key together")
    if not given:
        return None
    secure = _secure(options, scheme, "cert")
    return _file(secure, "cert"), _file(secure, "key")


def _secure(options: Mapping[str, str], scheme: str, name: str) -> Mapping[str, str]:
    if scheme != "https":
        raise ValueError(f"the space has {name} but scheme={scheme}; expected scheme=https with it")
    return options


def _file(options: Mapping[str, str], name: str) -> str:
    file = Path(options[name])
    try:
        file.open("rb").close()
    except OSError as error:
        raise ValueError(f"the space has {name}={str(file)!r}: {error.strerror}; expected a file to read") from error
    return str(file)
