"""What was committed is told once, also when answers are lost or the space is away; other things never wait for it."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from engine.executions.records import SUCCEEDED, ExecutionRecord
from engine.space.backends.memory import MemorySpace
from engine.space.base import Entry, Space
from engine.space.errors import SpaceUnavailable, UnknownOutcome
from engine.space.verbs import Cas, Set, Verb
from engine.tracing import traces as module
from engine.tracing.setting import Tracing
from engine.tracing.spans import LONGEST, of_execution, operation_spans
from engine.tracing.traces import Traces
from tests.engine.tracing.test_context import HEADER, record
from tests.support.otlp import Receiver, receiver

TIME = "2026-05-04T10:20:30.123456Z"


def event(number: int, error: str | None = None) -> dict[str, Any]:
    about = {"interface": "Standard", "operation": "create", "implementation": "c.sh", "relationship": None}
    when = {"queued": TIME, "started": TIME, "ended": TIME}
    who = {"id": f"e1/A/{number}/0", "node": "A", "index": [number], "attempt": 1, "worker": "w"}
    return {**who, **about, **when, "exit_code": 0 if error is None else 1, "error": error}


def batch(*events: dict[str, Any], **more: Any) -> bytes:
    return json.dumps({"time": TIME, "worker": "w", "events": list(events), **more}).encode()


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    with receiver() as found:
        for name, value in found.variables.items():
            monkeypatch.setenv(name, value)
        yield found


@contextmanager
def telling(space: Space) -> Iterator[Traces]:
    library = logging.getLogger("opentelemetry")
    handlers, propagate = list(library.handlers), library.propagate
    found = Traces(Tracing("ditrit-worker"), space, "host", "w")
    try:
        yield found
    finally:
        found.close()
        library.handlers, library.propagate = handlers, propagate


class Unsure(MemorySpace):
    """Answers are lost; ``applied`` says whether what was asked for was done."""

    applied = True

    def transact(self, verbs: Sequence[Verb]) -> int:
        if self.applied:
            super().transact(verbs)
        raise UnknownOutcome("lost")


@pytest.mark.parametrize("applied", [True, False])
def test_after_a_lost_answer_is_told_what_was_committed_and_nothing_else(sent: Receiver, applied: bool) -> None:
    space = Unsure()
    MemorySpace.transact(space, [Set(record().key, record().encoded())])
    space.applied = applied
    ended = replace(record(), status=SUCCEEDED, ended=TIME)
    with telling(space) as traces, pytest.raises(UnknownOutcome):
        traces.space.transact([Set("done/e1/x", batch(event(0))), Set(record().key, ended.encoded())])
    assert len(sent.of("e1")) == (2 if applied else 0)


class Away(MemorySpace):
    """Can be written, but not read at first."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = threading.Event()

    def read(self, keys: Iterable[str]) -> dict[str, Entry]:
        if not self.asked.is_set():
            self.asked.set()
            raise SpaceUnavailable("not now")
        return super().read(keys)


def test_a_space_that_is_away_for_a_moment_costs_no_span(sent: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PAUSE", 0.01)
    space = Away()
    with telling(space) as traces:
        traces.space.transact([Set(record().key, record().encoded()), Set("done/e1/x", batch(event(0)))])
        sent.until("e1", bool)
    assert space.asked.is_set()
    assert len(sent.of("e1")) == 1


def test_whoever_commits_never_waits_for_what_is_told(
    sent: Receiver, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Stuck(MemorySpace):
        go_on = threading.Event()

        def read(self, keys: Iterable[str]) -> dict[str, Entry]:
            self.go_on.wait(30)
            return super().read(keys)

    monkeypatch.setattr(module, "MOST", 10)
    space = Stuck()
    space.transact([Set(record().key, record().encoded())])
    with telling(space) as traces:
        for number in range(100):
            traces.space.transact([Set(f"done/e1/{number}", batch(event(number)))])
        space.go_on.set()
        spans = sent.until("e1", lambda spans: len(spans) >= 10)
    assert len(spans) < 20
    assert [line for line in caplog.messages if "traces are lost" in line] == [
        "traces are lost, all else goes on: 10 commits wait to be told"
    ]


def test_the_end_waits_for_a_receiver_that_says_nothing_only_so_long(
    sent: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent = threading.Event()
    monkeypatch.setattr(sent, "take", lambda *_: silent.wait(30))
    with telling(MemorySpace()) as traces:
        traces.space.transact([Set(record().key, record().encoded()), Set("done/e1/x", batch(event(0)))])
        began = time.monotonic()
        traces.close()
        assert time.monotonic() - began < 5
        silent.set()


def test_what_nobody_can_make_a_span_of_costs_only_that_span(sent: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    with telling(MemorySpace()) as traces:
        traces.space.transact([Set(record().key, record().encoded()), Set("done/e1/x", b"no JSON")])
        traces.space.transact([Set("done/e1/y", batch(event(1)))])
        assert len(sent.until("e1", bool)) == 1
    assert "a trace is lost, all else goes on" in caplog.text


def test_an_execution_that_is_gone_has_no_spans(sent: Receiver) -> None:
    with telling(MemorySpace()) as traces:
        traces.space.transact([Set("done/gone/x", batch(event(0)))])
    assert sent.spans == []


@pytest.mark.parametrize(
    ("sampler", "caller", "flags"),
    [
        ("parentbased_always_on", None, "01"),
        ("parentbased_always_on", HEADER, "01"),
        ("parentbased_always_on", HEADER.removesuffix("1") + "0", "00"),
        ("always_off", None, "00"),
    ],
)
def test_what_is_not_sampled_is_not_told_and_operations_see_that(
    sent: Receiver, monkeypatch: pytest.MonkeyPatch, sampler: str, caller: str | None, flags: str
) -> None:
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", sampler)
    mine = record(caller)
    ended = replace(mine, status=SUCCEEDED, ended=TIME)
    with telling(MemorySpace()) as traces:
        assert traces.traceparent(mine, "e1/A/0/0").endswith(f"-{flags}")
        index = traces.space.transact([Set(mine.key, mine.encoded())])
        traces.space.transact([Set("done/e1/x", batch(event(0))), Cas(mine.key, ended.encoded(), index)])
    assert len(sent.of("e1")) == (2 if flags == "01" else 0)


def test_all_attempts_at_an_operation_have_its_span_until_the_execution_is_resumed() -> None:
    (before,) = operation_spans(record(), json.loads(batch(event(0))))
    (again,) = operation_spans(record(), json.loads(batch({**event(0), "attempt": 2})))
    (resumed,) = operation_spans(record(), json.loads(batch(event(0), resumed=1)))
    assert before.id == again.id != resumed.id
    assert before.parent != resumed.parent


def test_a_long_reason_is_shortened_and_ends_in_no_part_of_a_secret() -> None:
    mine: ExecutionRecord = replace(record(), secrets=["secret-1234"], status="failed", ended=TIME)
    error = "secret-1234 " + "x" * (LONGEST - 18) + "secret-1234"
    (span,) = operation_spans(mine, json.loads(batch(event(0, error))))
    for found in (span, of_execution(mine, error)):
        assert found.error is not None
        assert found.error.startswith("*** xxx")
        assert found.error.endswith("xxx")
        assert found.failed
