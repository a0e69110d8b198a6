"""``ditrit manager`` and ``ditrit worker``: one daemon in the foreground."""

from __future__ import annotations

import os
import sys

import click

from engine.errors import EngineError
from engine.settings import load
from engine.supervision import end_with_parent
from manager.commands.options import settings_options
from manager.config import ManagerConfig
from manager.local import LocalError, check_port
from manager.server import serve


@click.command("manager")
@click.option("--bind", metavar="ADDRESS:PORT", help="Where to listen; default 127.0.0.1:5000; also DITRIT_BIND.")
@click.option("--threads", type=int, help="Requests served at the same time; also DITRIT_THREADS.")
@click.option("--max-upload", type=int, metavar="MIB", help="Largest request in MiB; also DITRIT_MAX_UPLOAD.")
@click.option("--access-log/--no-access-log", default=None, help="Print a line per request; also DITRIT_ACCESS_LOG.")
@click.option("--parent", type=int, hidden=True)
@settings_options
def manager(parent: int | None, **flags: object) -> None:
    """Run a manager: the REST API. Any number may run over one space.

    \b
    Examples:
      ditrit manager
      ditrit manager --bind 0.0.0.0:5000 --space sqlite:///var/lib/ditrit/space.db
    There is no authentication: listen on other addresses than 127.0.0.1 only in a network you trust.
    """
    if parent is not None:
        end_with_parent(parent)
    config = load(ManagerConfig, "manager", flags, os.environ)
    config.state.mkdir(parents=True, exist_ok=True)
    try:
        check_port(config)
        serve(config)
    except (LocalError, EngineError, ValueError) as error:
        raise click.ClickException(str(error)) from error


@click.command("worker")
@click.option("--slots", type=int, help="Operations that may run at the same time; also DITRIT_SLOTS.")
@click.option("--name", help="Name of the worker; default HOST-PID; also DITRIT_NAME.")
@click.option("--journal", metavar="PATH", help="File that gets a line per operation; also DITRIT_JOURNAL.")
@click.option("--time-limit", type=float, metavar="SECONDS", help="How long an operation may last; DITRIT_TIME_LIMIT.")
@settings_options
def worker(**flags: object) -> None:
    """Run a worker: it takes operations from the space and carries them out. Start as many as you like.

    \b
    Examples:
      ditrit worker
      ditrit worker --slots 8 --space sqlite:///var/lib/ditrit/space.db
    """
    given = [f"--{name.replace('_', '-')}={value}" for name, value in flags.items() if value is not None]
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "worker", *given])  # noqa: S606  becomes the worker, no shell
