"""What a machine lacks is told."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from worker import doctor
from worker.hosts.lxc import commands


def test_a_machine_that_lacks_nothing_for_scripts_is_ready(capsys: pytest.CaptureFixture[str]) -> None:
    assert doctor.main([], os.environ) == 0
    said = capsys.readouterr().out.splitlines()
    assert "executor  script  ready" in said
    assert "host      local   ready" in said


def test_what_is_missing_is_told_with_the_package_that_brings_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "NEEDED", {"no-such-command": "no-such-package"})
    assert doctor.main(["lxc"], os.environ) == 1
    assert "lacks the package no-such-package (apt-get install no-such-package)" in capsys.readouterr().out
    assert doctor.main(["script"], os.environ) == 0


def test_programs_can_read_it(capsys: pytest.CaptureFixture[str]) -> None:
    doctor.main(["--json"], os.environ)
    found = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert found["local"]["missing"] == []
    assert found["lxc"]["kind"] == found["ssh"]["kind"] == "host"


def test_the_command_passes_on_what_it_is_given_and_how_it_ended() -> None:
    command = [sys.executable, "-m", "manager.cli", "doctor"]
    assert subprocess.run([*command, "--json", "local"], capture_output=True, check=False).returncode == 0
    wrong = subprocess.run([*command, "vmware"], capture_output=True, text=True, check=False)
    assert wrong.returncode == 2
    assert "invalid choice: 'vmware'" in wrong.stderr


def test_a_machine_without_ssh_is_told_the_package(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "DEFAULT_PATH", "/nowhere")
    assert doctor.main(["ssh"], {"PATH": "/nowhere"}) == 1
    assert "lacks the package openssh-client (apt-get install openssh-client)" in capsys.readouterr().out
