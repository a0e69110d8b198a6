"""What is asked of a template beyond its grammar: how it is woven, and that its nodes can be counted.

Place in the flow: service template → **checks** → an upload (`manager.catalog`), or ``ditrit validate``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.instances.scaling import scale_of
from manager.errors import Invalid, problem
from tosca.model import ServiceTemplate

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


def weaving_warnings(texts: Sequence[str]) -> list[dict[str, Any]]:
    """The warnings of weaving as problems, each once."""
    return [problem("weaving", "", text) | {"severity": "warning"} for text in dict.fromkeys(texts)]
