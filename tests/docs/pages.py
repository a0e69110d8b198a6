"""Pages of the documentation that are run: what a block of them is, told by what stands behind its fence.

| block | what it is |
|---|---|
| ``yaml PATH``, ``sh PATH``, ``python PATH`` | a file, written where the page is run; a path has a dot |
| ``sh`` | commands, which must succeed |
| ``sh fails`` | the same, of which the last must fail |
| ``sh background`` | a program that runs to the end of the page; awaited is the manager, or a URL that stands behind |
| ``text`` | what the commands ahead of it print, ``…`` standing for anything |
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(r"^```(\w+)(?: ([^\n]+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PATIENCE = 120.0  # seconds for one block
SERVER = "DITRIT_SERVER"


@dataclass(frozen=True)
class Block:
    """A block and the line on which it begins."""

    language: str
    about: str
    text: str
    line: int


def blocks(page: Path) -> Iterator[Block]:
    """The blocks of a page that are run, in their order; those of other languages are for reading only."""
    text = page.read_text(encoding="utf-8")
    for found in _BLOCK.finditer(text):
        language, about, content = found.groups()
        if language in ("sh", "yaml", "python", "text"):
            yield Block(language, about or "", content, text.count("\n", 0, found.start()) + 1)


class Reader:
    """Somebody who does what a page says, in a folder, with a manager on a port of its own."""

    def __init__(self, folder: Path, port: int) -> None:
        self._folder = folder
        self._background: list[subprocess.Popen[bytes]] = []
        self._printed = ""
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        kept = {name: value for name, value in os.environ.items() if not name.startswith("DITRIT_")}
        self._environment: Mapping[str, str] = {
            **kept,
            "PATH": path,
            "HOME": str(folder),
            SERVER: f"http://127.0.0.1:{port}",
            "DITRIT_BIND": f"127.0.0.1:{port}",
            "DITRIT_STATE": str(folder / ".state"),
            "DITRIT_JOURNAL": str(folder / ".execs"),
        }

    def do(self, block: Block) -> None:
        """Do what a block says."""
        if block.language == "text":
            self._compare(block)
        elif block.about.startswith("background"):
            self._start(block, block.about.removeprefix("background").strip())
        elif "." in block.about:
            file = self._folder / block.about
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.text, encoding="utf-8")
        elif block.language == "sh":
            self._run(block)

    def _run(self, block: Block) -> None:
        ended = subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", block.text],
            cwd=self._folder,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        self._printed = ended.stdout
        assert (ended.returncode != 0) == (block.about == "fails"), f"line {block.line}: {ended.stdout}"

    def _compare(self, block: Block) -> None:
        for line in block.text.splitlines():
            wanted = ".*".join(map(re.escape, line.split("…")))
            found = re.search(f"^{wanted}", self._printed, re.MULTILINE)
            assert found, f"line {block.line}: found\n{self._printed}expected {line!r}"

    def _start(self, block: Block, url: str) -> None:
        with (self._folder / ".log").open("ab") as log:
            command = ["bash", "-c", f"exec env {block.text.strip()}"]
            self._background.append(
                subprocess.Popen(command, cwd=self._folder, env=self._environment, stdout=log, stderr=log)
            )
        ready = f'until curl -sf "{url or f"${SERVER}/ready"}" > /dev/null; do sleep 0.1; done'
        subprocess.run(["bash", "-c", ready], env=self._environment, timeout=PATIENCE, check=True)

    def end(self) -> None:
        """Stop what runs in the background."""
        for process in self._background:
            process.send_signal(signal.SIGINT)
        deadline = time.monotonic() + 30
        for process in self._background:
            process.wait(max(0.1, deadline - time.monotonic()))


@contextmanager
def reader(folder: Path, port: int) -> Iterator[Reader]:
    """A reader in a folder; whatever was started for the page ends."""
    found = Reader(folder, port)
    try:
        yield found
    finally:
        found.end()
