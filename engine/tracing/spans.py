"""What spans say of an execution and of its operations.

Place in the flow: records, and events of the history as they were committed → **spans** → `engine.tracing.traces`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from engine.executions.records import FAILED, ExecutionRecord
from engine.masking import Mask
from engine.tracing.context import execution_span, operation_span

LONGEST = 2000  # characters of a reason
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Attribute = str | int | bool


@dataclass(frozen=True, slots=True)
class Span:
    """A span that has ended; times are nanoseconds since the epoch."""

    id: int
    parent: int | None  # None: the execution's own
    name: str
    started: int
    ended: int
    attributes: Mapping[str, Attribute]
    failed: bool = False
    error: str | None = None  # without secrets


def operation_spans(record: ExecutionRecord, batch: Mapping[str, Any]) -> Iterator[Span]:
    """The operations that one commit has recorded."""
    resumed = batch.get("resumed", 0)
    mask = Mask(record.secrets)
    for event in batch["events"]:
        if "id" in event:
            yield _operation(record, resumed, event, mask)


def _operation(record: ExecutionRecord, resumed: int, event: Mapping[str, Any], mask: Mask) -> Span:
    return Span(
        id=operation_span(event["id"], resumed),
        parent=execution_span(record.id, resumed),
        name=f"{event['node']} {event['interface']}.{event['operation']}",
        started=nanoseconds(event["started"]),
        ended=nanoseconds(event["ended"]),
        attributes=_present({**_identity(record), **_about(event)}),
        failed=event["error"] is not None,
        error=_reason(event["error"], mask),
    )


def of_execution(record: ExecutionRecord, error: str | None) -> Span:
    """An execution that has ended; ``error`` has the reasons of its failures."""
    assert record.ended is not None  # noqa: S101 - callers have seen that it has ended
    return Span(
        id=execution_span(record.id, record.resumed),
        parent=None,
        name=f"{record.workflow} {record.model}",
        started=nanoseconds(record.created),
        ended=nanoseconds(record.ended),
        attributes=_present(
            {**_identity(record), "ditrit.status": record.status, "ditrit.resumed": record.resumed or None}
        ),
        failed=record.status == FAILED,
        error=_reason(error, Mask(record.secrets)),
    )


def nanoseconds(time: str) -> int:
    """A time of a record, exactly."""
    return (datetime.fromisoformat(time) - _EPOCH) // timedelta(microseconds=1) * 1000


def _identity(record: ExecutionRecord) -> dict[str, Attribute]:
    return {
        "ditrit.execution": record.id,
        "ditrit.model": record.model,
        "ditrit.instance": record.instance,
        "ditrit.workflow": record.workflow,
    }


def _about(event: Mapping[str, Any]) -> dict[str, Attribute | None]:
    return {
        "ditrit.operation.id": event["id"],
        "ditrit.node": event["node"],
        "ditrit.index": _printed(event["index"]),
        "ditrit.interface": event["interface"],
        "ditrit.operation": event["operation"],
        "ditrit.implementation": event["implementation"],
        "ditrit.step": event.get("step"),
        "ditrit.worker": event["worker"],
        "ditrit.attempt": event["attempt"],
        "ditrit.exit_code": event["exit_code"],
        "ditrit.queued": event["queued"],
        "ditrit.handled": event.get("handled"),
        **_between(event["relationship"]),
    }


def _between(relationship: Mapping[str, Any] | None) -> dict[str, Attribute | None]:
    if relationship is None:
        return {}
    ends = {f"ditrit.relationship.{end}": _instance(relationship[end]) for end in ("source", "target")}
    return {"ditrit.relationship": relationship["name"], "ditrit.relationship.type": relationship["type"], **ends}


def _instance(end: Mapping[str, Any]) -> str:
    return str(end["node"]) if end["index"] is None else f"{end['node']}[{_printed(end['index'])}]"


def _printed(index: list[int]) -> str:
    return ",".join(map(str, index))


def _present(attributes: Mapping[str, Attribute | None]) -> dict[str, Attribute]:
    return {name: value for name, value in attributes.items() if value is not None}


def _reason(error: str | None, mask: Mask) -> str | None:
    if error is None or len(error) <= LONGEST:
        return None if error is None else mask.text(error)
    return mask.line(error[:LONGEST])
