"""What a shell completes."""

import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest

Complete = Callable[..., list[str]]


@pytest.fixture
def complete(variables: dict[str, str], server: str) -> Complete:
    def asked(words: str, at: str = server) -> list[str]:
        """What may come in the place of the last word."""
        own = {"_DITRIT_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(len(words.split(" ")) - 1)}
        program = "import sys; from manager.cli import main; sys.argv[0] = 'ditrit'; main(prog_name='ditrit')"
        done = subprocess.run(
            [sys.executable, "-c", program],
            env={**variables, **own, "DITRIT_SERVER": at},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.stderr == ""
        return [line.partition(",")[2] for line in done.stdout.splitlines() if line]

    return asked


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_a_script_that_it_can_read(shell: str, variables: dict[str, str]) -> None:
    command = [sys.executable, "-m", "manager.cli", "completion", shell]
    script = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=60, check=True).stdout
    assert "_DITRIT_COMPLETE" in script
    if shell == "bash":
        subprocess.run(["bash", "-n"], input=script, text=True, timeout=60, check=True)


def test_commands_and_options_are_completed(complete: Complete) -> None:
    assert complete("ditrit ins") == ["instance"]
    assert "--follow" in complete("ditrit exec --fo")


def test_models_instances_and_workflows_are_completed(complete: Complete, api: Any, csar: Any, name: str) -> None:
    api.upload(name, csar())
    api.create(name, "first")
    assert name in complete(f"ditrit exec {name[:1]}")
    assert complete(f"ditrit exec {name} f") == ["first"]
    assert complete(f"ditrit exec {name} first ") == ["install", "uninstall"]
    assert complete(f"ditrit instance show {name} ") == ["first"]
    assert complete(f"ditrit exec {name}x ") == []


def test_where_nobody_answers_nothing_is_completed_and_soon(complete: Complete) -> None:
    began = time.monotonic()
    assert complete("ditrit exec ", at="http://127.0.0.1:9") == []
    assert time.monotonic() - began < 30
