"""What the programs that measure have in common: their command line, and tables of what they found.

Place in the flow: measurements → **rows** → Markdown and JSON.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Measurement:
    """A question, what the answer should be, and how it is found: ``take(quick)``."""

    goal: str
    take: Callable[[bool], Rows]


@dataclass(frozen=True)
class Options:
    """What was asked for."""

    names: list[str]
    quick: bool
    json: Path | None


def options(doc: str | None, known: Mapping[str, object], arguments: list[str] | None) -> Options:
    """Read the command line of a program that takes the measurements that it knows."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="the smallest sizes: whether it works, not how fast")
    parser.add_argument("--only", default=",".join(known), help="measurements, separated by commas")
    parser.add_argument("--json", type=Path, help="file for the figures")
    found = parser.parse_args(arguments)
    names = found.only.split(",")
    if unknown := [name for name in names if name not in known]:
        parser.error(f"unknown measurement {unknown[0]!r}; known are {', '.join(known)}")
    return Options(names, found.quick, found.json)


def report(program: str, measurements: Mapping[str, Measurement], asked: Options) -> None:
    """Take the measurements that were asked for, print each as soon as it is there, and write the file."""
    found = {}
    for name in asked.names:
        flags = " --quick" if asked.quick else ""
        print(f"\n{name}: goal {measurements[name].goal}; python -m {program} --only {name}{flags}", flush=True)
        found[name] = measurements[name].take(asked.quick)
        print(table(found[name]), flush=True)
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=2) + "\n")


def table(rows: Rows) -> str:
    """The rows under their names, as Markdown."""
    lines = [list(rows[0]), ["---"] * len(rows[0]), *(list(map(str, row.values())) for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
