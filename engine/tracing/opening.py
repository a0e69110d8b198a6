"""Opens traces where they are to be exported.

Place in the flow: `Tracing` and a space → **the space that a daemon works on**, and what is to be closed at its end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.space.base import Space
from engine.tracing.setting import Tracing

if TYPE_CHECKING:
    from engine.tracing.traces import Traces


def traced(space: Space, tracing: Tracing | None, host: str, name: str) -> tuple[Space, Traces | None]:
    """The space whose commits are told, by a process of this name on that host; the very same where none are."""
    if tracing is None:
        return space, None
    from engine.tracing.traces import Traces  # noqa: PLC0415  only who exports loads OpenTelemetry

    traces = Traces(tracing, space, host, name)
    return traces.space, traces
