"""Runs operations on this machine: archives, executors, logs and the journal.

Place in the flow: between the daemon, which knows tuples, and the executors, which know processes.
"""

from __future__ import annotations

import functools
import logging
import random
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.artifacts import ArtifactError, ArtifactStore
from engine.artifacts.base import ArtifactUnreachable
from engine.executions.cancel import begun
from engine.executions.errors import UnknownExecution
from engine.executions.history import log_key, operation_id, owner_of, relationship_of
from engine.executions.records import CANCELLING, ExecutionRecord
from engine.executions.work import Work, retried
from engine.masking import Mask
from engine.rete.memory import CellId
from engine.rete.production import Production
from engine.space.client import Held
from engine.weaving.machines import HOST_ARTIFACT
from tosca import ToscaError
from worker.archives import ArchiveCache
from worker.checks import check
from worker.environment import printed
from worker.executors.base import OperationRequest, Result, RunningOperation
from worker.executors.failed import FailedStart
from worker.executors.leftovers import kill_leftovers
from worker.executors.registry import ExecutorRegistry
from worker.hosts.base import HostError
from worker.hosts.providers import HostProviders
from worker.journal import Executed, Journal
from worker.live_logs import LiveLogs
from worker.logs import LogFiler
from worker.requests import Unevaluable, attempt_of, operation_request
from worker.tracing import Traceparents, joined

logger = logging.getLogger(__name__)

_LONGEST_PAUSE = 300.0  # seconds between two tries
_PATIENCE = 2.0  # seconds that the end of a worker may wait for the artifact store
MAX_ATTEMPTS = 20
"""After so many workers died while they ran an operation it fails."""


class _Unstartable(Exception):
    """An operation that fails before it has begun, with this message."""


