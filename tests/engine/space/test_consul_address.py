"""The URL of a space in Consul, and what is said when it is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.settings import Settings, load
from engine.space import open_space
from engine.space.backends.consul_address import OPTIONS, ConsulAddress, parse_address

SECRET = "5ec2e700-token"


def test_a_host_is_enough() -> None:
    assert parse_address("consul://somewhere") == ConsulAddress(agents=(("somewhere", 8500),))
    assert parse_address("consul://somewhere/").prefix == "ditrit"


def test_everything_can_be_told(tmp_path: Path) -> None:
    files = {name: tmp_path / name for name in ("ca", "cert", "key")}
    for file in files.values():
        file.write_text("x")
    options = "&".join(f"{name}={file}" for name, file in files.items())
    url = f"consul://a%2Fb@one:8501,two,[::1]:8600/my/place?scheme=https&dc=paris&{options}"

    assert parse_address(url) == ConsulAddress(
        agents=(("one", 8501), ("two", 8500), ("[::1]", 8600)),
        prefix="my/place",
        token="a/b",
        scheme="https",
        ca=str(files["ca"]),
        cert=(str(files["cert"]), str(files["key"])),
        dc="paris",
    )


def test_the_token_may_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{SECRET}\n")

    assert parse_address(f"consul://h?token_file={file}").token == SECRET


def test_the_token_may_come_from_the_environment_where_the_url_has_none(tmp_path: Path) -> None:
    def space(url: str, token: str) -> str:
        environ = {"DITRIT_SPACE": url, "CONSUL_HTTP_TOKEN": token, "HOME": str(tmp_path)}
        return load(Settings, "worker", {}, environ).space

    assert parse_address(space("consul://h:1,h2/x?dc=a", "a/b@c")).token == "a/b@c"
    assert parse_address(space("consul://h?dc=a@b", SECRET)).token == SECRET
    for url in ("consul://own@h/x", "consul://h/x?token_file=/f", "sqlite:///x"):
        assert space(url, SECRET) == url
    assert space("consul://h", "") == "consul://h"


def test_settings_do_not_show_where_the_space_is() -> None:
    environ = {"DITRIT_SPACE": f"consul://{SECRET}@h", "HOME": "/"}
    assert SECRET not in repr(load(Settings, "worker", {}, environ))


def test_an_address_does_not_show_its_token() -> None:
    assert SECRET not in repr(parse_address(f"consul://{SECRET}@h"))


@pytest.mark.parametrize(
    ("rest", "message"),
    [
        ("", "the agent ''; expected consul://"),
        ("/ditrit", "the agent ''"),
        ("one,,two", "the agent ''"),
        ("one:port", "the agent 'one:port'"),
        ("one:99999", "the agent 'one:99999'"),
        ("one:0", "the agent 'one:0'"),
        ("one two", "the agent 'one two'"),
        ("h/a//b", "the prefix 'a//b'; expected names"),
        ("h/../b", "the prefix '../b'"),
        ("h/x#y", "'#'"),
        ("h?schema=https", "unknown option 'schema'; expected some of scheme, ca"),
        ("h?scheme=ftp", "scheme='ftp'; expected http or https"),
        ("h?dc=a&dc=b", "'dc' twice"),
        ("h?dc=", "'dc' without a value"),
        ("h?ca=/dev/null", "ca but scheme=http; expected scheme=https"),
        ("h?cert=/dev/null&key=/dev/null", "cert but scheme=http"),
        ("h?scheme=https&cert=/dev/null", "cert alone; expected cert and key together"),
        ("h?scheme=https&key=/dev/null", "key alone"),
        ("h?scheme=https&ca=/nowhere/ca.pem", "ca='/nowhere/ca.pem': No such file"),
        ("h?token_file=/nowhere/token", "token_file='/nowhere/token': No such file"),
        ("h?token_file=/dev/null", "no token; expected one line"),
        ("h?token_file=/etc", "token_file='/etc': Is a directory"),
    ],
)
def test_a_wrong_url_is_a_clear_error(rest: str, message: str) -> None:
    with pytest.raises(ValueError, match=r"the space has|token_file") as caught:
        open_space(f"consul://{rest}")
    assert message in str(caught.value)


def test_a_token_in_two_places_is_an_error_that_shows_neither(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(SECRET)

    with pytest.raises(ValueError, match="both before the '@' and in token_file") as caught:
        open_space(f"consul://{SECRET}@h?token_file={tmp_path}/token")
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        f"consul://{SECRET}@h:port",
        f"consul://{SECRET}@h?x=y",
        f"consul://{SECRET}@",
        f"consul://{SECRET}@h\u2100x",
        f"konsul://{SECRET}@h",
        f"sqlite://{SECRET}@h/x",
        f"consul:/{SECRET}@h",
    ],
)
def test_no_error_shows_the_token(url: str) -> None:
    with pytest.raises(ValueError, match="expected") as caught:
        open_space(url)
    found = caught.value
    assert SECRET not in str(found) + str(found.__cause__ or "")


def test_every_option_stands_in_the_docs() -> None:
    text = (Path(__file__).parents[3] / "docs" / "cli.md").read_text()
    assert [name for name in OPTIONS if f"`{name}`" not in text] == []
