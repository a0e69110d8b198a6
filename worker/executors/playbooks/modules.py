"""Modules that Ansible has packed before, for the next playbook that uses them.

Place in the flow: a part of `worker.executors.playbooks.play`.  Packing a module takes longer than a small playbook.
What is packed of Ansible's own modules is the same in each run, so runs share it; all else, what archives bring, has to
be packed anew: two archives may have modules of one name.  An archive with ``module_utils`` of its own shares nothing,
since these would be packed with Ansible's modules.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

_FOLDER = "ansiballz_cache"
_OWN = "ansible.modules.*"  # of collections and archives the names are others
_LOCK = ".lock"


class PackedModules:
    """The modules that one run has packed, under ``own``, and those that all runs share."""

    def __init__(self, shared: Path, own: Path, folders: Sequence[str]) -> None:
        self._shared = shared / _FOLDER
        self._own = own / _FOLDER
        self._alone = any(_has_utilities(Path(folder)) for folder in folders)

    def borrow(self) -> None:
        """Have what was packed before."""
        self._link(self._shared, self._own)

    def lend(self) -> None:
        """Let later runs have what this one has packed."""
        self._link(self._own, self._shared)

    def _link(self, source: Path, target: Path) -> None:
        if self._alone:
            return
        target.mkdir(mode=0o700, exist_ok=True)
        for path in source.glob(_OWN):
            if path.suffix != _LOCK:
                with suppress(OSError):  # it is there already, or cannot be: then it is packed anew
                    (target / path.name).hardlink_to(path)


def _has_utilities(folder: Path) -> bool:
    return (folder / "module_utils").exists() or any(folder.glob("roles/*/module_utils"))
