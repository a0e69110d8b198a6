"""Artifact → executor."""

from __future__ import annotations

import itertools
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.worker.executors.watching import wait
from tests.worker.requests import request
from worker.executors.function import FunctionExecutor
from worker.executors.playbooks.executor import PlaybookExecutor
from worker.executors.plugins import ExecutorError
from worker.executors.registry import ANSIBLE, BASH, FUNCTIONS, PLAYBOOKS, PYTHON, ExecutorRegistry, default_registry
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


def test_a_type_is_run_as_the_nearest_type_that_it_derives_from(tmp_path: Path) -> None:
    registry = default_registry(tmp_path)
    assert isinstance(registry.find("my.Playbook", "x", ["my.Base", ANSIBLE]), PlaybookExecutor)
    assert isinstance(registry.find(BASH, "x", [ANSIBLE]), ScriptExecutor)


def test_python_functions_are_known_by_their_type(tmp_path: Path) -> None:
    registry = default_registry(tmp_path)
    assert isinstance(registry.find("my.Functions", "x.py", [FUNCTIONS, PYTHON]), FunctionExecutor)
    assert not isinstance(registry.find(PYTHON, "x.py"), FunctionExecutor)


@pytest.mark.parametrize(
    ("artifact_type", "file"), [(None, "a/x.yml"), (None, "x.YAML"), *((name, "x") for name in PLAYBOOKS)]
)
def test_playbooks_are_known_by_their_type_or_extension(tmp_path: Path, artifact_type: str | None, file: str) -> None:
    assert isinstance(default_registry(tmp_path).find(artifact_type, file), PlaybookExecutor)


# Packages

MODULE = """\
from worker.executors.script import ScriptExecutor
class Mine(ScriptExecutor):
    pass
def wrong(folder):
    return folder
def broken(folder):
    return 1 / 0
"""
numbers = itertools.count()


class Packages:
    """Packages installed in a folder of their own, as pip leaves them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.module = f"mine{next(numbers)}"  # never the same: Python keeps what it has imported
        (folder / f"{self.module}.py").write_text(MODULE)

    def install(self, name: str, *lines: str) -> None:
        about = self.folder / f"{name}-1.0.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        text = "\n".join(line.replace("mine:", f"{self.module}:") for line in lines)
        (about / "entry_points.txt").write_text(f"[ditrit.executors]\n{text}\n")


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Packages:
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    return Packages(folder)


def test_a_package_brings_an_executor_for_types_and_extensions(packages: Packages, tmp_path: Path) -> None:
    packages.install("theirs", "my.artifacts.Plan = mine:Mine", ".plan = mine:Mine")
    registry = default_registry(tmp_path / "spool")
    executor = registry.find("my.artifacts.Plan", "x.sh")
    assert type(executor).__name__ == "Mine"
    assert registry.find("my.artifacts.Special", "x.sh", ["my.artifacts.Plan"]) is executor
    assert registry.find(None, "x.plan") is executor
    assert type(registry.find(None, "x.sh")) is ScriptExecutor
    assert wait(executor.start(request(tmp_path, "true"))).succeeded


@pytest.mark.parametrize(
    ("lines", "error"),
    [
        (("my.Plan = nowhere:Mine",), "cannot be loaded: ModuleNotFoundError: No module named 'nowhere'"),
        (("my.Plan = mine:Missing",), "cannot be loaded: AttributeError: "),
        (("my.Plan = mine:broken",), "cannot be loaded: ZeroDivisionError: division by zero"),
        (("my.Plan = mine:wrong",), "found an object of type 'PosixPath', expected a worker.executors.base.Executor"),
        ((f"{BASH} = mine:Mine",), "found a name that Ditrit Workflows has an executor for, expected another"),
        ((".yml = mine:Mine",), "found a name that Ditrit Workflows has an executor for, expected another"),
    ],
)
def test_an_entry_point_that_leads_to_no_executor_is_an_error_that_names_the_package(
    packages: Packages, tmp_path: Path, lines: tuple[str, ...], error: str
) -> None:
    packages.install("theirs", *lines)
    with pytest.raises(ExecutorError) as raised:
        default_registry(tmp_path / "spool")
    assert error in str(raised.value)
    assert "of the package theirs (" in str(raised.value)


def test_two_packages_with_an_executor_for_the_same_type_are_an_error_that_names_both(
    packages: Packages, tmp_path: Path
) -> None:
    packages.install("one", "my.Plan = mine:Mine")
    packages.install("other", "my.Plan = mine:wrong")
    with pytest.raises(ExecutorError, match=r"my\.Plan.*package other.*: the package one has one too"):
        default_registry(tmp_path / "spool")


def test_a_worker_does_not_start_with_an_executor_that_does_not_fit(packages: Packages, tmp_path: Path) -> None:
    packages.install("theirs", "my.Plan = nowhere:Mine")
    variables = {"PYTHONPATH": str(packages.folder), "DITRIT_STATE": str(tmp_path / "state")}
    command = [sys.executable, "-m", "worker"]
    ended = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert ended.stderr.startswith("error: executor for 'my.Plan' of the package theirs (nowhere:Mine): cannot be")


# Without Ansible

WITHOUT = "import runpy, sys\nsys.modules['ansible'] = None\nrunpy.run_module('worker', run_name='__main__')\n"


def test_a_worker_without_ansible_says_so_at_its_start(tmp_path: Path) -> None:
    variables = {"DITRIT_STATE": str(tmp_path), "DITRIT_JOURNAL": str(tmp_path / "execs"), "DITRIT_NAME": "w"}
    command = [sys.executable, "-c", WITHOUT]
    with subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        lines = [worker.stdout.readline() for _ in range(2)]
        worker.terminate()
    assert lines[0].endswith(
        "playbooks fail here. Ansible is not installed here: install the Python package 'ansible-core'\n"
    )
    assert "slots, journal" in lines[1]


def test_without_ansible_playbooks_fail_and_scripts_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ansible", None)
    registry = default_registry(tmp_path / "spool")
    made = request(tmp_path, "[]", implementation="run.yml")
    assert wait(registry.find(None, "run.yml").start(made)).error == (
        "cannot start run.yml: Ansible is not installed here: install the Python package 'ansible-core'"
    )
    assert wait(registry.find(None, "run.sh").start(request(tmp_path, "true"))).succeeded


def test_the_example_of_the_documentation_works(packages: Packages, tmp_path: Path) -> None:
    text = (Path(__file__).parents[3] / "docs/executors.md").read_text()
    entries, code = (re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL) for language in ("toml", "python"))
    (packages.folder / "acme_plans.py").write_text(code[0])
    points = tomllib.loads(entries[0])["project"]["entry-points"]["ditrit.executors"]
    packages.install("acme", *(f"{name} = {value}" for name, value in points.items()))
    registry = default_registry(tmp_path / "spool")
    request(tmp_path, "true", implementation="my.plan.sh")
    for executor in (registry.find("acme.artifacts.Plan", "my.plan"), registry.find(None, "my.plan")):
        assert wait(executor.start(request(tmp_path, implementation="my.plan"))).succeeded
