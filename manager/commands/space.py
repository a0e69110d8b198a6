"""``ditrit space``: what is stored, as a whole."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path

import click

from manager import output
from manager.commands.direct import FAILED, opened
from manager.commands.options import settings_options, settings_options_of
from manager.inspection.check import check as checked
from manager.transfer.exporting import export as exported
from manager.transfer.importing import import_

RUNS = "an execution is running: findings may be passing"


@click.group("space")
def space() -> None:
    """Check, export and import what is stored. These commands need no manager.

    \b
    Examples:
      ditrit space check
      ditrit space export backup.zip --artifacts
      ditrit space import backup.zip --state /var/lib/ditrit-new
    """


@space.command("check")
@click.option("--deep", is_flag=True, help="Also read every archive and compare its checksum.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@settings_options
def check(*, deep: bool, as_json: bool, **flags: object) -> None:
    """Check whether all that is stored fits together. The exit code is 1 when something does not."""
    with opened(flags) as there:
        findings, running = checked(there.space, there.artifacts, deep=deep)
    if as_json:
        output.printed_json({"running": running, "findings": [asdict(finding) for finding in findings]})
    else:
        for found in findings:
            click.echo(f"{found.kind}: {found.key}: {found.wrong}; expected {found.expected}")
        click.echo(f"{len(findings)} finding(s)" + (f"; {RUNS}" if running else ""))
    if findings:
        sys.exit(FAILED)


@space.command("export")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--artifacts", "with_artifacts", is_flag=True, help="Archives and logs too.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@settings_options_of("--artifact-store")
def export(*, file: Path, with_artifacts: bool, as_json: bool, **flags: object) -> None:
    """Write all keys to FILE, a zip. Refused while an execution runs. FILE can hold secrets: inputs of instances."""
    with opened(flags) as there:
        keys, artifacts = exported(there.space, there.artifacts, file, with_artifacts=with_artifacts)
    answer = {"file": str(file), "keys": keys, "artifacts": artifacts}
    output.done(f"{file}: {keys} keys, {artifacts} artifacts", answer, as_json)


@space.command("import")
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@settings_options
def import_file(*, file: Path, as_json: bool, **flags: object) -> None:
    """Put what FILE holds into a space that is empty, and the artifacts that it holds into the artifact store."""
    with opened(flags, new=True) as there:
        keys, artifacts, missing = import_(there.space, there.artifacts, file)
    for key in missing:
        click.echo(
            f"warning: the artifact store has no {key}: copy it there, or upload the same archive again", err=True
        )
    answer = {"file": str(file), "keys": keys, "artifacts": artifacts, "missing": missing}
    output.done(f"{keys} keys, {artifacts} artifacts imported", answer, as_json)
