"""The parsers of other projects: how each is installed, asked about a template, and what its answer means.

Place in the flow: `benchmarks.conformance` runs them over the same list of files as our own parser.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path

from benchmarks.orchestrators import Opera, Unfurl, pip

HUNG, CRASHED, REFUSED, ACCEPTED, UNREAD = "hung", "crashed", "refused", "accepted", "not read"
_RAISED = re.compile(r"^Traceback \(most recent call last\):\n(?:[ \t].*\n|\n)*(?P<name>[\w.]+)", re.MULTILINE)
_OF_YAML = ("yaml.", "ruamel.yaml.")  # which say what is wrong with the text, and where
# What the interpreter says to a mistake in a program is no message to the user, whoever prints it.
_MISTAKE = re.compile(
    r"object has no attribute '|object is not (?:iterable|subscriptable|callable)|unhashable type: |has no len\(\)"
    r"|indices must be |argument of type '|not supported between instances|does not support item|unexpected keyword"
    r"|takes \d+ positional|maximum recursion depth|^panic: |^fatal error: |goroutine \d+",
    re.MULTILINE,
)


class Peer(ABC):
    """A parser that tells by its exit code whether it takes a file."""

    name: str
    own: tuple[str, ...] = ()  # beginnings of the names of its exceptions, which carry a message to the user
    unread: re.Pattern[str]  # what it says of a version of the standard that it does not know

    def __init__(self, folder: Path) -> None:
        self.folder = folder  # of the environments

    @abstractmethod
    def install(self) -> None:
        """Make it ready."""

    @abstractmethod
    def command(self, file: Path) -> list[str]:
        """The command that only validates."""

    def program(self, name: str) -> str:
        return str(self.folder / self.name / "bin" / name)

    def outcome(self, file: Path, limit: float) -> tuple[str, str]:
        """What becomes of a file, and what was said."""
        with tempfile.TemporaryDirectory() as home:
            environment = {**os.environ, "HOME": home}
            command = self.command(file.absolute())
            try:
                done = subprocess.run(
                    command, capture_output=True, text=True, timeout=limit, check=False, cwd=home, env=environment
                )
            except subprocess.TimeoutExpired:
                return HUNG, ""
        said = f"{done.stdout}\n{done.stderr}\n"
        return self.meaning(done.returncode, said), said[-2000:]

    def meaning(self, code: int, said: str) -> str:
        """What an exit code means, with what was printed."""
        if code == 0:
            return ACCEPTED
        if self.unread.search(said):
            return UNREAD
        raised = [found["name"] for found in _RAISED.finditer(said)]
        told = not raised or raised[-1].startswith((*self.own, *_OF_YAML))
        return REFUSED if told and code > 0 and not _MISTAKE.search(said) else CRASHED


class ToscaParser(Peer):
    """tosca-parser 2.15.0, of OpenStack."""

    name = "tosca-parser"
    own = ("toscaparser.common.exception.",)
    unread = re.compile(r"template version .* is invalid|InvalidTemplateVersion")

    def install(self) -> None:
        pip(self.folder / self.name, "tosca-parser==2.15.0")

    def command(self, file: Path) -> list[str]:
        return [self.program("tosca-parser"), "--template-file", str(file)]


class OperaParser(Peer):
    """opera 0.7.0 with its parser, opera-tosca-parser 0.2.2."""

    name = "opera"
    own = ("opera_tosca_parser.error.", "opera.error.")
    unread = re.compile(r"Unsupported TOSCA version")

    def install(self) -> None:
        Opera(self.folder, 0).install()

    def command(self, file: Path) -> list[str]:
        return [self.program("opera"), "validate", str(file)]


class UnfurlParser(Peer):
    """unfurl 1.2.0 with its parser, which began as tosca-parser."""

    name = "unfurl"
    own = ("unfurl.util.", "toscaparser.common.exception.")
    unread = re.compile(r"template version .* is invalid|InvalidTemplateVersion")

    def install(self) -> None:
        Unfurl(self.folder, 0).install()

    def command(self, file: Path) -> list[str]:
        return [self.program("unfurl"), "--home", "", "validate", str(file)]


class Puccini(Peer):
    """puccini 0.21.0: a shared library, whose wheel brings no command; inputs without values are no mistake here."""

    name = "puccini"
    unread = re.compile(r"unsupported.*tosca_definitions_version|tosca_definitions_version.*unsupported")
    CALL = """
import sys
from puccini.tosca import Problems, compile
try:
    compile(sys.argv[1], resolve=False, coerce=True)
except Problems as found:
    left = [item for item in found.problems if item["message"] != "unassigned required input definition"]
    print(*(f"{item['row']}:{item['column']}: {item['item']}: {item['message']}" for item in left), sep="\\n")
    sys.exit(bool(left))
except Exception as error:
    sys.exit(f"error: {error}")
"""

    def install(self) -> None:
        pip(self.folder / self.name, "puccini==0.21.0")

    def command(self, file: Path) -> list[str]:
        return [self.program("python"), "-c", self.CALL, str(file)]


PEERS: dict[str, type[Peer]] = {peer.name: peer for peer in (ToscaParser, OperaParser, UnfurlParser, Puccini)}


def installed(names: Sequence[str], folder: Path) -> list[Peer]:
    """The parsers of these names, ready."""
    folder.mkdir(parents=True, exist_ok=True)
    peers = [PEERS[name](folder) for name in names]
    for peer in peers:
        peer.install()
    return peers
