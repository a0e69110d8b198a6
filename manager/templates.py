"""Parsed service templates and woven workflows, kept by digest.

Place in the flow: archive in the artifact store → **service template** → woven workflow.  Archives never change, so
what was made of them is kept in a small LRU; a manager that does not have it makes it again.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, TypeVar

from engine.artifacts import ArtifactStore
from engine.weaving import Workflow, workflow_of
from engine.weaving.hosting import NO_MACHINES, Hosting
from manager.errors import Invalid
from tosca import open_csar, parse
from tosca.model import ServiceTemplate

T = TypeVar("T")
KEPT = 32


def archive_key(digest: str) -> str:
    """Where the archive of that digest lies in the artifact store."""
    return f"csar/{digest}"


class Templates:
    """What archives mean, by digest."""

    def __init__(self, artifacts: ArtifactStore, kept: int = KEPT, hosting: Hosting = NO_MACHINES) -> None:
        self._artifacts = artifacts
        self._hosting = hosting
        self._kept = kept
        self._made: OrderedDict[tuple[str, ...], Any] = OrderedDict()
        self._lock = threading.Lock()

    def template(self, digest: str) -> ServiceTemplate:
        """The service template of a stored archive."""
        return self._remember(("template", digest), lambda: self._parsed(digest))

    def woven(self, digest: str, workflow: str, mode: str) -> Workflow:
        """The workflow of a stored archive: its topology's own, or the one woven from its types and host providers.

        Raises:
            HostingError: the metadata of a node name an unknown provider.
        """
        return self._remember(("woven", digest, workflow, mode), lambda: self._woven(digest, workflow, mode))

    def _woven(self, digest: str, workflow: str, mode: str) -> Workflow:
        template = self.template(digest)
        return workflow_of(template, workflow, mode, self._hosting.providers(template))

    def add(self, digest: str, template: ServiceTemplate) -> None:
        """Keep a template that was parsed elsewhere."""
        self._remember(("template", digest), lambda: template)

    def _parsed(self, digest: str) -> ServiceTemplate:
        parsed = parse(open_csar(self._artifacts.get(archive_key(digest))))
        if parsed.service_template is None:
            problems = [problem.to_dict() for problem in parsed.problems.errors]
            raise Invalid("invalid-model", "the stored archive is not valid for this version", problems)
        return parsed.service_template

    def _remember(self, key: tuple[str, ...], make: Callable[[], T]) -> T:
        with self._lock:
            if key in self._made:
                self._made.move_to_end(key)
                found: T = self._made[key]
                return found
        made = make()
        with self._lock:
            self._made[key] = made
            while len(self._made) > self._kept:
                self._made.popitem(last=False)
        return made
