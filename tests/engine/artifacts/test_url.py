"""URLs of artifact stores."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.artifacts import ArtifactError, open_artifacts


def test_a_file_url_names_a_folder_which_is_made(tmp_path: Path) -> None:
    store = open_artifacts(f"file://{tmp_path}/with%20space/artifacts?fsync=no")
    store.put("a/b", b"1")
    assert (tmp_path / "with space/artifacts/a/b").read_bytes() == b"1"


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("s4://bucket", "unknown scheme 's4'; known: file:"),
        ("/some/path", "unknown scheme ''"),
        ("", "unknown scheme ''"),
        ("file://host/path", "expected file:///absolute/path"),
        ("file:relative", "expected file:///absolute/path"),
        ("file:///tmp/x?sync=no", "unknown option 'sync'; known: fsync"),
        ("file:///tmp/x?fsync=maybe", "fsync is 'maybe'; expected yes or no"),
        ("file://[x", "Invalid IPv6 URL"),
    ],
)
def test_other_urls_are_errors_that_say_what_was_expected(url: str, message: str) -> None:
    with pytest.raises(ArtifactError, match="artifact store") as caught:
        open_artifacts(url)
    assert message in str(caught.value)
