"""Paths as written → paths from the root of the archive.

Place in the flow: `tosca.phases.operations` finds implementations, dependencies and artifacts here.  A path is relative
to the file that states it (TOSCA 1.1 § 3.5.6); older archives also write paths from the root, or through the top-level
folder that holds everything.
"""

from __future__ import annotations

import posixpath
from collections.abc import Collection

from tosca.csar import Csar
from tosca.nodes import Node
from tosca.problems import Problems, one_of


class Files:
    """Finds files of one archive; remembers what it found."""

    def __init__(self, csar: Csar, problems: Problems, repositories: Collection[str] = ()) -> None:
        self._csar = csar
        self._repositories = repositories
        self._problems = problems
        self._folders = {parent for name in csar.names for parent in _parents(name)}
        self._known: dict[tuple[str, str], tuple[str | None, bool]] = {}

    def find(self, stated: str, origin: str, node: Node) -> str | None:
        """Return the path from the root, or None; warn when it is not relative to the file that states it."""
        found = self._known.get((origin, stated))
        if found is None:
            found = self._known[origin, stated] = self._look(stated, origin)
        if found[1]:
            message = f"found path {stated!r} from the root of the archive, expected it relative to {origin}"
            self._problems.report("relative-path", message, node)
        return found[0]

    def check_repository(self, name: str | None, node: Node) -> None:
        """Report a repository that no file defines."""
        if name and name not in self._repositories:
            known = self._repositories
            message = f"found repository {name!r}, expected {one_of(known) if known else 'none: no file defines one'}"
            self._problems.report("unknown-repository", message + self._problems.near(name, known), node)

    def missing(self, stated: str, origin: str, node: Node) -> str | None:
        """Report a file that is not there; return its path when it may still come."""
        names = self._csar.names
        message = f"found {stated!r}, expected a file of the archive, relative to {origin}"
        if not self._csar.complete:
            self._problems.report("absent-file", f"{message}; it has to come with the archive", node)
            return stated
        near = self._problems.near(posixpath.normpath(posixpath.join(posixpath.dirname(origin), stated)), names)
        self._problems.report("file-not-found", message + near, node)
        return None

    def _look(self, stated: str, origin: str) -> tuple[str | None, bool]:
        path = stated.removeprefix("file://").removeprefix("file:")
        relative = posixpath.normpath(posixpath.join(posixpath.dirname(origin), path))
        if relative in self._csar.names or relative in self._folders:
            return relative, False
        from_root = posixpath.normpath(path).lstrip("/")
        while from_root.startswith("../"):
            from_root = from_root[3:]
        for candidate in (from_root, from_root.removeprefix(self._csar.top)):
            if candidate in self._csar.names or candidate in self._folders:
                return candidate, True
        return None, False


def _parents(name: str) -> list[str]:
    """The folders that a file lies in, which may be artifacts as a whole."""
    parts = name.split("/")[:-1]
    return ["/".join(parts[: count + 1]) for count in range(len(parts))]
