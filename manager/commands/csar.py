"""``ditrit csar``: models, from archives."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

import click

from manager import output
from manager.archives import Gathered, folder_archive, packed
from manager.client import Client, path
from manager.commands.names import models
from manager.commands.options import client_options
from manager.commands.validate import printed
from manager.validation import checked, validation
from tosca.csar import META, open_csar
from tosca.writing.document import normalized


@click.group("csar")
def csar() -> None:
    """Pack archives; upload, list and delete models.

    \b
    Examples:
      ditrit csar pack example/appli                makes appli.zip
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
    for found in answer.get("substitutions", []):  # a manager of an earlier version tells none
        click.echo(f"  {found['node']} ({found['type']}): {found['template']}")


@csar.command("pack")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("-o", "--output", "target", metavar="FILE", help="The archive; default: FOLDER.zip here; - for stdout.")
@click.option("--entry", metavar="NAME", help="The template that the archive enters with, from the root of FOLDER.")
@click.option("--json", "as_json", is_flag=True, help="Print what was made as JSON.")
def pack(folder: Path, target: str | None, entry: str | None, as_json: bool) -> None:
    """Make a CSAR of FOLDER, as `csar push` does of a folder: equal files make equal bytes on every machine.

    No server is needed.  The archive is checked first, as `ditrit validate` does; nothing is written when there is an
    error.  A TOSCA.meta is added where the standard asks for one and the folder has none.

    \b
    Examples:
      ditrit csar pack example/appli
      ditrit csar pack . -o build/shop.zip --entry definitions/shop.yaml

    Exit codes: 0 the archive was made, 1 it has an error or cannot be written, 2 misuse.
    """
    if entry is not None and (folder / META).exists():
        raise click.UsageError(f"found --entry and {folder / META}, which says where to enter; expected one of them")
    file = Path(target or f"{folder.resolve().name}.zip")
    archive = folder_archive(folder, entry, apart=file)
    found = checked(folder, archive)
    if found.problems:
        printed([found], err=True)
    if found.errors:
        sys.exit(1)
    if target == "-":
        sys.stdout.buffer.write(archive.data)
        return
    _write(file, archive.data)
    _say(file, archive, as_json)


@csar.command("normalize")
@click.argument("archive", metavar="PATH", type=click.Path(exists=True, path_type=Path))
@click.option("-o", "--output", "target", metavar="FILE", help="File to write; default: stdout.")
def normalize(archive: Path, target: str | None) -> None:
    """Print what PATH (a CSAR, a folder, or a YAML file) means, as one service template in which everything is said.

    No server is needed.  Imports, copies, aliases and short notations are written out, types have all that they
    inherit, templates all that their types give them; paths lead from the root of the archive.  At that root it means
    the very same.

    \b
    Examples:
      ditrit csar normalize service.yaml
      diff <(ditrit csar normalize old.zip) <(ditrit csar normalize new.zip)

    Exit codes: 0 it was written, 1 it has errors or cannot be written, 2 misuse.
    """
    found = validation(archive)
    if found.csar is None or found.parsed is None or found.template is None:
        printed([found], err=True)
        sys.exit(1)
    text = normalized(found.csar, found.parsed)
    if target is None or target == "-":
        click.echo(text, nl=False)
    else:
        _write(Path(target), text.encode())


def _write(file: Path, data: bytes) -> None:
    """Write all of it or nothing: whoever packs again while another reads shall not see half an archive."""
    part = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        part.write_bytes(data)
        part.replace(file)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise click.ClickException(f"found {str(file)!r}, which cannot be written ({error.strerror})") from error


def _say(file: Path, archive: Gathered, as_json: bool) -> None:
    size, digest = len(archive.data), hashlib.sha256(archive.data).hexdigest()
    members = len(open_csar(archive.data).names)
    sentence = f"{file}: {members} files, {size} bytes, digest {digest[:12]}"
    output.done(sentence, {"file": str(file), "files": members, "size": size, "digest": digest}, as_json)


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
@click.argument("model", shell_complete=models)
@client_options
def remove(model: str, client: Client, as_json: bool) -> None:
    """Delete MODEL, which must have no instances."""
    client.delete(path("csar", model))
    output.done(f"model {model} deleted", {"deleted": model}, as_json)
