"""From a URL to an artifact store.

Place in the flow: daemons call `open_artifacts` with their setting ``DITRIT_ARTIFACTS``.  A new backend adds a line to
`_OPENERS`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from engine.artifacts.base import ArtifactError, ArtifactStore
from engine.artifacts.folder import FolderStore
from engine.artifacts.s3_address import address

_SWITCH = {"yes": True, "no": False}


def open_artifacts(url: str) -> ArtifactStore:
    """Open the store that a URL names.

    ``file:///path``, ``file:///path?fsync=no``, ``s3://bucket/prefix?endpoint=…&region=…&path_style=…&ca=…``.

    Raises:
        ArtifactError: the URL is of no known form, or the store cannot be used.
    """
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise ArtifactError(f"artifact store {_shown(url)!r}: {_shown(str(error))}") from None
    opener = _OPENERS.get(parts.scheme)
    if opener is None:
        known = ", ".join(f"{scheme}:" for scheme in _OPENERS)
        raise ArtifactError(f"artifact store {_shown(url)!r}: unknown scheme {parts.scheme!r}; known: {known}")
    return opener(url, parts, dict(parse_qsl(parts.query, keep_blank_values=True)))


def _open_folder(url: str, parts: SplitResult, options: Mapping[str, str]) -> ArtifactStore:
    path = Path(unquote(parts.path))
    if parts.netloc not in {"", "localhost"} or not path.is_absolute():
        raise ArtifactError(f"artifact store {url!r}: expected file:///absolute/path")
    unknown = set(options) - {"fsync"}
    if unknown:
        raise ArtifactError(f"artifact store {url!r}: unknown option {min(unknown)!r}; known: fsync")
    fsync = options.get("fsync", "yes")
    if fsync not in _SWITCH:
        raise ArtifactError(f"artifact store {url!r}: fsync is {fsync!r}; expected yes or no")
    return FolderStore(path, fsync=_SWITCH[fsync])


def _open_s3(_url: str, parts: SplitResult, options: Mapping[str, str]) -> ArtifactStore:
    from engine.artifacts.s3 import S3Store  # noqa: PLC0415  boto3 takes a while to load: only who needs it waits

    return S3Store(address(parts, options))


def _shown(text: str) -> str:
    """The text without what stands before a host: it could be a password."""
    return re.sub(r".*@", "…@", text)


_OPENERS: dict[str, Callable[[str, SplitResult, Mapping[str, str]], ArtifactStore]] = {
    "file": _open_folder,
    "s3": _open_s3,
}
