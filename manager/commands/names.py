"""Names that a shell completes: models, instances, workflows and executions, as the manager knows them.

Place in the flow: Tab → shell → ``ditrit``, asked for completions → **names** → shell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import click
from click.shell_completion import CompletionItem

from engine.settings import SettingsError
from manager.client import Client, ClientError, Unreachable, path
from manager.commands.options import asked

PATIENCE = 1.0  # seconds: who presses Tab does not wait any longer
MOST = 1000  # names


def models(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The models."""
    return _completed(incomplete, lambda: (item["model"] for item in _client(context).items("/csar")))


def instances(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The instances of the model that stands before."""
    model = context.params.get("model")
    return _completed(
        incomplete, lambda: (item["instance"] for item in _client(context).items("/instance", model=model))
    )


def workflows(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The workflows of the model that stands before."""
    model = context.params.get("model")
    return _completed(incomplete, lambda: _client(context).get(path("csar", str(model)))["workflows"])


def executions(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The executions."""
    return _completed(incomplete, lambda: (item["id"] for item in _client(context).items("/exec")))


def _client(context: click.Context) -> Client:
    return asked(context.params, PATIENCE)


def _completed(incomplete: str, names: Callable[[], Iterable[str]]) -> list[CompletionItem]:
    """What begins so; nothing when nobody answers: a message would stand in the middle of what is being typed."""
    try:
        found = [name for name, _ in zip(names(), range(MOST), strict=False) if name.startswith(incomplete)]
    except (ClientError, Unreachable, SettingsError, OSError):
        return []
    return [CompletionItem(name) for name in found]
