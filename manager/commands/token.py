"""``ditrit token``: what lets people and programs in."""

from __future__ import annotations

import click

from manager import output
from manager.access.roles import Role
from manager.access.tokens import NAME, made


@click.group("token")
def token() -> None:
    """Make tokens for a manager's file of tokens (--tokens, DITRIT_TOKENS).

    \b
    Example:
      ditrit token new --role operator --name ci
    """


@token.command("new")
@click.option("--role", type=click.Choice([role.label for role in Role]), required=True, help="What it may do.")
@click.option("--name", required=True, help="Whose it is; stands in the log of what was done.")
@click.option("--json", "as_json", is_flag=True, help="Print both as JSON.")
def new(role: str, name: str, as_json: bool) -> None:
    """Make a token: print it, this once, and the line for the file of tokens.

    No server is needed.  The line holds a hash: whoever reads the file cannot use it.

    \b
    Examples:
      ditrit token new --role admin --name me
      ditrit token new --role viewer --name dashboard --json
    """
    if not NAME.fullmatch(name):
        raise click.BadParameter(
            f"found {name!r}, expected 1 to 64 letters, digits, '_', '.', '@' and '-'", param_hint="--name"
        )
    secret, entry = made(Role[role.upper()], name)
    if as_json:
        output.printed_json({"token": secret, "line": str(entry)})
        return
    click.echo(f"token, shown this once:        {secret}")
    click.echo(f"line for the file of tokens:   {entry}")
