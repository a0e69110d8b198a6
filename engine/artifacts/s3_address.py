"""Where an S3 store is: what stands in its URL.

Place in the flow: ``s3://bucket/prefix?endpoint=…`` → **Address** → `engine.artifacts.s3`.

A URL holds no credentials: it is printed, logged and passed on in environments.  One that holds some all the same is
refused, and not repeated in the message.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from engine.artifacts.base import ArtifactError

_OPTIONS = ("endpoint", "region", "path_style", "ca")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_SWITCH = {"true": True, "false": False}
_CREDENTIALS = "credentials do not belong into a URL; give them as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"


@dataclass(frozen=True, slots=True)
class Address:
    """A bucket, and a prefix under which one installation keeps its objects ("" or ending with a slash)."""

    bucket: str
    prefix: str = ""
    endpoint: str | None = None
    region: str | None = None
    path_style: bool = False
    ca: Path | None = None

    def __str__(self) -> str:
        where = f" at {self.endpoint}" if self.endpoint else ""
        return f"artifact store 's3://{self.bucket}/{self.prefix}'{where}"


def address(parts: SplitResult, options: Mapping[str, str]) -> Address:
    """What a URL says.

    Raises:
        ArtifactError: an option is unknown, or a value cannot be.
    """
    if "@" in parts.netloc:
        raise ArtifactError(f"artifact store 's3://…': {_CREDENTIALS}")
    bucket, shown = parts.netloc, f"artifact store 's3://{parts.netloc}{parts.path}'"
    if not _BUCKET.fullmatch(bucket):
        expected = "s3://BUCKET/PREFIX, a bucket of 3 to 63 small letters, digits, dots and hyphens"
        raise ArtifactError(f"{shown}: found bucket {bucket!r}, expected {expected}")
    unknown = set(options) - set(_OPTIONS)
    if unknown:
        raise ArtifactError(f"{shown}: unknown option {min(unknown)!r}; known: {', '.join(_OPTIONS)}")
    endpoint = _endpoint(shown, options.get("endpoint"))
    style = options.get("path_style", "false" if endpoint is None else "true")
    if style not in _SWITCH:
        raise ArtifactError(f"{shown}: path_style is {style!r}; expected true or false")
    ca = _file(shown, options.get("ca"))
    return Address(bucket, _prefix(shown, parts.path), endpoint, options.get("region") or None, _SWITCH[style], ca)


def _prefix(shown: str, path: str) -> str:
    prefix = unquote(path).strip("/")
    if any(component in ("", ".", "..") for component in prefix.split("/")) and prefix:
        raise ArtifactError(f"{shown}: found prefix {prefix!r}, expected names apart by single slashes")
    if "%" in prefix or not prefix.isprintable():
        raise ArtifactError(f"{shown}: found prefix {prefix!r}, expected printable characters other than '%'")
    return prefix and prefix + "/"


def _endpoint(shown: str, url: str | None) -> str | None:
    if url is None:
        return None
    try:
        parts = urlsplit(url)
        well = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise ArtifactError(f"{shown}: the endpoint is no URL; expected http[s]://HOST[:PORT]") from None
    if "@" in parts.netloc:
        raise ArtifactError(f"{shown}: {_CREDENTIALS}")
    if not well or parts.path.strip("/") or parts.query:
        raise ArtifactError(f"{shown}: endpoint is {url!r}; expected http[s]://HOST[:PORT]")
    return url.rstrip("/")


def _file(shown: str, path: str | None) -> Path | None:
    if path is None:
        return None
    if not Path(path).is_absolute() or not Path(path).is_file():
        raise ArtifactError(f"{shown}: ca is {path!r}; expected the absolute path of a file with certificates (PEM)")
    return Path(path)
