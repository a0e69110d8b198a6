"""What the documentation tells to do is done, as it stands."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.docs.pages import blocks, reader
from tests.docs.reference import pages

DOCS = Path(__file__).parents[2] / "docs"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@pytest.mark.parametrize("name", ["tutorial", "own-types", "debugging", "consul"])
def test_a_page_does_what_it_says(name: str, tmp_path: Path) -> None:
    with reader(tmp_path, free_port()) as somebody:
        for block in blocks(DOCS / f"{name}.md"):
            somebody.do(block)


@pytest.mark.parametrize("name", list(pages()))
def test_a_page_that_is_made_of_the_code_is_that_of_this_code(name: str) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == pages()[name], "python -m tests.docs.reference makes it anew"
