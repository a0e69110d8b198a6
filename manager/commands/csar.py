"""``ditrit csar``: models, from archives."""

from __future__ import annotations

from pathlib import Path

import click

from manager import output
from manager.archives import packed
from manager.client import Client, path
from manager.commands.options import client_options


@click.group("csar")
def csar() -> None:
    """Upload, list and delete models.

    \b
    Examples:
      ditrit csar push example/appli.zip            the model is named appli
      ditrit csar push example/appli --model shop   a folder is zipped first
      ditrit csar rm shop
    """


@csar.command("push")
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@click.option("--model", help="Name of the model; default: that of the file.")
@click.option("--weaving", type=click.Choice(["interleaved", "strict"]), help="How relationships order operations.")
@client_options
def push(file: Path, model: str | None, weaving: str | None, client: Client, as_json: bool) -> None:
    """Upload FILE as a model: a CSAR, a folder, or a YAML file with the files that it names in its folder.

    \b
    Examples:
      ditrit csar push example/appli.zip
      ditrit csar push service.yaml --model shop --weaving strict
    """
    name = model or (file.resolve().name if file.is_dir() else file.stem)
    answer = client.upload("/csar", (f"{name}.zip", packed(file)), model=name, weaving=weaving)
    if as_json:
        output.printed_json(answer)
        return
    for warning in answer["warnings"]:
        click.echo(output.problem_line(warning), err=True)
    click.echo(f"model {answer['model']}: {answer['node_templates']} node templates, {', '.join(answer['workflows'])}")


@csar.command("list")
@client_options
def list_(client: Client, as_json: bool) -> None:
    """List the models."""
    items = list(client.items("/csar"))
    if as_json:
        output.printed_json(items)
        return
    rows = [(m["model"], m["node_templates"], m["weaving"], m["created"][:19] + "Z", m["digest"][:12]) for m in items]
    output.table(
        ("MODEL", "NODES", "WEAVING", "CREATED", "DIGEST"), rows, "no models; upload one: ditrit csar push FILE"
    )


@csar.command("rm")
@click.argument("model")
@client_options
def remove(model: str, client: Client, as_json: bool) -> None:
    """Delete MODEL, which must have no instances."""
    client.delete(path("csar", model))
    output.done(f"model {model} deleted", {"deleted": model}, as_json)
