"""The script that installs the servers of the tests."""

from __future__ import annotations

import subprocess
from pathlib import Path

SCRIPT = Path(__file__).parent / "install-servers"


def run(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run it where only the programs in ``folder`` can be found."""
    command = ["/bin/sh", str(SCRIPT)]
    return subprocess.run(command, check=False, env={"PATH": str(folder)}, capture_output=True, text=True)


def program(file: Path, text: str) -> None:
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)


def test_nothing_is_installed_where_all_is_there(tmp_path: Path) -> None:
    for name in ("consul", "lxc-start", "mmdebstrap", "iptables", "ip", "ssh", "chromium", "gpg", "systemd-analyze"):
        program(tmp_path / name, "exit 1")
    ended = run(tmp_path)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_who_may_not_install_is_told_what_is_needed(tmp_path: Path) -> None:
    program(tmp_path / "id", "echo 1000")
    program(tmp_path / "consul", "exit 1")
    ended = run(tmp_path)
    assert ended.returncode == 1
    assert ended.stderr.startswith(
        "The tests need Consul 1.8 or newer, LXC, mmdebstrap, ssh and Chromium. They are installed here only "
    )
    assert "(missing: lxc mmdebstrap iptables iproute2 openssh-client chromium gpg systemd)" in ended.stderr
