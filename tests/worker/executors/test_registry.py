"""Artifact → executor."""

from __future__ import annotations

from pathlib import Path

import pytest

from worker.executors.registry import BASH, PYTHON, ExecutorRegistry, default_registry
from worker.executors.script import ScriptExecutor


@pytest.mark.parametrize("artifact_type", [None, BASH, PYTHON, "my.artifacts.Unknown"])
@pytest.mark.parametrize("file", ["x.sh", "x.py", "x", "a.b/c.pl"])
def test_whatever_it_is_the_script_executor_runs_it_when_nobody_else_does(
    tmp_path: Path, artifact_type: str | None, file: str
) -> None:
    assert isinstance(default_registry(tmp_path).find(artifact_type, file), ScriptExecutor)


def test_the_type_decides_then_the_extension_then_the_default(tmp_path: Path) -> None:
    bash, playbook, default = (ScriptExecutor(tmp_path) for _ in range(3))
    registry = ExecutorRegistry({BASH: bash}, {".yml": playbook}, default)
    assert registry.find(BASH, "x.yml") is bash
    assert registry.find("my.Type", "x.YML") is playbook
    assert registry.find(None, "playbooks.yml/x") is default
