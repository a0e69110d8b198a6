"""Ansible's way into an LXC container.

Place in the flow: a forked playbook loads it for hosts whose ``ansible_connection`` is ``ditrit_lxc``
(`worker.hosts.lxc.host`).  Modules are piped into ``lxc-attach``: nothing is copied, and nothing that they are told is
seen in a list of processes.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleConnectionFailure, AnsibleFileNotFound
from ansible.plugins.connection import ConnectionBase

from worker.environment import DEFAULT_PATH

DOCUMENTATION = """
name: ditrit_lxc
short_description: run tasks in an LXC container of this machine
description: Runs tasks by lxc-attach in a container of this machine.
options:
  remote_addr:
    description: name of the container
    vars: [{name: inventory_hostname}, {name: ansible_host}]
  lxc_path:
    description: folder of the containers
    vars: [{name: ditrit_lxc_path}]
"""
_ATTACH = shutil.which("lxc-attach", path=DEFAULT_PATH) or "lxc-attach"
_ENVIRONMENT = {"PATH": DEFAULT_PATH, "HOME": "/root", "USER": "root", "LANG": "C.UTF-8"}


class Connection(ConnectionBase):
    """A container."""

    transport = "ditrit_lxc"
    has_pipelining = True

    def _connect(self) -> Connection:
        folder = Path(str(self.get_option("lxc_path")), str(self.get_option("remote_addr")))
        if not (folder / "config").exists():
            raise AnsibleConnectionFailure(f"there is no container {folder.name} on this machine")
        self._connected = True
        return self

    def exec_command(self, cmd: str, in_data: bytes | None = None, sudoable: bool = True) -> tuple[int, bytes, bytes]:
        """Run a command in the container, with this as its input."""
        super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
        ended = self._run(cmd, in_data or b"")
        return ended.returncode, ended.stdout, ended.stderr

    def put_file(self, in_path: str, out_path: str) -> None:
        """Copy a file into the container."""
        super().put_file(in_path, out_path)
        try:
            content = Path(in_path).read_bytes()
        except FileNotFoundError as error:
            raise AnsibleFileNotFound(f"file {in_path} does not exist") from error
        ended = self._run(f"cat > {shlex.quote(out_path)}", content)
        if ended.returncode:
            raise AnsibleConnectionFailure(f"cannot write {out_path}: {ended.stderr.decode(errors='replace').strip()}")

    def fetch_file(self, in_path: str, out_path: str) -> None:
        """Copy a file out of the container."""
        super().fetch_file(in_path, out_path)
        ended = self._run(f"cat {shlex.quote(in_path)}", b"")
        if ended.returncode:
            raise AnsibleConnectionFailure(f"cannot read {in_path}: {ended.stderr.decode(errors='replace').strip()}")
        Path(out_path).write_bytes(ended.stdout)

    def close(self) -> None:
        """Nothing is kept open."""
        self._connected = False

    def _run(self, command: str, given: bytes) -> subprocess.CompletedProcess[Any]:
        place = ["-P", str(self.get_option("lxc_path")), "-n", str(self.get_option("remote_addr"))]
        return subprocess.run(  # noqa: S603 - what Ansible runs, as it wants it run
            [_ATTACH, *place, "--keep-env", "--", "/bin/sh", "-c", command],
            check=False,
            input=given,
            capture_output=True,
            env=_ENVIRONMENT,
        )
