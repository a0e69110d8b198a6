"""``ditrit diff``: what would change if an archive were uploaded in the place of a model."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from manager import output
from manager.archives import Gathered
from manager.client import Client, path
from manager.commands.names import models
from manager.commands.options import client_options
from manager.commands.validate import printed
from manager.difference import Change, Side, differences, totals
from manager.validation import Validation, checked, validation

SIGNS = {"added": ("+", "green"), "removed": ("-", "red"), "changed": ("~", "yellow")}
LONGEST = 100  # characters of a value


@click.command("diff", short_help="Compare an archive with an uploaded model.")
@click.argument("model", shell_complete=models)
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@client_options
def diff(model: str, file: Path, client: Client, as_json: bool) -> None:
    """Say what FILE (a CSAR, a folder, or a YAML file) has otherwise than MODEL: node templates, relationships,
    properties, operations, types, and the contents of files.

    Two that mean the same do not differ, however they are written.

    \b
    Examples:
      ditrit diff shop service.yaml
      ditrit diff shop example/appli.zip --json
    Exit codes: 0 they mean the same, 1 they differ or one has errors, 2 misuse, 3 no manager answers.
    """
    uploaded = Gathered(client.content(path("csar", model, "archive")))
    sides = [_side(checked(Path(f"{model}.zip"), uploaded)), _side(validation(file, beyond=False))]
    found = differences(*sides)
    if as_json:
        output.printed_json({"model": model, "equal": not found, "changes": [_plain(change) for change in found]})
    else:
        _print(model, file, found)
    if found:
        sys.exit(1)


def _side(found: Validation) -> Side:
    if found.csar is None or found.parsed is None or found.template is None:
        printed([found], err=True)
        sys.exit(1)
    return Side(found.csar, found.parsed)


def _plain(change: Change) -> dict[str, Any]:
    return {"change": change.change, "of": change.of, "name": change.name, "was": change.was, "becomes": change.becomes}


def _print(model: str, file: Path, found: list[Change]) -> None:
    for change in found:
        sign, colour = SIGNS[change.change]
        click.echo(click.style(f"{sign} {change.of} {change.name}{_values(change)}", fg=colour))
    numbers = ", ".join(f"{number} {name}" for name, number in totals(found).items() if number)
    click.echo(f"{file} against {model}: {numbers or 'no difference'}")


def _values(change: Change) -> str:
    if change.of == "file":
        return ": its content" if change.change == "changed" else ""
    values = [_shown(value) for value in (change.was, change.becomes) if value is not None]
    return ": " + " → ".join(values) if values else ""


def _shown(value: Any) -> str:
    if isinstance(value, dict) and isinstance(value.get("type"), str):
        return str(value["type"])
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"
