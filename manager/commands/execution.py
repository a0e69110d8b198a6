"""``ditrit exec``, ``cancel``, ``resume`` and ``status``: executions and what comes of them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from manager import output
from manager.client import Client, path
from manager.commands.meant import meant
from manager.commands.names import executions, instances, models, workflows
from manager.commands.options import client_options, input_values
from manager.display import failures, follow


@click.command("exec", short_help="Execute a workflow on an instance.")
@click.argument("model", shell_complete=models)
@click.argument("instance", shell_complete=instances)
@click.argument("workflow", shell_complete=workflows)
@click.option("--input", "pairs", multiple=True, metavar="NAME=VALUE", help="An input; may be given several times.")
@click.option("--inputs", "file", type=click.Path(path_type=Path), help="A YAML or JSON file with inputs.")
@click.option("--follow", "-f", "following", is_flag=True, help="Show the progress and wait for the end.")
@client_options
def execute(
    *,
    model: str,
    instance: str,
    workflow: str,
    pairs: tuple[str, ...],
    file: Path | None,
    following: bool,
    client: Client,
    as_json: bool,
) -> None:
    """Execute WORKFLOW (install, uninstall, or one of the model's own) on INSTANCE of MODEL.

    \b
    Examples:
      ditrit exec appli test install --follow
      ditrit exec shop test backup --input folder=/var/backups
    With --follow the exit code is 0 only when the execution succeeded.
    """
    inputs = input_values(pairs, file)
    body = {"inputs": inputs} if inputs else None
    record = client.put("/exec", body, model=model, instance=instance, workflow=workflow)
    record = _told(client, record, following, as_json)
    if record["status"] in ("failed", "cancelled"):
        sys.exit(1)


def _told(client: Client, record: dict[str, Any], following: bool, as_json: bool) -> dict[str, Any]:
    """Follow an execution to its end, if that is asked for, and say what has become of it."""
    if following:
        record = _followed(client, record, quiet=as_json)
    output.done(_sentence(record), record, as_json)
    return record


def _followed(client: Client, record: dict[str, Any], quiet: bool) -> dict[str, Any]:
    try:
        return follow(client, record, quiet)
    except KeyboardInterrupt:
        click.echo(f"\nthe execution goes on: ditrit status {record['id']}", err=True)
        raise


@click.command("cancel", short_help="Let nothing more of an execution begin.")
@click.argument("execution", shell_complete=executions)
@click.option("--follow", "-f", "following", is_flag=True, help="Wait until what runs has ended.")
@client_options
def cancel(*, execution: str, following: bool, client: Client, as_json: bool) -> None:
    """Cancel EXECUTION: operations that run are let end, nothing more begins. `ditrit resume` goes on with it.

    It is named by its id, or by its instance (NAME, or MODEL/NAME), of which the latest one is meant.

    \b
    Examples:
      ditrit cancel EXECUTION --follow
      ditrit cancel appli/test
    """
    _told(client, client.post(path("exec", meant(client, execution), "cancel")), following, as_json)


@click.command("resume", short_help="Go on with an execution that failed or was cancelled.")
@click.argument("execution", shell_complete=executions)
@click.option("--follow", "-f", "following", is_flag=True, help="Show the progress and wait for the end.")
@client_options
def resume(*, execution: str, following: bool, client: Client, as_json: bool) -> None:
    """Go on with EXECUTION: what failed is tried again, and all that waited for it follows.

    It is named by its id, or by its instance (NAME, or MODEL/NAME), of which the latest one is meant.

    \b
    Examples:
      ditrit resume EXECUTION --follow
      ditrit resume appli/test --follow
    With --follow the exit code is 0 only when the execution succeeded.
    """
    record = _told(client, client.post(path("exec", meant(client, execution), "resume")), following, as_json)
    if record["status"] in ("failed", "cancelled"):
        sys.exit(1)


@click.command("status", short_help="Show workers, instances and executions.")
@click.argument("execution", required=False, shell_complete=executions)
@client_options
def status(execution: str | None, client: Client, as_json: bool) -> None:
    """Show one EXECUTION, or all workers, instances and executions.

    \b
    Examples:
      ditrit status
      ditrit status EXECUTION --json
      ditrit status appli/test            the latest one of an instance
    """
    if execution is None:
        _overview(client, as_json)
        return
    record = client.get(path("exec", meant(client, execution)))
    output.done(_sentence(record), record, as_json)


def _overview(client: Client, as_json: bool) -> None:
    found = {name: list(client.items("/" + name)) for name in ("workers", "csar", "instance", "exec")}
    if as_json:
        output.printed_json(found)
        return
    click.echo(f"manager {client.server}, {len(found['workers'])} worker(s), {len(found['csar'])} model(s)\n")
    rows = [(i["model"], i["instance"], i["node_instances"], i["execution"] or "-") for i in found["instance"]]
    output.table(("MODEL", "INSTANCE", "NODES", "RUNNING"), rows, "no instances")
    click.echo()
    latest = sorted(found["exec"], key=lambda record: str(record["created"]))[-10:]
    runs = [(r["id"], r["model"], r["instance"], r["workflow"], r["status"], _done(r)) for r in latest]
    output.table(("EXECUTION", "MODEL", "INSTANCE", "WORKFLOW", "STATUS", "DONE"), runs, "no executions")


def _done(record: dict[str, Any]) -> str:
    return f"{record['operations']['done']}/{record['operations']['total']}"


def _sentence(record: dict[str, Any]) -> str:
    what = f"{record['workflow']} of {record['model']}/{record['instance']}"
    text = f"execution {record['id']}: {what} {record['status']}, {_done(record)} operations"
    text += failures(record["operations"])
    return f"{text}\n{record['error']}" if record["error"] else text
