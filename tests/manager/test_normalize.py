"""``ditrit csar normalize``: one document in which everything is said."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from manager.cli import main
from manager.validation import validation

APPLI = Path(__file__).parents[2] / "example" / "appli"


def normalize(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["csar", "normalize", *arguments])


def test_the_document_means_the_same_in_the_archives_place(tmp_path: Path) -> None:
    assert normalize(str(APPLI), "-o", str(tmp_path / "all.yaml")).exit_code == 0
    (tmp_path / "scripts").symlink_to(APPLI / "scripts")

    again, first = validation(tmp_path / "all.yaml"), validation(APPLI)
    assert again.template is not None
    assert again.template == first.template


def test_it_is_printed_without_a_file() -> None:
    ended = normalize(str(APPLI))

    assert ended.exit_code == 0
    assert ended.stdout.startswith("tosca_definitions_version: ")
    assert ended.stdout == normalize(str(APPLI), "-o", "-").stdout


def test_what_has_errors_is_not_written_and_they_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("tosca_definitions_version: tosca_simple_yaml_1_3\nnode_typs: {}\n")
    ended = normalize(str(tmp_path / "a.yaml"))

    assert (ended.exit_code, ended.stdout) == (1, "")
    assert "did you mean 'node_types'?" in ended.stderr


@pytest.mark.parametrize(("arguments", "code"), [(("nowhere",), 2), ((str(APPLI), "-o", "nowhere/a.yaml"), 1)])
def test_what_cannot_be_read_or_written_is_told(arguments: tuple[str, ...], code: int) -> None:
    assert normalize(*arguments).exit_code == code
