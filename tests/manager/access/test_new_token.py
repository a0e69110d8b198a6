"""``ditrit token new``."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from manager.access.roles import Role
from manager.access.tokens import Tokens
from manager.cli import main


def test_a_token_is_printed_once_with_the_line_that_lets_it_in(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["token", "new", "--role", "operator", "--name", "ci", "--json"])
    made = json.loads(result.output)
    file = tmp_path / "tokens"
    file.write_text(made["line"] + "\n")
    file.chmod(0o600)
    holder = Tokens(file).holder(made["token"])
    assert holder is not None
    assert (holder.name, holder.role) == ("ci", Role.OPERATOR)
    text = CliRunner().invoke(main, ["token", "new", "--role", "viewer", "--name", "tv"]).output
    assert "viewer:tv:" in text
    assert "ditrit_" in text


@pytest.mark.parametrize("name", ["", "a b", "a:b", "x" * 65])
def test_a_name_that_cannot_stand_in_the_file_is_refused(name: str) -> None:
    result = CliRunner().invoke(main, ["token", "new", "--role", "viewer", "--name", name])
    assert result.exit_code == 2
    assert "expected 1 to 64 letters" in result.output
