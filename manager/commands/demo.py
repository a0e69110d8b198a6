"""``ditrit demo``: an example deployed before your eyes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import click

from engine.settings import SettingsError, state_folder
from manager.archives import packed
from manager.client import Client, path
from manager.commands.instance import print_instance
from manager.commands.up import worker_environments
from manager.config import ManagerConfig
from manager.display import failures, follow
from manager.local import LocalError, start, url
from manager.ports import PortTaken, check_port, free_port
from manager.supervisor import Supervisor

MODEL, INSTANCE = "un_model", "une_instance"
PORT = 5000


@click.command("demo", short_help="Deploy an example before your eyes.")
@click.argument("example", default="appli")
@click.option("--once", is_flag=True, help="Install, uninstall and end.")
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="How many workers.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port of the REST API; default 5000, or any that is free.")
@click.option("--hosts", metavar="RULES", default="local", help="What makes Compute nodes machines: local or lxc.")
def demo(example: str, once: bool, workers: int, port: int | None, hosts: str) -> None:
    """Start everything in a fresh folder, deploy EXAMPLE (a name in example/, or a path) and show it.

    \b
    Examples:
      ditrit demo
      ditrit demo minimal --once
      ditrit demo --hosts lxc             in LXC containers; as root
    The exit code is 0 only when all went well.
    """
    archive = find(example)
    with tempfile.TemporaryDirectory(prefix="ditrit-demo-") as folder:
        try:
            config = ManagerConfig(state=Path(folder), bind=f"127.0.0.1:{port or _port()}", hosts=hosts)
            check_port(config)
            succeeded = _run(config, archive, workers, once)
        except (LocalError, PortTaken, SettingsError) as error:
            raise click.ClickException(str(error)) from error
    if not succeeded:
        sys.exit(1)


def find(example: str) -> Path:
    """The archive or folder of an example: a path, or a name in ``example/`` here or beside the program."""
    roots = (Path(), Path("example"), Path(__file__).resolve().parents[2] / "example")
    for root in roots:
        for name in (f"{example}.zip", example):
            if (root / name).is_file() or ((root / name).is_dir() and root != Path()):
                return root / name
    known = sorted({path.stem for root in roots[1:] for path in root.glob("*.zip")})
    hint = f"; there are {', '.join(known)}" if known else "; run it where the folder example/ is"
    raise click.UsageError(f"there is no example {example!r}{hint}")


def _port() -> int:
    found = free_port(PORT)
    if found != PORT:
        click.echo(f"port {PORT} is taken; serving on port {found} instead")
    return found


def _run(config: ManagerConfig, archive: Path, workers: int, once: bool) -> bool:
    supervisor = Supervisor(lambda name, line: None if supervisor.stopping else _note(name, line))
    for number in (signal.SIGINT, signal.SIGTERM):  # both break it off, also where a shell has put it in the background
        signal.signal(number, signal.default_int_handler)
    try:
        click.echo(f"starting a manager and {workers} workers")
        start(supervisor, config, _workers(config, workers))
        succeeded = _deployed(Client(url(config)), archive, once)
        if succeeded and not once:
            # First, for who reads "Ctrl-C ends it" may press it at once, and that is no failure.
            supervisor.stop_on_signals()
            _explain(config)
            supervisor.run()
        return succeeded
    finally:
        click.echo("ending")
        supervisor.stop()
        _remove_containers(config)
        click.echo("ended")


def _remove_containers(config: ManagerConfig) -> None:
    """Containers go with the folder in which they lie."""
    root = config.state / "lxc"
    if root.exists():
        places = ["--root", str(root), "--images", str(root), "--bridge", "none", "--network", "10.0.0.0/8"]
        program = [sys.executable, "-m", "worker.hosts.lxc.program", *places, "delete", "all"]
        subprocess.run(program, check=False)  # noqa: S603 - our own program, no shell


def _workers(config: ManagerConfig, number: int) -> dict[str, dict[str, str]]:
    """The variables of the workers; what containers are made of outlives the demo's folder."""
    images = {"DITRIT_LXC_IMAGES": str(state_folder(os.environ) / "lxc" / "images")}
    return {name: found | images for name, found in worker_environments(config, number, None).items()}


def _note(name: str, line: str) -> None:
    """Pass on what matters: what a child says when all is well would disturb the picture."""
    if (name == "manager" and not line.startswith("serving")) or line.startswith(
        ("error", "ERROR", "WARNING", "ended")
    ):
        click.echo(f"{name}: {line}", err=True)


def _deployed(client: Client, archive: Path, once: bool) -> bool:
    model = client.upload("/csar", (archive.name, packed(archive)), model=MODEL)
    click.echo(f"uploaded {archive} as {MODEL}: {model['node_templates']} node templates{_warnings(model, archive)}")
    made = client.put("/instance", model=MODEL, name=INSTANCE)
    click.echo(f"created {INSTANCE}: {made['node_instances']} node instances")
    return all(_executed(client, workflow) for workflow in (("install", "uninstall") if once else ("install",)))


def _executed(client: Client, workflow: str) -> bool:
    record: dict[str, Any] = client.put("/exec", model=MODEL, instance=INSTANCE, workflow=workflow)
    record = follow(client, record)
    counts = record["operations"]
    click.echo(f"{workflow} {record['status']}: {counts['done']} operations{failures(counts)}")
    if record["error"]:
        click.echo(record["error"], err=True)
    click.echo()
    print_instance(client.get(path("instance", MODEL, INSTANCE)))
    click.echo()
    return bool(record["status"] == "succeeded")


def _warnings(model: dict[str, Any], archive: Path) -> str:
    number = len(model["warnings"])
    return f", {number} warnings (ditrit validate {archive} lists them)" if number else ""


def _explain(config: ManagerConfig) -> None:
    click.echo(f"""\
It runs. Look around, in a browser: {url(config)}/
or in another terminal:

  curl "{url(config)}/instance/{MODEL}/{INSTANCE}"
  curl -X PUT "{url(config)}/exec?model={MODEL}&instance={INSTANCE}&workflow=uninstall"

Ctrl-C ends it.""")
