"""The command ``ditrit``.

Place in the flow: command line → one of `manager.commands` → REST API, or daemons on this machine.

Exit codes: 0 all went well, 1 it failed, 2 misuse (unknown option, wrong setting), 3 no manager answers.
"""

from __future__ import annotations

import sys
from typing import Any

import click

from engine.settings import SettingsError
from manager import output
from manager.client import ClientError, Unreachable
from manager.commands.completion import completion
from manager.commands.context import context
from manager.commands.csar import csar
from manager.commands.daemons import doctor, manager, worker
from manager.commands.demo import demo
from manager.commands.diff import diff
from manager.commands.execution import cancel, execute, resume, status
from manager.commands.gc import gc
from manager.commands.graph import draw
from manager.commands.instance import instance
from manager.commands.logs import logs
from manager.commands.space import space
from manager.commands.token import token
from manager.commands.top import top
from manager.commands.up import up
from manager.commands.validate import validate
from tosca import CsarError

FAILED, MISUSED, UNREACHABLE = 1, 2, 3


class Commands(click.Group):
    """A group that turns our errors into messages and exit codes."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """In the order in which a newcomer needs them, not that of the alphabet."""
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ClientError as error:
            output.error(error.message, error.problems)
            sys.exit(FAILED)
        except CsarError as refused:
            output.error("the archive cannot be made", [problem.to_dict() for problem in refused.problems])
            sys.exit(FAILED)
        except Unreachable as error:
            output.error(str(error))
            sys.exit(UNREACHABLE)
        except SettingsError as error:
            output.error(str(error))
            sys.exit(MISUSED)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="ditrit-workflows", prog_name="ditrit")
def main() -> None:
    """Deploy applications that TOSCA service templates describe.

    \b
    In one terminal:
      ditrit up
    In another:
      ditrit csar push example/appli.zip
      ditrit instance create appli test
      ditrit exec appli test install --follow
      ditrit instance show appli test

    Exit codes: 0 all went well, 1 it failed, 2 misuse, 3 no manager answers.
    """


COMMANDS = (
    *(up, demo, csar, instance, execute, cancel, resume, status, logs, top),
    *(validate, diff, draw, gc, space, context, token, manager, worker, doctor, completion),
)
for command in COMMANDS:
    main.add_command(command)

if __name__ == "__main__":
    main()
