"""The file of tokens."""

import os
from pathlib import Path

import pytest

from engine.settings import SettingsError
from manager.access.roles import Role
from manager.access.tokens import Tokens, digest, made, parsed


def file_of(folder: Path, *lines: object, mode: int = 0o600) -> Path:
    path = folder / "tokens"
    path.write_text("".join(f"{line}\n" for line in lines))
    path.chmod(mode)
    return path


def test_a_token_is_found_by_its_hash_alone(tmp_path: Path) -> None:
    token, entry = made(Role.OPERATOR, "ci")
    _, other = made(Role.ADMIN, "me")
    tokens = Tokens(file_of(tmp_path, "# who may do what", "", other, f"{entry}  # the build server"))
    found = tokens.holder(token)
    assert found is not None
    assert (found.name, found.role) == ("ci", Role.OPERATOR)
    assert tokens.holder(entry.digest) is None
    assert tokens.holder(token + "x") is None
    assert tokens.holder("\udcff") is None
    assert token not in str(entry)
    assert digest(token) == entry.digest


def test_no_two_tokens_are_equal() -> None:
    assert len({made(Role.VIEWER, "x")[0] for _ in range(100)}) == 100


HASH = "0" * 64


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("admin:me", "expected ROLE:NAME:SHA256"),
        ("root:me:" + HASH, "found role 'root', expected one of viewer, operator, admin"),
        ("admin::" + HASH, "expected a name of letters"),
        ("admin:a b:" + HASH, "expected a name of letters"),
        ("admin:me:ditrit_secret", "never the token itself"),
        ("admin:me:" + HASH + "0", "64 hexadecimal digits"),
    ],
)
def test_a_wrong_line_is_refused_with_its_number_and_not_repeated(tmp_path: Path, line: str, expected: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Tokens(file_of(tmp_path, "# first", line))
    assert expected in str(caught.value)
    assert "tokens, line 2: " in str(caught.value)
    assert "ditrit_secret" not in str(caught.value)


def test_a_name_stands_for_one_token(tmp_path: Path) -> None:
    entries, wrong = parsed(f"admin:me:{HASH}\nviewer:me:{'1' * 64}\n", "f")
    assert [entry.holder.role for entry in entries] == [Role.ADMIN]
    assert wrong == ["f, line 2: found the name 'me' for a second time, expected one token for each name"]


def test_a_file_without_a_token_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="holds no token; 'ditrit token new"):
        Tokens(file_of(tmp_path, "# nothing"))


def test_a_file_that_is_missing_or_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="No such file"):
        Tokens(tmp_path / "tokens")
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match="not UTF-8"):
        Tokens(tmp_path / "bytes")


def test_a_file_that_others_may_write_is_refused(tmp_path: Path) -> None:
    path = file_of(tmp_path, made(Role.ADMIN, "me")[1], mode=0o620)
    with pytest.raises(SettingsError, match=r"others may write .* chmod go-w"):
        Tokens(path)


def test_a_file_that_all_may_read_is_told_apart(tmp_path: Path) -> None:
    line = made(Role.ADMIN, "me")[1]
    assert Tokens(file_of(tmp_path, line, mode=0o644)).readable_by_all()
    assert not Tokens(file_of(tmp_path, line, mode=0o640)).readable_by_all()


def test_the_file_is_read_again_when_it_has_changed(tmp_path: Path) -> None:
    first, entry = made(Role.ADMIN, "me")
    second, other = made(Role.VIEWER, "you")
    path = file_of(tmp_path, entry)
    tokens = Tokens(path)
    assert tokens.holder(second) is None
    new = tmp_path / "new"
    new.write_text(f"{other}\n")
    new.chmod(0o600)
    os.replace(new, path)
    assert tokens.holder(first) is None
    assert tokens.holder(second) is not None


def test_a_line_that_has_become_wrong_lets_nobody_in_and_the_others_go_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first, entry = made(Role.ADMIN, "me")
    second, other = made(Role.VIEWER, "you")
    path = file_of(tmp_path, entry, other)
    tokens = Tokens(path)
    path.write_text(f"admin:me\n{other}\n")
    assert tokens.holder(first) is None
    assert tokens.holder(second) is not None
    assert "line 1" in caplog.text


def test_a_file_that_has_gone_or_that_others_may_write_now_lets_nobody_in(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    token, entry = made(Role.ADMIN, "me")
    path = file_of(tmp_path, entry)
    tokens = Tokens(path)
    path.chmod(0o622)
    assert tokens.holder(token) is None
    assert "others may write" in caplog.text
    path.chmod(0o600)
    assert tokens.holder(token) is not None
    path.unlink()
    assert tokens.holder(token) is None
    assert "no token is valid until that is mended" in caplog.text
