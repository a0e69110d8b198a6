"""The docs know every route, setting and command."""

import re
from pathlib import Path
from typing import Any

import click
import pytest

from engine.executions.records import ExecutionRecord, InstanceRecord, ModelRecord
from engine.settings import describe
from manager.app import create_app
from manager.cli import main
from manager.config import ManagerConfig
from worker.config import WorkerConfig

ROOT = Path(__file__).parents[1]
API = (ROOT / "docs" / "api.md").read_text()
CLI = (ROOT / "docs" / "cli.md").read_text()


def commands(group: click.Group, prefix: str) -> list[str]:
    found = []
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            found += commands(command, f"{prefix} {name}")
        else:
            found.append(f"{prefix} {name}")
    return found


def test_every_command_stands_in_the_docs() -> None:
    assert [name for name in commands(main, "ditrit") if f"`{name}" not in CLI] == []


def test_every_setting_has_a_help_text() -> None:
    assert [name for kind in (ManagerConfig, WorkerConfig) for name, _, text in describe(kind) if not text] == []


def test_every_route_stands_in_the_docs(tmp_path: Path) -> None:
    app = create_app(ManagerConfig(state=tmp_path, space="memory:"))
    document: dict[str, Any] = app.test_client().get("/swagger.json").get_json()
    paths = document["paths"]
    calls = [f"`{method.upper()} {path}" for path, item in paths.items() for method in item if method != "parameters"]
    assert [call for call in calls if call not in API] == []


def test_every_kind_of_key_stands_in_the_docs() -> None:
    used = {record.KIND for record in (ModelRecord, InstanceRecord, ExecutionRecord)}
    for package in ("engine", "worker", "manager"):
        for file in (ROOT / package).rglob("*.py"):
            used |= set(re.findall(r"""(?:keys\.(?:path|prefix)|\bKind)\("(\w+)\"""", file.read_text()))
    assert {"op", "bell", "roster", "cell"} <= used
    text = (ROOT / "docs" / "keys.md").read_text()
    assert sorted(name for name in used if f"`{name}/<" not in text) == []


def test_every_attribute_of_spans_and_every_variable_for_traces_stands_in_the_docs() -> None:
    folder = ROOT / "engine" / "tracing"
    text = (ROOT / "docs" / "traces.md").read_text()
    attributes = set(re.findall(r"\"(ditrit\.[a-z_.]+)\"", "".join(file.read_text() for file in folder.glob("*.py"))))
    attributes |= {f"ditrit.relationship.{end}" for end in ("source", "target")}
    variables = set(re.findall(r"OTEL_[A-Z_]+", (folder / "setting.py").read_text()))
    assert len(attributes) > 15
    assert len(variables) > 7
    assert sorted(name for name in attributes | variables if f"`{name}`" not in text) == []


def test_every_command_explains_itself() -> None:
    for name in commands(main, "ditrit"):
        command: click.Command = main
        for part in name.split()[1:]:
            assert isinstance(command, click.Group)
            command = command.commands[part]
        assert command.help, name


def test_the_readme_starts_with_what_a_newcomer_needs() -> None:
    first_screen = (ROOT / "README.md").read_text().splitlines()[:45]
    text = "\n".join(first_screen)
    for line in (
        "make demo",
        "make test",
        'curl -X PUT "http://localhost:5000/csar?model=un_model" -F "file=@example/appli.zip"',
        'curl -X PUT "http://localhost:5000/instance?model=un_model&name=une_instance"',
        'curl -X PUT "http://localhost:5000/exec?model=un_model&instance=une_instance&workflow=install"',
        "tail -f /opt/execs",
    ):
        assert line in text


def test_every_file_that_the_flow_walks_through_is_there() -> None:
    for section in re.split(r"^## ", (ROOT / "docs" / "flow.md").read_text(), flags=re.MULTILINE)[1:]:
        heading, _, text = section.partition("\n")
        folders = [ROOT, ROOT / "engine", *(ROOT / folder for folder in re.findall(r"`([\w/]+)/`", heading))]
        names = re.findall(r"`([\w/]+(?:\.py|/))`", text)
        assert names, heading
        assert [name for name in names if not any((folder / name).exists() for folder in folders)] == []


@pytest.mark.parametrize("file", [*sorted(path.name for path in ROOT.glob("*.md")), "docs/cli.md"])
def test_links_lead_somewhere(file: str) -> None:
    document = ROOT / file
    targets = re.findall(r"\]\(([^)#:]+)\)", document.read_text())
    assert [target for target in targets if not (document.parent / target).exists()] == []
