"""Feeds: each watcher is told how the execution stands now, and never an end that is none."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine.executions.records import ExecutionRecord
from engine.space.verbs import Set
from manager.api.services import KEY, Services
from manager.app import create_app
from manager.config import ManagerConfig

RECORD = ExecutionRecord(
    id="e1",
    model="m",
    instance="i",
    digest="d",
    workflow="install",
    network="n",
    run=1,
    operations=0,
    created="2026-01-01T00:00:00Z",
    status="failed",
)


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    found: Services = create_app(ManagerConfig(state=tmp_path, space="memory:")).extensions[KEY]
    yield found
    found.space.close()


def put(services: Services, record: ExecutionRecord) -> None:
    services.space.transact([Set(record.key, record.encoded())])


def test_who_watches_after_it_was_resumed_is_not_told_the_end_that_it_had_before(services: Services) -> None:
    """Also while somebody is still connected who was told that one."""
    put(services, RECORD)
    before = services.feeds.watch(RECORD, -1)
    assert b'"status": "failed"' in b"".join(before)
    put(services, replace(RECORD, status="succeeded"))
    assert b'"status": "succeeded"' in b"".join(services.feeds.watch(RECORD, -1))
    before.close()


def test_an_execution_that_is_removed_has_no_end(services: Services) -> None:
    """Its clients ask again, and are told that there is none."""
    watcher = services.feeds.watch(RECORD, -1)
    assert b"".join(watcher) == b""
    assert watcher.done
