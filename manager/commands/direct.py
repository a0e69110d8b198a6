"""What commands need that work on space and artifact store themselves, without a manager.

Place in the flow: settings → **space and artifact store** → ``ditrit gc``, ``ditrit space``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from engine.artifacts import ArtifactStore, open_artifacts
from engine.errors import EngineError
from engine.space import open_space
from engine.space.base import Space
from manager import output
from manager.commands.up import manager_config
from manager.config import ManagerConfig
from manager.errors import ManagerError

FAILED = 1


@dataclass(frozen=True, slots=True)
class Opened:
    """What a manager with these settings would work on."""

    config: ManagerConfig
    space: Space
    artifacts: ArtifactStore


@contextmanager
def opened(flags: Mapping[str, object], *, new: bool = False) -> Iterator[Opened]:
    """Open both; what goes wrong with them is printed, with exit code 1.  Only a ``new`` space may be missing."""
    config = manager_config(flags)
    try:
        if not new:
            _check_there(config.space)
        space = open_space(config.space)
        try:
            yield Opened(config, space, open_artifacts(config.artifacts))
        finally:
            space.close()
    except (EngineError, ManagerError, ValueError, OSError) as error:
        output.error(str(error))
        sys.exit(FAILED)


def _check_there(url: str) -> None:
    """A mistyped path must not be taken for an empty space."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite" and not Path(unquote(parts.path)).exists():
        raise FileNotFoundError(f"there is no space {url!r}; say which with --state or --space")
