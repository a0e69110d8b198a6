"""Managers by name, and which of them a command asks."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.settings import SettingsError
from manager.connection import Given, connected
from manager.contexts import Context, Contexts, place, read, write

Run = Callable[..., subprocess.CompletedProcess[str]]
TOKEN = "ditrit_a-very-secret-one"


@pytest.fixture
def run(variables: dict[str, str], tmp_path: Path) -> Run:
    def ditrit(*arguments: str, stdin: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        environment = {**variables, "DITRIT_CLIENT_CONFIG": str(tmp_path / "mine" / "config.toml"), **more}
        command = [sys.executable, "-m", "manager.cli", *arguments]
        return subprocess.run(
            command, env=environment, input=stdin, capture_output=True, text=True, timeout=60, check=False
        )

    return ditrit


def test_contexts_are_set_used_listed_and_forgotten(run: Run, server: str, tmp_path: Path) -> None:
    assert "(in use)" in run("context", "set", "far", "--server", "http://127.0.0.1:9").stdout
    assert run("status").returncode == 3
    made = run("context", "set", "near", "--server", server, "--token-stdin", stdin=TOKEN + "\n")
    assert made.returncode == 0, made.stderr
    assert run("status", "--context", "near").returncode == 0
    assert run("status", DITRIT_CONTEXT="near").returncode == 0
    assert run("context", "use", "near").stdout == f"context near in use: {server}\n"
    assert f"manager {server}" in run("status").stdout
    for listed in (run("context", "list"), run("context", "list", "--json")):
        assert "kept here" in listed.stdout
        assert TOKEN not in listed.stdout + listed.stderr
    assert (tmp_path / "mine" / "config.toml").stat().st_mode & 0o777 == 0o600
    assert run("context", "rm", "near").returncode == 0
    assert TOKEN not in (tmp_path / "mine" / "config.toml").read_text()
    assert "near" not in run("context", "list").stdout


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("use", "none"), "found context 'none', expected one of those that 'ditrit context list' shows: none"),
        (("rm", "none"), "found context 'none'"),
        (("set", "a.b", "--server", "http://x"), "found context 'a.b', expected a name of letters"),
        (("set", "a", "--server", "http://x\n"), "character that cannot be printed"),
        (("set", "a", "--server", "http://x", "--token-stdin"), "found nothing on standard input"),
        (("set", "a", "--server", "http://x", "--token-stdin", "--token-file", "/dev/null"), "not both"),
    ],
)
def test_what_cannot_be_is_refused(run: Run, arguments: tuple[str, ...], expected: str) -> None:
    refused = run("context", *arguments)
    assert refused.returncode == 2
    assert expected in refused.stderr


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "a" / "config.toml"
    known = (
        Contexts()
        .with_("x", Context('http://h/"q"\\é', TOKEN))
        .with_("y", Context("http://y", ca="/ca", token_file="/t"))
    )
    write(file, known)
    assert read(file) == known
    assert known.current == "x"
    assert known.without("x").current is None
    assert TOKEN not in repr(known)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[", "is not TOML"),
        ("contexts = 1", "expected tables"),
        ("[contexts.a]\ntoken = 'x'", "contexts.a: expected a table with a server"),
        ("[contexts.a]\nserver = 'x'\ntokne = 'x'", "contexts.a: found 'tokne', expected texts under server"),
        ("[contexts.a]\nserver = 'x'\nca = 1", "contexts.a: found 'ca'"),
        ("current = 'b'\n[contexts.a]\nserver = 'x'", "found 'b' as current"),
        ("current = 1", "found 1 as current"),
    ],
)
def test_a_file_that_is_wrong_is_refused(tmp_path: Path, text: str, expected: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text(text)
    with pytest.raises(SettingsError, match=r"config\.toml") as caught:
        read(file)
    assert expected in str(caught.value)


def test_a_file_with_tokens_that_others_may_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(f"[contexts.a]\nserver = 'x'\ntoken = '{TOKEN}'\n")
    file.chmod(0o640)
    with pytest.raises(SettingsError, match="chmod 600") as caught:
        read(file)
    assert TOKEN not in str(caught.value)
    file.chmod(0o600)
    assert read(file).contexts["a"].token == TOKEN


def test_contexts_are_in_the_users_own_folder() -> None:
    assert place({"HOME": "/home/me"}) == Path("/home/me/.config/ditrit/config.toml")
    assert place({"HOME": "/home/me", "XDG_CONFIG_HOME": "/c"}) == Path("/c/ditrit/config.toml")


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    file = tmp_path / "config.toml"
    write(file, Contexts().with_("one", Context("http://one", "t1")).with_("two", Context("http://two", "t2")))
    return {"DITRIT_CLIENT_CONFIG": str(file)}


def asked(given: Given, environ: dict[str, str]) -> tuple[str, str | None]:
    client = connected(given, environ)
    auth: Any = client._session.auth
    return client.server, None if auth is None else auth._token


@pytest.mark.parametrize(
    ("given", "more", "expected"),
    [
        (Given(), {}, ("http://one", "t1")),
        (Given(context="two"), {}, ("http://two", "t2")),
        (Given(), {"DITRIT_CONTEXT": "two"}, ("http://two", "t2")),
        (Given(server="http://three"), {}, ("http://three", None)),
        (Given(server="http://one/"), {}, ("http://one", "t1")),
        (Given(), {"DITRIT_SERVER": "http://three"}, ("http://three", None)),
        (Given(context="two"), {"DITRIT_SERVER": "http://three"}, ("http://two", "t2")),
        (Given(), {"DITRIT_TOKEN": "t3"}, ("http://one", "t3")),
        (Given(context="two"), {"DITRIT_TOKEN": "t3"}, ("http://two", "t2")),
        (Given(token="t4", context="two"), {"DITRIT_TOKEN": "t3"}, ("http://two", "t4")),
    ],
)
def test_a_token_goes_to_the_server_that_it_is_for(
    environ: dict[str, str], given: Given, more: dict[str, str], expected: tuple[str, str | None]
) -> None:
    assert asked(given, {**environ, **more}) == expected


def test_without_anything_this_machine_is_asked(tmp_path: Path) -> None:
    assert asked(Given(), {"HOME": str(tmp_path)}) == ("http://127.0.0.1:5000", None)


@pytest.mark.parametrize("token", ["two words", "ümlaut", "a\nb"])
def test_a_token_that_is_none_is_refused_and_not_repeated(tmp_path: Path, token: str) -> None:
    (tmp_path / "token").write_text(token)
    with pytest.raises(SettingsError, match="expected one token") as caught:
        connected(Given(token_file=tmp_path / "token"), {"HOME": str(tmp_path)})
    assert token not in str(caught.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path)}
    with pytest.raises(SettingsError, match=r"token file .*No such file"):
        connected(Given(token_file=tmp_path / "none"), environ)
    with pytest.raises(SettingsError, match="certificates of authorities, expected a file"):
        connected(Given(ca=tmp_path / "none"), environ)
