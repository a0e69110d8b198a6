"""URLs of artifact stores."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from engine.artifacts import ArtifactError, open_artifacts
from engine.artifacts.s3_address import Address, address


def test_a_file_url_names_a_folder_which_is_made(tmp_path: Path) -> None:
    store = open_artifacts(f"file://{tmp_path}/with%20space/artifacts?fsync=no")
    store.put("a/b", b"1")
    assert (tmp_path / "with space/artifacts/a/b").read_bytes() == b"1"


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("s4://bucket", "unknown scheme 's4'; known: file:, s3:"),
        ("/some/path", "unknown scheme ''"),
        ("", "unknown scheme ''"),
        ("file://host/path", "expected file:///absolute/path"),
        ("file:relative", "expected file:///absolute/path"),
        ("file:///tmp/x?sync=no", "unknown option 'sync'; known: fsync"),
        ("file:///tmp/x?fsync=maybe", "fsync is 'maybe'; expected yes or no"),
        ("file://[x", "Invalid IPv6 URL"),
        ("s3://", "found bucket '', expected s3://BUCKET/PREFIX"),
        ("s3://Capital", "found bucket 'Capital'"),
        ("s3://ab", "a bucket of 3 to 63 small letters"),
        ("s3://bucket/a//b", "found prefix 'a//b', expected names apart by single slashes"),
        ("s3://bucket/../b", "found prefix '../b'"),
        ("s3://bucket/a%25", "expected printable characters other than '%'"),
        ("s3://bucket?endpont=x", "unknown option 'endpont'; known: endpoint, region, path_style, ca"),
        ("s3://bucket?endpoint=host:9000", "endpoint is 'host:9000'; expected http[s]://HOST[:PORT]"),
        ("s3://bucket?endpoint=http://host/path", "expected http[s]://HOST[:PORT]"),
        ("s3://bucket?endpoint=http://[x", "the endpoint is no URL"),
        ("s3://bucket?path_style=yes", "path_style is 'yes'; expected true or false"),
        ("s3://bucket?ca=/nowhere/ca.pem", "ca is '/nowhere/ca.pem'; expected the absolute path of a file"),
        ("s3://bucket?endpoint=http://h&region=!", "'!'"),
    ],
)
def test_other_urls_are_errors_that_say_what_was_expected(url: str, message: str) -> None:
    with pytest.raises(ArtifactError, match="artifact store") as caught:
        open_artifacts(url)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "s3://id:hunter2@bucket",
        "s3://bucket?endpoint=http://id:hunter2@host",
        "s4://id:hunter2@bucket",
        "s3://id:hunter2@[x",
    ],
)
def test_a_password_in_a_url_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(ArtifactError) as caught:
        open_artifacts(url)
    assert "hunter2" not in str(caught.value)


def test_an_s3_url_names_a_bucket_a_prefix_and_how_to_reach_the_server(tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    ca.touch()
    url = f"s3://bucket/a%20b/c/?endpoint=https://host:9000/&region=eu-1&ca={ca}"
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    assert address(parts, options) == Address("bucket", "a b/c/", "https://host:9000", "eu-1", True, ca)
    assert address(parts, {**options, "path_style": "false"}).path_style is False
    assert address(urlsplit("s3://bucket"), {}) == Address("bucket")
