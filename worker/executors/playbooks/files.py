"""Finds the files that a playbook names.

Place in the flow: a part of `worker.executors.playbooks.play`.  What Ansible does not find where it looks may be a
dependency of the operation: these lie anywhere in the archive, and playbooks name them as if they lay beside them,
since other orchestrators copy them there.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from ansible.errors import AnsibleFileNotFound
from ansible.parsing.dataloader import DataLoader


class Files(DataLoader):
    """Ansible's loader of files, with dependencies of the operation beside the playbook."""

    def __init__(self, dependencies: Sequence[str]) -> None:
        super().__init__()
        self._dependencies = {os.path.basename(path): path for path in dependencies}

    def path_dwim(self, given: str) -> str:
        found = super().path_dwim(given)
        return found if os.path.exists(found) else self._dependency(given) or found

    def path_dwim_relative(self, path: str, dirname: str, source: str, is_role: bool = False) -> str:
        found = super().path_dwim_relative(path, dirname, source, is_role)
        return found if os.path.exists(found) else self._dependency(source) or found

    def path_dwim_relative_stack(self, paths: list[str], dirname: str, source: str, is_role: bool = False) -> str:
        try:
            found = super().path_dwim_relative_stack(paths, dirname, source, is_role)
        except AnsibleFileNotFound:
            dependency = self._dependency(source)
            if dependency is None:
                raise
            return dependency
        return found

    def _dependency(self, name: str | bytes) -> str | None:
        """A dependency, or a file in one that is a folder."""
        first, separator, rest = os.fsdecode(name).partition("/")
        if first not in self._dependencies:
            return None
        path = self._dependencies[first] + separator + rest
        return path if os.path.exists(path) else None