class LocalRunner:
    """Starts operations on this machine and files what they leave."""

    def __init__(
        self,
        artifacts: ArtifactStore,
        archives: ArchiveCache,
        executors: ExecutorRegistry,
        hosts: HostProviders,
        journal: Journal,
        *,
        worker: str,
        time_limit: float | None = None,
        traces: Traceparents | None = None,
    ) -> None:
        self._traces = traces
        self._logs = LogFiler(artifacts)
        self._live = LiveLogs(artifacts)
        self._archives = archives
        self._executors = executors
        self._hosts = hosts
        self._journal = journal
        self._worker = worker
        self._time_limit = time_limit
        self._digests: dict[RunningOperation, str] = {}

    def start(self, work: Work, held: Held, mine: Callable[[], bool]) -> RunningOperation | None:
        """Start an operation; what an earlier attempt has left running on this machine is ended first.

        None when it was not ``mine`` any more by the time that its archive had come.

        Raises:
            ArtifactUnreachable: its archive is not here and cannot be fetched now; nothing has begun.
        """
        record, production = work.execution(held.tuple.fields["execution"]), work.production(held)
        name = operation_id(record.id, CellId(production.name, held.tuple.fields["flat"]), held.tuple.fields["step"])
        checked = check(work.space, held, record, production)
        if checked is not None:
            return checked
        if attempt_of(held) > 1:
            kill_leftovers(name, attempt_of(held) - 1)
        operation = production.steps[held.tuple.fields["step"]].operation or {}
        try:
            folder = self._folder(held, record, operation)
            if not mine():
                self._archives.release(record.digest)
                return None
            return self._start(work, held, record, production, folder)
        except _Unstartable as error:
            return _failed(Mask(record.secrets).text(str(error)))

    def pause(self, work: Work, held: Held) -> float | None:
        """How long to wait before an operation that has failed is tried again, in seconds; None when it is not."""
        operation = work.production(held).steps[held.tuple.fields["step"]].operation or {}
        tried = begun(work.execution(held.tuple.fields["execution"]), held.tuple, held.lock_index)
        if retried(held) >= operation.get("retries", 0) or tried > (1 if operation.get("once") else MAX_ATTEMPTS):
            return None
        longest: float = min(operation["pause"] * 2.0 ** retried(held), _LONGEST_PAUSE)
        return longest * random.uniform(0.5, 1.0)  # noqa: S311 - jitter, so that not all come at once

    def _folder(self, held: Held, record: ExecutionRecord, operation: Mapping[str, Any]) -> Path:
        """The extracted archive, kept in the cache until it is released."""
        tried = begun(record, held.tuple, held.lock_index)
        if record.status == CANCELLING and tried > 1:
            raise _Unstartable("its worker died while it ran, and the execution was cancelled")
        if record.status == CANCELLING and retried(held):
            raise _Unstartable("it had failed, and the execution was cancelled before it was tried again")
        if tried > 1 and operation.get("once"):
            raise _Unstartable("its worker died while it ran, and it must not be begun a second time")
        if tried > MAX_ATTEMPTS:
            raise _Unstartable(f"given up: the workers of {MAX_ATTEMPTS} attempts died while they ran it")
        try:
            return self._archives.folder(record.digest)
        except ArtifactUnreachable:
            raise
        except (ArtifactError, ToscaError, OSError) as error:
            raise _Unstartable(f"cannot get the archive: {error}") from error

    def _start(
        self, work: Work, held: Held, record: ExecutionRecord, production: Production, folder: Path
    ) -> RunningOperation:
        operation = production.steps[held.tuple.fields["step"]].operation or {}
        try:
            request = operation_request(work.space, held, record, production, folder)
            request = joined(request, record, self._traces)
            request = self._on_host(request, record, production, held, operation)
        except (Unevaluable, HostError) as error:
            self._archives.release(record.digest)
            raise _Unstartable(str(error)) from error
        except BaseException:  # the space does not answer: it stays ours, and is begun again
            self._archives.release(record.digest)
            raise
        bases = operation.get("artifact_bases", ())
        executor = self._executors.find(operation.get("artifact_type"), request.implementation, bases)
        running = executor.start(request)
        self._digests[running] = record.digest
        return running

    def _on_host(
        self,
        request: OperationRequest,
        record: ExecutionRecord,
        production: Production,
        held: Held,
        operation: Mapping[str, Any],
    ) -> OperationRequest:
        """The same, with where it runs, and how long; what a provider does to a machine it does from here."""
        flat = held.tuple.fields["flat"]
        limit = self._time_limit if request.time_limit is None else request.time_limit
        if operation.get("artifact_type") == HOST_ARTIFACT:
            program = self._hosts.program(record, production, flat, request.operation)
            return replace(request, program=tuple(program), time_limit=limit)
        ends = functools.partial(self._hosts.ends, record, production)
        return replace(request, host=self._hosts.host(record, production, flat), ends=ends, time_limit=limit)

    def show(self, held: Held, operation: RunningOperation) -> None:
        """Store what it has printed so far, where all of it is filed in the end."""
        key = _log_key(held)
        if self._live.wants(key) and (printed := operation.printed()) is not None:
            self._live.show(key, printed)

    def file(self, held: Held, result: Result) -> None:
        """Move what it printed to the artifact store, later when that is away."""
        key = _log_key(held)
        self._live.end(key)
        if result.output is not None:
            self._logs.file(key, result.output)

    def committed(self, work: Work, results: Sequence[tuple[Held, Result]]) -> None:
        """Write their lines into the journal."""
        lines = []
        for held, result in results:
            with suppress(UnknownExecution):  # removed while the operation ran
                if work.production(held).steps[held.tuple.fields["step"]].operation is not None:
                    lines.append(self._executed(work, held, result))
                    _told(lines[-1], result)
        self._journal.write(*lines)

    def _executed(self, work: Work, held: Held, result: Result) -> Executed:
        production, fields = work.production(held), held.tuple.fields
        node, index = owner_of(production, fields["flat"])
        operation = production.steps[fields["step"]].operation or {}
        return Executed(
            ended=result.ended,
            worker=self._worker,
            execution=fields["execution"],
            node=node,
            index=tuple(index),
            interface=operation.get("interface", ""),
            operation=operation.get("name", ""),
            exit_code=result.exit_code,
            duration=result.ended - result.started,
            relationship=_arrow(relationship_of(production, fields["flat"])),
        )

    def close(self) -> None:
        """Store what waits for the artifact store, if that is possible soon."""
        self._live.close()
        self._logs.close(_PATIENCE)

    def forget(self, operation: RunningOperation) -> None:
        """The archive may be removed from the cache."""
        digest = self._digests.pop(operation, None)
        if digest is not None:
            self._archives.release(digest)


def _told(executed: Executed, result: Result) -> None:
    """A line of the log for programs; people have the journal."""
    if not logger.isEnabledFor(logging.INFO):
        return
    about = {
        "execution": executed.execution,
        "node": executed.node,
        "index": list(executed.index),
        "interface": executed.interface,
        "operation": executed.operation,
        "exit_code": executed.exit_code,
        "seconds": round(executed.duration, 6),
    }
    logger.info("operation %s", "succeeded" if result.succeeded else f"failed: {result.error}", extra=about)


def _log_key(held: Held) -> str:
    fields = held.tuple.fields
    name = operation_id(fields["execution"], CellId(fields["production"], fields["flat"]), fields["step"])
    return log_key(fields["execution"], name, attempt_of(held))


def _failed(error: str) -> FailedStart:
    return FailedStart(error, time.time())


def _arrow(relationship: dict[str, object] | None) -> str | None:
    if relationship is None:
        return None
    return "->".join(_instance(relationship[end]) for end in ("source", "target"))


def _instance(end: object) -> str:
    assert isinstance(end, dict)  # noqa: S101 - the ends of a relationship are objects
    index = end["index"]
    return f"{end['node']}[{'*' if index is None else printed(tuple(index))}]"
