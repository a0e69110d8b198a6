"""A whole installation in the test's own process, with places where a test can interrupt it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.artifacts.folder import FolderStore
from engine.executions.records import ExecutionRecord
from engine.space.backends.memory import MemorySpace, Store
from engine.space.verbs import Verb
from manager.catalog import Catalog
from manager.deployments import Deployments
from manager.executions import Executions
from manager.housekeeping.collector import Collector
from manager.housekeeping.policy import Policy
from manager.templates import Templates
from tests.support.carrying import carry_out

HOUR = 3600.0


class InterruptedSpace(MemorySpace):
    """Calls ``ahead`` before each transaction, with its number."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.ahead: Callable[[int], None] = lambda number: None
        self.number = 0

    def transact(self, verbs: Sequence[Verb]) -> int:
        self.ahead(self.number)
        self.number += 1
        return super().transact(verbs)


class InterruptedStore(FolderStore):
    """Calls ``behind`` after each call that writes or lists, with its name."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, fsync=False)
        self.behind: Callable[[str], None] = lambda call: None

    def write(self, key: str, content: bytes | Path) -> None:
        super().write(key, content)
        self.behind("write")

    def list(self, prefix: str = "") -> Iterator[str]:
        found = super().list(prefix)
        self.behind("list")
        return found


class Installation:
    """One manager's parts over a space that others share, and a collector that sees a later time."""

    def __init__(self, folder: Path, store: Store | None = None) -> None:
        self.folder = folder
        self.store = store or Store()
        self.space = InterruptedSpace(self.store)
        self.artifacts = InterruptedStore(folder / "artifacts")
        templates = Templates(self.artifacts)
        self.catalog = Catalog(self.space, self.artifacts, templates)
        self.deployments = Deployments(self.space, templates)
        self.executions = Executions(self.space, templates)

    def another(self) -> Installation:
        """Another manager over the same space and artifact store."""
        return Installation(self.folder, self.store)

    def upload(self, model: str, content: bytes) -> None:
        file = self.folder / "upload.zip"
        file.write_bytes(content)
        self.catalog.put(model, file)

    def run(
        self, workflow: str, model: str = "m", instance: str = "i", outputs: Mapping[str, Any] | None = None
    ) -> ExecutionRecord:
        record = self.executions.start(model, instance, workflow, {})
        carry_out(self.space, self.artifacts, outputs=outputs)
        return self.executions.get(record.id)

    def collector(self, *, days: int = 0, count: int = 0, later: float = HOUR) -> Collector:
        return Collector(self.space, self.artifacts, Policy(days, count), lambda: time.time() + later)

    def keys(self, *prefixes: str) -> list[str]:
        return [key for prefix in prefixes for key in self.space.keys(prefix)]
