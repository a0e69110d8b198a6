"""``ditrit context``: the managers that a user knows by name."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from manager import output
from manager.commands.options import contexts_file
from manager.contexts import Context, read, write


@click.group("context")
def context() -> None:
    """Name managers, with the tokens for them, and choose the one that commands ask.

    \b
    Examples:
      ditrit context set production --server https://manager1:5000 --ca ca.pem --token-stdin < token
      ditrit context use production
    Kept in ~/.config/ditrit/config.toml, or in the file that DITRIT_CLIENT_CONFIG names.
    """


@context.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
def list_(as_json: bool) -> None:
    """List the contexts; tokens are never shown."""
    found = read(contexts_file())
    items = [
        {
            "context": name,
            "current": name == found.current,
            "server": item.server,
            "token": item.token_file or ("kept here" if item.token else None),
            "ca": item.ca,
        }
        for name, item in sorted(found.contexts.items())
    ]
    if as_json:
        output.printed_json(items)
        return
    rows = [
        ("*" if i["current"] else "", i["context"], i["server"], i["token"] or "none", i["ca"] or "-") for i in items
    ]
    empty = "no contexts; make one: ditrit context set NAME --server URL"
    output.table(("", "CONTEXT", "SERVER", "TOKEN", "CA"), rows, empty)


@context.command("set")
@click.argument("name")
@click.option("--server", metavar="URL", required=True, help="Where the manager is.")
@click.option("--token-file", type=click.Path(exists=True, path_type=Path), help="Read the token from there each time.")
@click.option("--token-stdin", is_flag=True, help="Keep the token that comes on standard input.")
@click.option("--ca", type=click.Path(exists=True, path_type=Path), help="Certificates of trusted authorities.")
def set_(name: str, server: str, token_file: Path | None, token_stdin: bool, ca: Path | None) -> None:
    """Make the context NAME, or one in its place; the first one is used at once.

    \b
    Examples:
      ditrit context set here --server http://127.0.0.1:5000
      ditrit context set production --server https://manager1:5000 --token-stdin < token
    """
    if token_stdin and token_file is not None:
        raise click.UsageError("give --token-file or --token-stdin, not both")
    token = sys.stdin.read().strip() if token_stdin else None
    if token_stdin and not token:
        raise click.UsageError("found nothing on standard input, expected a token")
    file = contexts_file()
    made = Context(server, token, _absolute(token_file), _absolute(ca))
    contexts = read(file).with_(name, made)
    write(file, contexts)
    click.echo(f"context {name}: {server}" + (" (in use)" if contexts.current == name else ""))


@context.command("use")
@click.argument("name")
def use(name: str) -> None:
    """Let commands ask the manager of context NAME from now on."""
    file = contexts_file()
    contexts = read(file).using(name)
    write(file, contexts)
    click.echo(f"context {name} in use: {contexts.named(name).server}")


@context.command("rm")
@click.argument("name")
def remove(name: str) -> None:
    """Forget the context NAME, and its token."""
    file = contexts_file()
    write(file, read(file).without(name))
    click.echo(f"context {name} forgotten")


def _absolute(file: Path | None) -> str | None:
    return None if file is None else str(file.absolute())
