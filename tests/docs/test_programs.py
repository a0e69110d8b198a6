"""A client that a common generator makes of the API's document deploys the example, and its types hold."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.docs.pages import blocks, reader
from tests.docs.test_pages import DOCS, free_port

EXAMPLE = DOCS.parent / "example"


def test_a_generated_client_deploys_the_example(tmp_path: Path) -> None:
    (tmp_path / "example").symlink_to(EXAMPLE)
    with reader(tmp_path, free_port()) as somebody:
        for block in blocks(DOCS / "programs.md"):
            somebody.do(block)
    command = [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", "--config-file=", "deploy.py"]
    checked = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
