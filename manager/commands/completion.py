"""``ditrit completion``: what makes a shell complete commands, options and names (`manager.commands.names`)."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

SHELLS = ("bash", "zsh", "fish")
VARIABLE = "_DITRIT_COMPLETE"


@click.command("completion", short_help="Print what makes a shell complete ditrit's arguments.")
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the script that lets SHELL complete commands, options, and the names of models, instances and workflows.

    \b
    Examples:
      eval "$(ditrit completion bash)"                                      in ~/.bashrc
      eval "$(ditrit completion zsh)"                                       in ~/.zshrc
      ditrit completion fish > ~/.config/fish/completions/ditrit.fish
    """
    found = get_completion_class(shell)
    assert found is not None  # noqa: S101  it is one of click's own
    click.echo(found(context.find_root().command, {}, "ditrit", VARIABLE).source())
