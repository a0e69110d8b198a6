"""``ditrit gc``: housekeeping at once, instead of when a manager gets to it."""

from __future__ import annotations

import os
import socket
from dataclasses import asdict

import click

from manager import output
from manager.commands.direct import opened
from manager.commands.options import settings_options
from manager.housekeeping.collector import Collector, Report
from manager.housekeeping.policy import Policy


@click.command("gc", short_help="Remove old executions and what nothing refers to.")
@click.option("--dry-run", is_flag=True, help="Only say what would be removed.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@click.option("--keep-days", type=int, metavar="N", help="Days that executions are kept; also DITRIT_KEEP_DAYS.")
@click.option("--keep-executions", type=int, metavar="N", help="How many per instance; also DITRIT_KEEP_EXECUTIONS.")
@settings_options
def gc(*, dry_run: bool, as_json: bool, **flags: object) -> None:
    """Remove old executions with their logs, and archives and networks that nothing refers to.

    \b
    Examples:
      ditrit gc --dry-run
      ditrit gc --keep-days 7 --keep-executions 5
    Managers do this once in an hour, one of them at a time. It works on space and artifact store themselves, so it
    needs no manager, and disturbs none. Nothing of what runs is touched.
    """
    with opened(flags) as there:
        policy = Policy(there.config.keep_days, there.config.keep_executions)
        collector = Collector(there.space, there.artifacts, policy)
        report = collector.rehearse() if dry_run else collector.collect(f"gc on {socket.gethostname()}-{os.getpid()}")
    _print(report or Report(), dry_run, as_json)


def _print(report: Report, dry_run: bool, as_json: bool) -> None:
    if as_json:
        output.printed_json({"removed": not dry_run, **asdict(report)})
        return
    verb = "would remove" if dry_run else "removed"
    for kind, names in (
        ("execution", report.executions),
        ("network", report.networks),
        ("archive", report.archives),
    ):
        for name in names:
            click.echo(f"{verb} {kind} {name}")
    if report.records or report.logs:
        click.echo(f"{verb} {report.records} record(s) and {report.logs} log(s) of executions")
    if report.empty:
        click.echo("nothing to remove")
