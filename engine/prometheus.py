"""Figures in the text format of Prometheus.

Place in the flow: counts of a daemon → **text** → ``/metrics``.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import Counter as Tally
from collections.abc import Iterator, Mapping, Sequence

FORMAT = "text/plain; version=0.0.4; charset=utf-8"
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Counter:
    """What only rises, by the values of its labels."""

    def __init__(self, name: str, about: str, *labels: str) -> None:
        self._name = name
        self._about = about
        self._labels = labels
        self._counts: Tally[tuple[str, ...]] = Tally()
        self._lock = threading.Lock()
        if not labels:
            self._counts[()] = 0  # there from the start, so that a first rise is seen

    def add(self, *values: str, by: float = 1) -> None:
        """Count one more, or several."""
        with self._lock:
            self._counts[values] += by  # type: ignore[assignment]  # a tally of seconds, too

    def lines(self) -> Iterator[str]:
        """As Prometheus reads it."""
        with self._lock:
            counts = dict(self._counts)
        yield from head(self._name, self._about, "counter")
        for values, count in sorted(counts.items()):
            yield f"{self._name}{labelled(dict(zip(self._labels, values, strict=True)))} {count:g}"


class Histogram:
    """How long something takes."""

    def __init__(self, name: str, about: str, bounds: Sequence[float] = SECONDS) -> None:
        self._name = name
        self._about = about
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self._sum = 0.0
        self._lock = threading.Lock()

    def observe(self, value: float) -> None:
        """Take in one more."""
        with self._lock:
            self._counts[bisect_left(self._bounds, value)] += 1
            self._sum += value

    def lines(self) -> Iterator[str]:
        """As Prometheus reads it."""
        with self._lock:
            counts, total = list(self._counts), self._sum
        yield from head(self._name, self._about, "histogram")
        so_far = 0
        for bound, count in zip([*map("{:g}".format, self._bounds), "+Inf"], counts, strict=True):
            so_far += count
            yield f'{self._name}_bucket{{le="{bound}"}} {so_far}'
        yield f"{self._name}_sum {total:g}"
        yield f"{self._name}_count {so_far}"


def gauge(name: str, about: str, values: float | Mapping[str, float], label: str = "") -> Iterator[str]:
    """Lines of a figure as it is now, by the values of a label where it has one."""
    yield from head(name, about, "gauge")
    if isinstance(values, Mapping):
        yield from (f"{name}{labelled({label: key})} {value:g}" for key, value in values.items())
    else:
        yield f"{name} {values:g}"


def head(name: str, about: str, kind: str) -> Iterator[str]:
    """What stands before the values."""
    yield f"# HELP {name} {about}"
    yield f"# TYPE {name} {kind}"


def labelled(labels: Mapping[str, str]) -> str:
    """Labels as Prometheus reads them."""
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items()) + "}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
