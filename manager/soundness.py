"""What is asked of a template beyond its grammar: how it is woven, and that its nodes can be counted.

Place in the flow: service template → **checks** → an upload (`manager.catalog`), or ``ditrit validate``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.instances.scaling import ScalingError, scale_of
from engine.weaving import WORKFLOWS, Workflow, workflows
from engine.weaving.errors import WeavingError
from manager.errors import Invalid, code_of, problem
from tosca.model import ServiceTemplate
from tosca.problems import Problems

MODES = ("interleaved", "strict")


def weaving_mode(template: ServiceTemplate, asked: str | None) -> str:
    """How relationships are woven: as was asked for, or as the template's metadata say.

    Raises:
        Invalid: there is no such way.
    """
    mode = asked or template.metadata.get("weaving") or MODES[0]
    if mode not in MODES:
        message = f"found {mode!r} as weaving, expected one of {', '.join(MODES)}"
        raise Invalid("invalid-weaving", message, [problem("invalid-weaving", "weaving", message)])
    return mode


def try_scale(template: ServiceTemplate) -> None:
    """Find what is wrong with the numbers of instances now, unless they hang on inputs that nobody has given yet.

    Raises:
        ScalingError: a number cannot be told.
    """
    defaults = {name: parameter.default for name, parameter in template.inputs.items()}
    if all(value is not None or not template.inputs[name].required for name, value in defaults.items()):
        scale_of(template, defaults)


def woven(
    template: ServiceTemplate, problems: Problems, weave: Callable[[str], Workflow]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Weave all workflows of a template and count its nodes: all that is wrong, and what else weaving has to say.

    ``problems`` are those of its parse: they know where things stand.
    """
    errors: list[WeavingError | ScalingError] = []
    texts: list[str] = []
    for workflow in workflows(template) or WORKFLOWS:
        try:
            texts += weave(workflow).warnings
        except WeavingError as error:
            errors.append(error)
    try:
        try_scale(template)
    except ScalingError as error:
        errors.append(error)
    found = [_unsound(error, problems) for error in errors]
    warnings = [problem("weaving", "", text) | {"severity": "warning"} for text in dict.fromkeys(texts)]
    return [item for number, item in enumerate(found) if item not in found[:number]], warnings


def _unsound(error: WeavingError | ScalingError, problems: Problems) -> dict[str, Any]:
    """A problem, in the place where it has its cause."""
    place = problems.place(error.place)
    where = {"file": place.file, "line": place.line, "column": place.column}
    return problem(code_of(error), place.path, str(error)) | where
