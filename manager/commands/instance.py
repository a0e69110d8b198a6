"""``ditrit instance``: instances of models."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from manager import output
from manager.client import Client, path
from manager.commands.names import instances, models
from manager.commands.options import client_options, input_values
from manager.naming import printed

EVERY_NODE_HAS = ("tosca_name", "tosca_id", "state")  # shown already


@click.group("instance")
def instance() -> None:
    """Create, show and delete instances of models.

    \b
    Examples:
      ditrit instance create appli test
      ditrit instance create shop test --input port=8080 --input name=north
      ditrit instance show appli test
      ditrit instance rm appli test
    """


@instance.command("create")
@click.argument("model", shell_complete=models)
@click.argument("name")
@click.option("--input", "pairs", multiple=True, metavar="NAME=VALUE", help="An input; may be given several times.")
@click.option("--inputs", "file", type=click.Path(path_type=Path), help="A YAML or JSON file with inputs.")
@client_options
def create(*, model: str, name: str, pairs: tuple[str, ...], file: Path | None, client: Client, as_json: bool) -> None:
    """Create the instance NAME of MODEL.

    \b
    Examples:
      ditrit instance create appli test
      ditrit instance create shop test --input port=8080 --inputs more.yaml
    """
    inputs = input_values(pairs, file)
    answer = client.put("/instance", {"inputs": inputs} if inputs else None, model=model, name=name)
    output.done(f"instance {name} of {model}: {answer['node_instances']} node instances", answer, as_json)


@instance.command("list")
@click.argument("model", required=False, shell_complete=models)
@client_options
def list_(model: str | None, client: Client, as_json: bool) -> None:
    """List the instances, of MODEL or all."""
    items = list(client.items("/instance", model=model))
    if as_json:
        output.printed_json(items)
        return
    rows = [
        (i["model"], i["instance"], i["node_instances"], i["execution"] or "-", i["created"][:19] + "Z") for i in items
    ]
    empty = "no instances; create one: ditrit instance create MODEL NAME"
    output.table(("MODEL", "INSTANCE", "NODES", "RUNNING", "CREATED"), rows, empty)


@instance.command("show")
@click.argument("model", shell_complete=models)
@click.argument("name", shell_complete=instances)
@client_options
def show(model: str, name: str, client: Client, as_json: bool) -> None:
    """Show the nodes of instance NAME of MODEL with their states.

    \b
    Examples:
      ditrit instance show appli test
      ditrit instance show appli test --json
    """
    answer = client.get(path("instance", model, name))
    if as_json:
        output.printed_json(answer)
        return
    print_instance(answer)


@instance.command("rm")
@click.argument("model", shell_complete=models)
@click.argument("name", shell_complete=instances)
@click.option("--force", is_flag=True, help="Drop the records whatever the states are; nothing is taken down.")
@client_options
def remove(model: str, name: str, force: bool, client: Client, as_json: bool) -> None:
    """Delete instance NAME of MODEL, which must have been taken down.

    \b
    Examples:
      ditrit exec appli test uninstall --follow
      ditrit instance rm appli test
    """
    client.delete(path("instance", model, name), force="true" if force else None)
    output.done(f"instance {name} of {model} deleted", {"deleted": f"{model}/{name}"}, as_json)


def print_instance(answer: dict[str, Any]) -> None:
    """Print an instance as a table of its nodes, their own attributes that say something, and its outputs."""
    click.echo(f"instance {answer['instance']} of {answer['model']}: {answer['status']}")
    rows = [(printed(n["node"], n["index"]), n["state"], _host(n), n["type"]) for n in answer["nodes"]]
    output.table(("NODE", "STATE", "HOST", "TYPE"), rows, "no node instances")
    for node in answer["nodes"]:
        for name, value in node["attributes"].items():
            if name not in EVERY_NODE_HAS and value != "":
                click.echo(f"attribute {printed(node['node'], node['index'])} {name} = {_text(value)}")
    for name, value in answer["outputs"].items():
        click.echo(f"output {name} = {_text(value)}")


def _text(value: object) -> str:
    """A value on one line: scripts say what they like."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return output.clean(text).replace("\n", "\\n")


def _host(node: dict[str, Any]) -> str:
    host = node["host"]
    return "-" if host is None else printed(host["node"], host["index"])
