"""Every process computes the same ids; what callers say is read as W3C Trace Context has it."""

import re
import subprocess
import sys

import pytest

from engine.executions.records import ExecutionRecord
from engine.tracing.context import SpanPlace, caller_of, execution_span, operation_span, parsed, trace_of

HEADER = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def record(traceparent: str | None = None) -> ExecutionRecord:
    return ExecutionRecord(
        id="e1",
        model="m",
        instance="i",
        digest="d",
        workflow="install",
        network="n",
        run=1,
        operations=2,
        created="2026-05-04T10:20:30.123456Z",
        traceparent=traceparent,
    )


def test_another_process_computes_the_same_ids() -> None:
    program = "from engine.tracing.context import *; print(execution_span('e1', 0), operation_span('e1/A/0/3', 1))"
    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert printed.split() == [str(execution_span("e1", 0)), str(operation_span("e1/A/0/3", 1))]


def test_ids_differ_by_execution_operation_and_how_often_it_was_resumed() -> None:
    ids = [execution_span("e1", 0), execution_span("e1", 1), execution_span("e2", 0)]
    ids += [operation_span("e1/A/0/3", 0), operation_span("e1/A/0/3", 1), operation_span("e1/A/1/3", 0)]
    assert len(set(ids)) == len(ids)
    assert all(0 < id_ < 2**64 for id_ in ids)
    assert 0 < trace_of(record()) < 2**128


def test_an_execution_has_a_trace_of_its_own_unless_its_caller_has_one() -> None:
    assert trace_of(record()) == trace_of(record())
    assert trace_of(record(HEADER)) == 0x4BF92F3577B34DA6A3CE929D0E0E4736
    assert caller_of(record(HEADER)) == SpanPlace(0x4BF92F3577B34DA6A3CE929D0E0E4736, 0x00F067AA0BA902B7, True)
    assert caller_of(record()) is None


@pytest.mark.parametrize("header", [HEADER, HEADER.removesuffix("1") + "0"])
def test_what_is_written_is_what_was_read(header: str) -> None:
    found = parsed(header)
    assert found is not None
    assert found.header == header


def test_what_a_later_version_says_besides_is_left_out() -> None:
    found = parsed(f"cc-{HEADER[3:-2]}09-what-the-future-brings")
    assert found is not None
    assert found.header == HEADER


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "no trace",
        f"ff{HEADER[2:]}",
        f"{HEADER}-more",
        HEADER.upper(),
        re.sub("-4b.*36-", f"-{32 * '0'}-", HEADER),
        re.sub("-00f.*b7-", f"-{16 * '0'}-", HEADER),
    ],
)
def test_what_is_malformed_is_no_caller(header: str | None) -> None:
    assert parsed(header) is None


def test_a_record_without_a_caller_is_one_that_earlier_releases_read() -> None:
    assert b"traceparent" not in record().encoded()
    assert ExecutionRecord.decoded(record().encoded()) == record()
    assert ExecutionRecord.decoded(record(HEADER).encoded()) == record(HEADER)
