"""``ditrit validate``: what is wrong with an archive, without any server."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from manager import output
from manager.sarif import log
from manager.validation import Validation, validation

FORMATS = ("text", "json", "sarif")


@click.command("validate", short_help="Check archives; no server needed.")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", help="How problems are printed.")
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option("--strict", is_flag=True, help="Take every leniency (docs/leniencies.md) for an error.")
def validate(paths: tuple[Path, ...], form: str, as_json: bool, strict: bool) -> None:
    """Check each PATH (a CSAR, a folder, or a YAML file with the files that it names) and print all problems.

    No server is needed.  A problem is printed as FILE:LINE:COLUMN: SEVERITY: what was found, what was
    expected [CODE] at the place in the template.

    \b
    Examples:
      ditrit validate example/appli.zip
      ditrit validate --strict service.yaml other.yaml
      ditrit validate --format sarif templates/ > problems.sarif

    Exit codes: 0 there is no error (warnings alone are none), 1 there is one, 2 misuse.
    """
    if as_json and form not in ("text", "json"):
        raise click.UsageError(f"found --json with --format {form}, expected one of them")
    found = [validation(path, strict=strict) for path in dict.fromkeys(paths)]
    if as_json or form == "json":
        output.printed_json({str(item.path): item.problems for item in found})
    elif form == "sarif":
        output.printed_json(log(found))
    else:
        printed(found)
    if any(item.errors for item in found):
        sys.exit(1)


def printed(found: list[Validation], *, err: bool = False) -> None:
    """Print problems as a compiler does, and how many there are of each archive."""
    for item in found:
        for line in item.problems:
            click.echo(output.problem_line(line | {"file": item.place(line["file"])}), err=err)
        click.echo(f"{item.path}: {item.errors} error(s), {len(item.problems) - item.errors} warning(s)", err=err)
