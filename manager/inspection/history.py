"""How history, counts and reasons of failures agree.

Place in the flow: picture → **findings** about what was recorded.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from engine.executions.history import operation_id
from engine.executions.records import FAILED, SUCCEEDED, ExecutionRecord
from engine.rete.memory import CellId
from engine.space import keys
from manager.inspection.finding import Finding
from manager.inspection.picture import Item, Picture


def history_findings(there: Picture) -> Iterator[Finding]:
    """What is wrong with the records of what was done."""
    by_execution: dict[str, dict[str, list[Item]]] = defaultdict(lambda: defaultdict(list))
    for kind in ("done", "count", "fail"):
        for item in there.items[kind]:
            by_execution[item.parts[1]][kind].append(item)
            if item.parts[1] not in there.executions:
                yield Finding("history", item.key, "its execution is missing", "nothing; 'ditrit gc' removes it")
    for record in there.executions.values():
        yield from _execution(record, by_execution[record.id])


def _execution(record: ExecutionRecord, items: dict[str, list[Item]]) -> Iterator[Finding]:
    before, events = _events(record, items["done"])
    failed = {event["id"] for event in events if event.get("error")}
    handled = {event["id"] for event in events if event.get("handled")}
    done = Counter(event["id"] for event in (*before, *events) if not event.get("error"))
    again = Counter(event["id"] for event in events)
    for name, times in (done | again).items():
        if times > 1:
            yield Finding("history", keys.prefix("done", record.id), f"{name} was committed {times} times", "once")
    earlier = sum(1 for event in before if not event.get("error"))
    if record.earlier != earlier:
        said = f"{record.earlier} operations are said to have succeeded before it was resumed"
        yield Finding("execution", record.key, said, f"{earlier}, as in history")
    yield from _counts(record, items["count"], events, failed)
    reasons = {_operation(item): item for item in items["fail"]}
    for name in sorted(failed - handled - set(reasons)):
        yield Finding("history", keys.prefix("fail", record.id), f"the reason why {name} failed is missing", "a reason")
    for name in sorted(set(reasons) - (failed - handled)):
        yield Finding("history", reasons[name].key, f"history has no failure of {name}", "nothing")
    if record.status in (SUCCEEDED, FAILED) and bool(reasons) != (record.status == FAILED):
        expected = "a failure" if record.status == FAILED else "no failure"
        yield Finding("execution", record.key, f"it {record.status} with {len(reasons)} failure(s)", expected)


def _events(record: ExecutionRecord, done: list[Item]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What was committed of operations: before the execution was resumed the last time, and since."""
    before: list[dict[str, Any]] = []
    since: list[dict[str, Any]] = []
    for item in done:
        events = [event for event in item.value["events"] if "id" in event]
        (since if item.value.get("resumed", 0) == record.resumed else before).extend(events)
    return before, since


def _counts(
    record: ExecutionRecord, counts: list[Item], events: list[dict[str, Any]], failed: set[str]
) -> Iterator[Finding]:
    key = keys.prefix("count", record.id)
    for name, expected in (("done", len(events)), ("failed", len(failed))):
        counted = sum(item.value[name] for item in counts)
        if counted != expected:
            yield Finding("count", key, f"{counted} operations are counted as {name}", f"{expected}, as in history")
    skipped = sum(item.value.get("skipped", 0) for item in counts)
    to_do = record.operations - skipped
    whole = record.status == SUCCEEDED and not record.resumed  # one that went on ends before all is seen as done
    if len(events) > to_do or (whole and len(events) < to_do):
        most = f"{'' if record.status == SUCCEEDED else 'at most '}{to_do}"
        yield Finding("count", key, f"{len(events)} operations were committed", most)


def _operation(item: Item) -> str:
    _, execution, production, flat, step = item.parts
    return operation_id(execution, CellId(production, int(flat)), int(step))
