"""``ditrit logs``: what operations printed, whichever workers ran them."""

from __future__ import annotations

import re
import sys
from typing import Any

import click

from manager import output
from manager.client import Client, path
from manager.commands.meant import meant
from manager.commands.names import executions
from manager.commands.options import client_options


@click.command("logs", short_help="Show what operations printed.")
@click.argument("target", metavar="[EXECUTION|INSTANCE]", required=False, shell_complete=executions)
@click.argument("node", required=False)
@click.argument("operation", required=False)
@click.option("--operation", "named", metavar="NAME", help="The same as the argument: create, or Standard.create.")
@click.option("--follow", "-f", "following", is_flag=True, help="Wait for operations that have not ended.")
@client_options
def logs(
    *,
    target: str | None,
    node: str | None,
    operation: str | None,
    named: str | None,
    following: bool,
    client: Client,
    as_json: bool,
) -> None:
    """Show what the operations of an execution printed: all, those of a NODE, or one OPERATION.

    The execution is named by its id, or by its instance (NAME, or MODEL/NAME), of which the latest one is meant; by
    itself the latest of all is.  With --follow it is shown as it is printed, some seconds late; where several
    operations are meant, each line begins with whose it is.

    \b
    Examples:
      ditrit logs EXECUTION                    everything, with headings
      ditrit logs appli/test -f                everything, as it comes
      ditrit logs EXECUTION 'A[0,1]' create    one operation of one node instance
      ditrit logs test --operation create      that operation of all nodes
    """
    if operation and named:
        raise click.UsageError("found --operation and the argument OPERATION, expected one of them")
    execution = meant(client, target)
    name, index = _place(node)
    wanted: dict[str, Any] = {"node": name, "index": index, "operation": operation or named}
    if following:
        one = name is not None and wanted["operation"] is not None
        wanted |= {"follow": "true", "prefix": None if one else "true"}
    chunks = client.text(path("exec", execution, "log"), **wanted)
    if as_json:
        output.printed_json({"execution": execution, "log": "".join(chunks)})
        return
    for chunk in chunks:
        click.echo(output.clean(chunk) if sys.stdout.isatty() else chunk, nl=False)


def _place(text: str | None) -> tuple[str | None, str | None]:
    found = re.fullmatch(r"(.+?)(?:\[([\d,\s]+)\])?", text or "")
    return (found.group(1), found.group(2)) if found else (None, None)
