"""From a URL to an artifact store.

Place in the flow: daemons call `open_artifacts` with their setting ``DITRIT_ARTIFACTS``.  A new backend adds a line to
`_OPENERS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from engine.artifacts.base import ArtifactError, ArtifactStore
from engine.artifacts.folder import FolderStore

_SWITCH = {"yes": True, "no": False}


def open_artifacts(url: str) -> ArtifactStore:
    """Open the store that a URL names: ``file:///path``, ``file:///path?fsync=no``.

    Raises:
        ArtifactError: the URL is of no known form, or the store cannot be used.
    """
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise ArtifactError(f"artifact store {url!r}: {error}") from error
    opener = _OPENERS.get(parts.scheme)
    if opener is None:
        known = ", ".join(f"{scheme}:" for scheme in _OPENERS)
        raise ArtifactError(f"artifact store {url!r}: unknown scheme {parts.scheme!r}; known: {known}")
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


_OPENERS: dict[str, Callable[[str, SplitResult, Mapping[str, str]], ArtifactStore]] = {"file": _open_folder}
