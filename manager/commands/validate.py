"""``ditrit validate``: what is wrong with an archive, without any server."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from engine.instances.scaling import ScalingError
from engine.weaving import WORKFLOWS, weave, workflows
from engine.weaving.errors import WeavingError
from manager import output
from manager.archives import packed
from manager.errors import Invalid, code_of, problem
from manager.soundness import try_scale, weaving_mode, weaving_warnings
from tosca import CsarError, open_csar, parse
from tosca.model import ServiceTemplate


@click.command("validate", short_help="Check archives; no server needed.")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the problems as JSON.")
def validate(files: tuple[Path, ...], as_json: bool) -> None:
    """Check each FILE (a CSAR, a folder, or a YAML file with the files that it names) and print all problems.

    No server is needed.

    \b
    Examples:
      ditrit validate example/appli.zip
      ditrit validate service.yaml
    The exit code is 1 when there is an error; warnings alone are none.
    """
    found = {str(file): problems(file) for file in files}
    if as_json:
        output.printed_json(found)
    else:
        for name, listed in found.items():
            _print(name, listed)
    if any(item["severity"] == "error" for listed in found.values() for item in listed):
        sys.exit(1)


def problems(file: Path) -> list[dict[str, Any]]:
    """All problems of an archive: of the zip, the template and its workflows."""
    try:
        parsed = parse(open_csar(packed(file, beyond=True)))
    except CsarError as error:
        return [found.to_dict() for found in error.problems]
    found = [item.to_dict() for item in [*parsed.problems.errors, *parsed.problems.warnings]]
    return found if parsed.service_template is None else found + _woven(parsed.service_template)


def _woven(template: ServiceTemplate) -> list[dict[str, Any]]:
    try:
        mode = weaving_mode(template, None)
    except Invalid as error:
        return error.problems
    found: list[dict[str, Any]] = []
    texts: list[str] = []
    for workflow in workflows(template) or WORKFLOWS:
        try:
            texts += weave(template, workflow, mode).warnings
        except WeavingError as error:
            found.append(problem(code_of(error), "", str(error)))
    return found + _scaled(template) + weaving_warnings(texts)


def _scaled(template: ServiceTemplate) -> list[dict[str, Any]]:
    try:
        try_scale(template)
    except ScalingError as error:
        return [problem(code_of(error), "", str(error))]
    return []


def _print(name: str, found: list[dict[str, Any]]) -> None:
    for item in found:
        click.echo(output.problem_line(item))
    errors = sum(item["severity"] == "error" for item in found)
    click.echo(f"{name}: {errors} error(s), {len(found) - errors} warning(s)")
