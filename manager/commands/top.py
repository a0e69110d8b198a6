"""``ditrit top``: the workers, and what each of them does at this moment."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import click
from rich.console import Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from manager import output
from manager.client import Client
from manager.commands.options import client_options
from manager.naming import title

HEADINGS = ("WORKER", "HOST", "BUSY", "OPERATION", "OF", "FOR")
TICK = 1.0  # seconds between two looks


@click.command("top", short_help="Watch the workers.")
@click.option("--once", is_flag=True, help="Print it once, also on a terminal.")
@client_options
def top(once: bool, client: Client, as_json: bool) -> None:
    """Show the workers and what each of them runs: again and again on a terminal until Ctrl-C, once elsewhere.

    \b
    Examples:
      ditrit top
      ditrit top --json
    """
    if as_json:
        output.printed_json(_workers(client))
    elif once or not sys.stdout.isatty():
        output.table(HEADINGS, list(_rows(_workers(client))), "no workers; start one: ditrit worker")
    else:
        _watch(client)


def _workers(client: Client) -> list[dict[str, Any]]:
    return list(client.items("/workers"))


def _watch(client: Client) -> None:
    console = output.console()
    try:
        with Live(console=console, screen=True, auto_refresh=False) as live:
            while True:
                live.update(picture(client.server, _workers(client), console.height), refresh=True)
                time.sleep(TICK)
    except KeyboardInterrupt:
        return


def picture(server: str, workers: list[dict[str, Any]], height: int) -> Group:
    """All of it, as far as there is room."""
    slots, busy = sum(item["slots"] for item in workers), sum(len(item["running"]) for item in workers)
    head = Text(f"{server}: {len(workers)} workers, {busy} of {slots} slots busy", style="bold")
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for heading in HEADINGS:
        shown.add_column(heading, no_wrap=True)
    rows = list(_rows(workers))
    room = max(height - 4, 3)
    for row in rows[:room]:
        shown.add_row(*(Text(str(cell)) for cell in row))
    rest = [Text(f"… and {len(rows) - room} more")] if len(rows) > room else []
    return Group(head, Text(), shown, *rest)


def _rows(workers: list[dict[str, Any]]) -> Iterator[tuple[str, ...]]:
    """A row for each operation, and one for a worker that has none; what is the same as above is left out."""
    now = datetime.now(UTC)
    for worker in workers:
        mine = (worker["id"], worker["host"], f"{len(worker['running'])}/{worker['slots']}")
        operations = worker["operations"]
        if not operations:
            yield (*mine, "-", "-", "-")
        for number, operation in enumerate(operations):
            of = f"{operation['model']}/{operation['instance']}"
            head = ("", "", "") if number and sys.stdout.isatty() else mine
            yield (*head, _name(operation), of, _since(operation["started"], now))


def _name(operation: dict[str, Any]) -> str:
    return str(operation["id"]) if operation["interface"] is None else title(operation)


def _since(started: str | None, now: datetime) -> str:
    if started is None:
        return "-"
    seconds = max(0, int((now - datetime.fromisoformat(started)).total_seconds()))
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"
