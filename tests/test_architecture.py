"""Imports go down only, and what is pure does no input or output."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ALLOWED = {
    "tosca": {"tosca"},
    "engine": {"engine", "tosca"},
    "worker": {"worker", "engine", "tosca"},
    "manager": {"manager", "engine", "tosca"},
}
PURE = ("engine/rete", "engine/weaving", "engine/instances", "tosca/phases", "tosca/entities", "tosca/values")
EDGES = {"io", "os", "shutil", "socket", "sqlite3", "subprocess", "tempfile", "threading", "time", "requests", "select"}


def imports(file: Path) -> set[str]:
    """The modules that a file imports, by their full names."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import"
            found.add(node.module or "")
    return found


@pytest.mark.parametrize("package", ALLOWED)
def test_imports_go_down_only(package: str) -> None:
    wrong = [
        f"{file.relative_to(ROOT)} imports {name}"
        for file in sorted((ROOT / package).rglob("*.py"))
        for name in imports(file)
        if name.split(".")[0] in ALLOWED and name.split(".")[0] not in ALLOWED[package]
    ]
    assert wrong == []


@pytest.mark.parametrize("folder", PURE)
def test_what_is_pure_imports_nothing_that_does_input_or_output(folder: str) -> None:
    files = sorted((ROOT / folder).rglob("*.py"))
    assert files
    wrong = [
        f"{file.relative_to(ROOT)} imports {name}"
        for file in files
        for name in imports(file)
        if name.split(".")[0] in EDGES
    ]
    assert wrong == []


def sources() -> list[Path]:
    return [file for package in ALLOWED for file in sorted((ROOT / package).rglob("*.py"))]


def test_no_file_is_longer_than_500_lines() -> None:
    assert [str(file) for file in sources() if len(file.read_text().splitlines()) > 500] == []


def test_no_function_is_longer_than_60_lines() -> None:
    long = [
        f"{file.relative_to(ROOT)}: {node.name}"
        for file in sources()
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno >= 60
    ]
    assert long == []


def test_every_module_says_its_place() -> None:
    silent = [
        str(file.relative_to(ROOT))
        for file in sources()
        if file.read_text().strip() and not ast.get_docstring(ast.parse(file.read_text()))
    ]
    assert silent == []


def test_the_environment_is_read_at_the_edges_only() -> None:
    """Settings are read once at the start of a program and passed on (`engine.settings`)."""
    readers = {
        str(file.relative_to(ROOT))
        for file in sources()
        for node in ast.walk(ast.parse(file.read_text()))
        if ast.unparse(node) in ("os.environ", "os.getenv", "from os import environ", "from os import getenv")
    }
    assert readers <= {
        "manager/__main__.py",
        "manager/commands/demo.py",
        "manager/commands/options.py",  # of commands that ask a manager
        "manager/commands/up.py",
        "manager/supervisor.py",
        "worker/__main__.py",
        "worker/doctor.py",
        "worker/environment.py",
        "worker/executors/function_call.py",  # runs as an operation
        "worker/executors/playbooks/executor.py",
        "worker/executors/playbooks/mark.py",  # takes the environment of an operation
        "worker/executors/script.py",
        "worker/hosts/lxc/program.py",
        "worker/hosts/ssh/program.py",
        "worker/hosts/ssh/remote.py",  # runs on another machine
    }
