"""Prints answers: as JSON for programs, as tables and sentences for people.

Place in the flow: answer of the API → **terminal**.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text


def printed_json(value: object) -> None:
    """Print a value as JSON."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def done(sentence: str, value: object, as_json: bool) -> None:
    """Say that something was done."""
    if as_json:
        printed_json(value)
    else:
        click.echo(sentence)


def table(headings: Sequence[str], rows: Iterable[Sequence[object]], empty: str) -> None:
    """Print rows under headings, or a sentence when there is none; nothing is cut where nobody watches."""
    found = [[str(cell) for cell in row] for row in rows]
    if not found:
        click.echo(empty)
        return
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        shown.add_column(heading, overflow="fold")
    for row in found:
        shown.add_row(*(Text(cell) for cell in row))
    console().print(shown)


def console() -> Console:
    """Standard output; as wide as it takes when it is no terminal."""
    return Console(width=None if sys.stdout.isatty() else 200, highlight=False)


def error(message: str, problems: Iterable[dict[str, Any]] = ()) -> None:
    """Print an error to standard error, and the problems behind it: each once."""
    found = list(problems)
    summed_up = any(item["message"] in message for item in found)
    if summed_up and not any(item["file"] for item in found):
        found = []  # the message says all that they say
    elif summed_up:
        message = f"{len(found)} problem{'s'[: len(found) > 1]}"
    click.echo(f"error: {message}", err=True)
    for item in found:
        click.echo("  " + problem_line(item), err=True)


def problem_line(found: dict[str, Any]) -> str:
    """A problem as compilers print it: ``file:line:column: severity: message [code] at path``."""
    place = ":".join(str(found[name]) for name in ("file", "line", "column") if found.get(name))
    path = f" at {found['path']}" if found.get("path") else ""
    return f"{place + ': ' if place else ''}{found['severity']}: {found['message']} [{found['code']}]{path}"


def clean(text: str) -> str:
    """Text without control characters that could move the cursor of a terminal."""
    return "".join(c if c in "\n\t" or c.isprintable() else "�" for c in text)
