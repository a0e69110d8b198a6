"""A case with a finding → a smaller one with the same finding.

Place in the flow of a run: after `benchmarks.fuzz.child` has found something.  Files, then lines, are left out as long
as the finding stays what it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from benchmarks.fuzz.corpus import Case

TRIES = 600
SLOW_TRIES = 40  # of what takes all the time or memory there is


def reduced(case: Case, stays: Callable[[Case], bool], tries: int = TRIES) -> Case:
    """Return the smallest case that was found."""
    if case.raw is not None:
        return case
    left = iter(range(tries))
    for name in list(case.files):
        smaller = replace(case, files={other: data for other, data in case.files.items() if other != name})
        if smaller.files and _tried(smaller, stays, left):
            case = smaller
    for name in case.files:
        case = _shortened(case, name, stays, left)
    return case


def _tried(case: Case, stays: Callable[[Case], bool], left: Iterator[int]) -> bool:
    return next(left, None) is not None and stays(case)


def _shortened(case: Case, name: str, stays: Callable[[Case], bool], left: Iterator[int]) -> Case:
    """Leave out halves of the lines, then quarters, down to single ones, until none can go any more."""
    lines = case.files[name].splitlines(keepends=True)
    size = len(lines)
    while size:
        start, gone = 0, False
        while start < len(lines):
            fewer = lines[:start] + lines[start + size :]
            smaller = replace(case, files={**case.files, name: b"".join(fewer)})
            if _tried(smaller, stays, left):
                lines, case, gone = fewer, smaller, True
            else:
                start += size
        size = size if gone and size == 1 else size // 2
    return case
