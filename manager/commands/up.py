"""``ditrit up``: manager and workers on this machine, as one."""

from __future__ import annotations

import os
import webbrowser
from collections.abc import Mapping

import click

from engine.settings import environment, load
from manager.access.exposure import access, check_exposure
from manager.commands.options import access_options, settings_options, with_port
from manager.config import ManagerConfig
from manager.deaths import on_death
from manager.local import LocalError, locked, start, url
from manager.ports import PortTaken, check_port
from manager.supervisor import Supervisor, say

WORKER_GRACE = "4"  # seconds for what runs when all is to end, fewer than the supervisor has patience
SHARED = ("DITRIT_STATE", "DITRIT_SPACE", "DITRIT_ARTIFACTS", "DITRIT_CONFIG", "DITRIT_LOG")


@click.command("up", short_help="Run everything here until Ctrl-C.")
@click.option("--workers", type=click.IntRange(0, 64), default=2, show_default=True, help="How many workers.")
@click.option("--slots", type=click.IntRange(1), help="Operations that each may run at the same time.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port of the REST API; default 5000.")
@click.option("--bind", metavar="ADDRESS:PORT", help="Address and port of the REST API; also DITRIT_BIND.")
@click.option(
    "--hosts",
    metavar="RULES",
    help="What makes Compute nodes machines: local (default), lxc or ssh; also DITRIT_HOSTS.",
)
@click.option("--open", "opens", is_flag=True, help="Open the web page in a browser.")
@click.option("--access-log/--no-access-log", default=None, help="Print a line per request.")
@access_options
@settings_options
def up(workers: int, slots: int | None, port: int | None, opens: bool, **flags: object) -> None:
    """Run a manager and workers here until Ctrl-C. Nothing else needs to be installed or running.

    \b
    Examples:
      ditrit up
      ditrit up --open                    and shows the web page in a browser
      ditrit up --workers 4 --port 5001 --state /tmp/try
      ditrit up --hosts lxc               Compute nodes become LXC containers; as root
    """
    config = manager_config(with_port(flags, port))
    try:
        with locked(config):
            check_exposure(config)
            check_port(config)
            _run(config, worker_environments(config, workers, slots, flags.get("config")), opens)
    except (LocalError, PortTaken) as error:
        raise click.ClickException(str(error)) from error


def manager_config(flags: Mapping[str, object]) -> ManagerConfig:
    """The settings of a manager on this machine."""
    return load(ManagerConfig, "manager", flags, os.environ)


def worker_environments(
    config: ManagerConfig, workers: int, slots: int | None, file: object = None
) -> dict[str, dict[str, str]]:
    """The variables of each worker: the very space and artifacts of the manager."""
    variables = {name: value for name, value in environment(config).items() if name in SHARED}
    variables["DITRIT_GRACE"] = WORKER_GRACE
    if slots is not None:
        variables["DITRIT_SLOTS"] = str(slots)
    if file:
        variables["DITRIT_CONFIG"] = str(file)
    return {f"worker-{number}": {**variables, "DITRIT_NAME": f"worker-{number}"} for number in range(1, workers + 1)}


def _run(config: ManagerConfig, workers: Mapping[str, Mapping[str, str]], opens: bool) -> None:
    supervisor = Supervisor(say, on_death(config))
    supervisor.stop_on_signals()
    try:
        start(supervisor, config, workers)
        click.echo(f"\n  Ditrit Workflows   {url(config)}/   (Swagger UI; REST API; {access(config)})")
        click.echo(f"  web page           {url(config)}/ui/")
        click.echo(f"  workers            {len(workers)}; each prints where its journal is")
        click.echo(f"  state              {config.state}")
        click.echo("  end                Ctrl-C\n")
        if opens:
            _open(f"{url(config)}/ui/")
        supervisor.run()
    finally:
        supervisor.stop()
    click.echo("ended")


def _open(page: str) -> None:
    """Show the page in the user's browser; where there is none, its address stands above."""
    if not webbrowser.open(page):
        click.echo(f"no browser could be opened; go to {page}", err=True)
