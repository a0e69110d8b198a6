"""Where in a trace something stands: ids that every process computes for itself, and their form in ``traceparent``.

Place in the flow: id of an execution or operation → **trace and span id** → spans, and what operations find in their
environment.  Processes that know nothing of each other contribute to one trace, and what is told twice has one id.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from engine.executions.records import ExecutionRecord

# W3C Trace Context, section 3.2: a version, ids that are not all zeros, flags; later versions may say more behind them.
_HEADER = re.compile(r"(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_SAMPLED = 1


@dataclass(frozen=True, slots=True)
class SpanPlace:
    """A span: the trace that it is in, its own id, and whether it is told at all."""

    trace: int
    span: int
    sampled: bool = True

    @property
    def header(self) -> str:
        """As the header, or variable, ``traceparent`` has it."""
        return f"00-{self.trace:032x}-{self.span:016x}-{int(self.sampled):02x}"


def parsed(header: str | None) -> SpanPlace | None:
    """What a ``traceparent`` says; None when there is none, or a malformed one, which the standard has ignored."""
    found = None if header is None else _HEADER.fullmatch(header.strip())
    if found is None or (found[1] == "00" and found[5] is not None):
        return None
    return SpanPlace(int(found[2], 16), int(found[3], 16), bool(int(found[4], 16) & _SAMPLED))


def caller_of(record: ExecutionRecord) -> SpanPlace | None:
    """The span of whoever asked for the execution, when it told one."""
    return parsed(record.traceparent)


def trace_of(record: ExecutionRecord) -> int:
    """The trace of an execution: that of who asked for it, or one of its own."""
    caller = caller_of(record)
    return _number(f"trace {record.id}", 16) if caller is None else caller.trace


def execution_span(execution: str, resumed: int) -> int:
    """The id of an execution's span; each time that it is resumed it has another one."""
    return _number(f"execution {execution} {resumed}", 8)


def operation_span(operation: str, resumed: int) -> int:
    """The id of an operation's span, the same for all attempts until its execution is resumed."""
    return _number(f"operation {operation} {resumed}", 8)


def _number(name: str, size: int) -> int:
    """A number of so many bytes, never zero, which no id may be."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:size]) or 1
