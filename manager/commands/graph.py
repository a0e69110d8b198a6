"""``ditrit graph``: a topology, or a woven workflow, drawn without any server."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from engine.weaving import ImperativeWorkflow, Workflow, workflow_of
from engine.weaving.errors import WeavingError
from manager import drawing, flowchart, graph, steps
from manager.commands.validate import printed
from manager.errors import Invalid
from manager.soundness import weaving_mode
from manager.validation import validation
from tosca.model import ServiceTemplate

FORMATS = ("svg", "dot", "json")


@click.command("graph", short_help="Draw a topology or a workflow; no server needed.")
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--workflow", metavar="NAME", help="Draw this workflow (install, uninstall, …), not the topology.")
@click.option("--weaving", type=click.Choice(["interleaved", "strict"]), help="How relationships order operations.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="svg", show_default=True)
@click.option("-o", "--output", "target", type=click.Path(path_type=Path), help="File to write; default: stdout.")
def draw(path: Path, workflow: str | None, weaving: str | None, form: str, target: Path | None) -> None:
    """Draw the topology of PATH (a CSAR, a folder, or a YAML file), or with --workflow its steps and their order.

    An SVG needs nothing else to be looked at; dot is for Graphviz, json for programs.  In a topology, what is hosted
    stands on its host.  In a workflow an arrow leads from a state to the step that waits for it.

    \b
    Examples:
      ditrit graph example/appli -o appli.svg
      ditrit graph example/appli --workflow install -o install.svg
      ditrit graph service.yaml --format dot | dot -Tpdf > service.pdf

    Exit codes: 0 it was drawn, 1 the template has errors or the file cannot be written, 2 misuse.
    """
    if weaving is not None and workflow is None:
        raise click.UsageError("found --weaving without --workflow, expected both")
    found = validation(path)
    if found.template is None:
        printed([found], err=True)
        sys.exit(1)
    if workflow is None:
        text = _topology(path, found.template, form)
    else:
        text = _workflow(_woven(found.template, workflow, weaving), form)
    _write(text, target)


def _topology(path: Path, template: ServiceTemplate, form: str) -> str:
    name = path.resolve().stem
    if form == "json":
        return _json(graph.topology(name, template))
    return graph.dot(name, template) if form == "dot" else drawing.svg(template)


def _woven(template: ServiceTemplate, workflow: str, weaving: str | None) -> Workflow:
    try:
        return workflow_of(template, workflow, weaving_mode(template, weaving))
    except (WeavingError, Invalid) as error:
        raise click.ClickException(str(error)) from error


def _workflow(woven: Workflow, form: str) -> str:
    if form == "json":
        return _json(woven.describe())
    if isinstance(woven, ImperativeWorkflow):
        return flowchart.dot(woven) if form == "dot" else flowchart.svg(woven)
    return steps.dot(woven) if form == "dot" else steps.svg(woven)


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _write(text: str, target: Path | None) -> None:
    if target is None or str(target) == "-":
        click.echo(text, nl=False)
        return
    try:
        target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"found {str(target)!r}, which cannot be written ({error.strerror})") from error
