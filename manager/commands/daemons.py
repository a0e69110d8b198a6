"""``ditrit manager``, ``ditrit worker`` and ``ditrit doctor``: programs in the foreground.

The command becomes the program: ``python -m manager``, ``python -m worker`` or ``python -m worker.doctor``.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence

import click

from manager.commands.options import access_options, settings_options, with_port

OWN_OPTIONS = {"ignore_unknown_options": True, "help_option_names": []}  # the program says what it takes


@click.command("manager", short_help="Run a manager: the REST API.")
@click.option("--bind", metavar="ADDRESS:PORT", help="Where to listen; default 127.0.0.1:5000; also DITRIT_BIND.")
@click.option("--port", type=click.IntRange(1, 65535), help="The port alone: the same as --bind 127.0.0.1:PORT.")
@click.option("--threads", type=int, help="Requests served at the same time; also DITRIT_THREADS.")
@click.option("--max-upload", type=int, metavar="MIB", help="Largest request in MiB; also DITRIT_MAX_UPLOAD.")
@click.option("--access-log/--no-access-log", default=None, help="Print a line per request; also DITRIT_ACCESS_LOG.")
@click.option("--hosts", metavar="RULES", help="What makes Compute nodes machines: local, lxc, ssh; also DITRIT_HOSTS.")
@click.option("--keep-days", type=int, metavar="N", help="Days that executions are kept; also DITRIT_KEEP_DAYS.")
@click.option("--keep-executions", type=int, metavar="N", help="How many per instance; also DITRIT_KEEP_EXECUTIONS.")
@access_options
@settings_options
def manager(port: int | None, **flags: object) -> None:
    """Run a manager: the REST API. Any number may run over one space.

    \b
    Examples:
      ditrit manager
      ditrit manager --port 5001
      ditrit manager --bind 0.0.0.0:5000 --tokens /etc/ditrit/tokens --tls-cert me.pem --tls-key me-key.pem
    Other machines reach it only with tokens (`ditrit token new` makes one), unless --insecure says otherwise.
    """
    _become("manager", with_port(flags, port))


@click.command("worker", short_help="Run a worker.")
@click.option("--slots", type=int, help="Operations that may run at the same time; also DITRIT_SLOTS.")
@click.option("--name", help="Name of the worker; default HOST-PID; also DITRIT_NAME.")
@click.option("--journal", metavar="PATH", help="File that gets a line per operation; also DITRIT_JOURNAL.")
@click.option("--time-limit", type=float, metavar="SECONDS", help="How long an operation may last; DITRIT_TIME_LIMIT.")
@click.option("--grace", type=float, metavar="SECONDS", help="What runs may go on so long at the end; DITRIT_GRACE.")
@settings_options
def worker(**flags: object) -> None:
    """Run a worker: it takes operations from the space and carries them out. Start as many as you like.

    \b
    Examples:
      ditrit worker
      ditrit worker --slots 8 --space sqlite:///var/lib/ditrit/space.db
    """
    _become("worker", flags)


@click.command("doctor", short_help="Say what this machine lacks for workers.", context_settings=OWN_OPTIONS)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def doctor(arguments: tuple[str, ...]) -> None:
    """Say what this machine lacks for scripts, playbooks and containers."""
    _run("worker.doctor", arguments)


def _become(program: str, flags: Mapping[str, object]) -> None:
    _run(program, [f"--{name.replace('_', '-')}={value}" for name, value in flags.items() if value is not None])


def _run(program: str, arguments: Sequence[str]) -> None:
    os.execv(sys.executable, [sys.executable, "-m", program, *arguments])  # noqa: S606  our own program, no shell
