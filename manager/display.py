"""Shows an execution while it runs: in place on a terminal, line by line elsewhere.

Place in the flow: ``GET /exec/ID`` and its history → **progress** → terminal.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

import click
from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from manager import output
from manager.client import Client, path
from manager.livetree import HostTree
from manager.naming import printed, title

TICK = 0.25  # seconds between two looks
LIVE = ("running", "cancelling")


def follow(client: Client, record: dict[str, Any], quiet: bool = False) -> dict[str, Any]:
    """Show an execution until it ends; return it as it is then."""
    if quiet:
        return _last(_watched(client, record))
    console = output.console()
    if console.is_terminal:
        return _in_place(client, record, console)
    return _line_by_line(client, record)


def failures(counts: Mapping[str, int]) -> str:
    """The part of a sentence that says how many operations have failed, where any has."""
    return f", {counts['failed']} failed" if counts["failed"] else ""


class Progress:
    """What is known of an execution: the record, the state of every node instance, what failed."""

    def __init__(self, record: dict[str, Any], nodes: list[dict[str, Any]]) -> None:
        self.record = record
        self.states = {(node["node"], tuple(node["index"])): node["state"] for node in nodes}
        self.tree = HostTree(nodes, record["workflow"])
        self.failures: list[dict[str, Any]] = []
        self.news: list[dict[str, Any]] = []

    def add(self, record: dict[str, Any], news: list[dict[str, Any]]) -> None:
        """Take in what has happened since."""
        self.record, self.news = record, news
        for item in news:
            if item.get("state"):
                self.states[item["node"], tuple(item["index"])] = item["state"]
            elif item.get("exit_code"):
                self.failures.append(item)

    def failed(self) -> set[tuple[str, tuple[int, ...]]]:
        """The node instances on which something has failed."""
        return {(item["node"], tuple(item["index"])) for item in self.failures if not item.get("handled")}


def _watched(client: Client, record: dict[str, Any]) -> Iterator[Progress]:
    where = path("instance", record["model"], record["instance"])
    progress = Progress(record, client.get(where)["nodes"])
    seen: object = None
    while True:
        # The record first: what is committed before it says "ended" is in the history that is read after it.
        latest = client.get(path("exec", record["id"]))
        news = list(client.items(path("exec", record["id"], "history"), after=seen))
        seen = news[-1]["seq"] if news else seen
        progress.add(latest, news)
        yield progress
        if latest["status"] not in LIVE:
            return
        time.sleep(TICK)


def _last(watched: Iterator[Progress]) -> dict[str, Any]:
    record: dict[str, Any] = {}
    for progress in watched:
        record = progress.record
    return record


def _line_by_line(client: Client, record: dict[str, Any]) -> dict[str, Any]:
    for progress in _watched(client, record):
        for item in progress.news:
            click.echo(_line(item))
        record = progress.record
    return record


def _line(item: dict[str, Any]) -> str:
    moment = item["time"][11:23]
    if item.get("state"):
        return f"{moment} {printed(item['node'], item['index'])} is {item['state']}{_step(item)}"
    if "check" in item:
        result = "is met" if item["met"] else f"is not met, left out: {item['found']}"
        return f"{moment} {printed(item['node'], item['index'])} {item['check']}{_step(item)} {result}"
    result = "done" if item.get("exit_code") == 0 else f"failed, exit code {item.get('exit_code')}"
    return f"{moment} {title(item)}{_step(item)} {result} ({item.get('worker')})"


def _step(item: Mapping[str, Any]) -> str:
    return f" [{item['step']}]" if "step" in item else ""


def _in_place(client: Client, record: dict[str, Any], console: Console) -> dict[str, Any]:
    with Live(console=console, refresh_per_second=8) as live:
        for progress in _watched(client, record):
            live.update(picture(progress, console.height))
            record = progress.record
    return record


def picture(progress: Progress, height: int) -> Group:
    """All that is known of an execution, in so many rows."""
    record, counts = progress.record, progress.record["operations"]
    what = Text(f"{record['workflow']} of {record['model']}/{record['instance']}: {record['status']}", style="bold")
    bar = ProgressBar(total=max(counts["total"], 1), completed=counts["done"], width=40)
    head = Table.grid(padding=(0, 1))
    head.add_row(bar, f"{counts['done']}/{counts['total']} operations, {counts['running']} running{failures(counts)}")
    failed = [Text(f"failed: {title(item)}{_step(item)}", style="red") for item in progress.failures[-3:]]
    rows = max(height - 4 - len(failed), 3)
    return Group(what, head, progress.tree.drawn(progress.states, progress.failed(), rows), *failed)
