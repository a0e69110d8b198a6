"""What is wrong with a document, collected while it is parsed.

Place in the flow: every phase of the parser reports here; `tosca.parser` stops between phases when there are errors.
A `Problems` object is passed along, never global.  A place is found only when something is reported: the YAML nodes
carry line and column, and the document that holds the node knows its TOSCA path.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Protocol

from tosca.codes import CODES, Severity
from tosca.doubts import HARMLESS, PARTS, TYPES, around

MAX_PROPOSALS = 100
MAX_NAMES = 20
MAX_NAME = 300  # characters of a name that is compared with others
MAX_TEXT = 1500  # characters of a message or path: a document may hold a name of megabytes


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing found in one place; line and column count from 1, and are 0 where there is no such place."""

    severity: Severity
    code: str
    file: str
    line: int
    column: int
    path: str
    message: str

    def to_dict(self) -> dict[str, str | int]:
        return asdict(self)

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        where = f" at {self.path}" if self.path else ""
        return f"{place}: {self.severity} {self.code}{where}: {self.message}"


@dataclass(frozen=True, slots=True)
class Location:
    """Where something stands."""

    file: str
    line: int = 0
    column: int = 0
    path: str = ""


class Source(Protocol):
    """A file that can tell where one of its nodes, or the key of one of its maps, stands."""

    def locate(self, node: object, key: str | None) -> Location | None: ...

    def find(self, path: Sequence[str]) -> tuple[int, Location]: ...


class Problems:
    """The problems of one parse, in the order in which they were found; the same thing in the same place once."""

    def __init__(self) -> None:
        self._found: dict[Problem, None] = {}
        self._sources: list[Source] = []
        self._users: list[object] = []  # nodes of the document, of which the last one is being read
        self._errors = 0
        self._losses = 0
        self._proposals = 0
        self._doubts: dict[tuple[str, str], frozenset[str]] = {}
        self._doubted_everywhere: frozenset[str] = frozenset()

    def __iter__(self) -> Iterator[Problem]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(problem for problem in self._found if problem.severity == "error")

    @property
    def warnings(self) -> tuple[Problem, ...]:
        return tuple(problem for problem in self._found if problem.severity == "warning")

    @property
    def fatal(self) -> bool:
        """Whether there is an error."""
        return self._errors > 0

    @property
    def losses(self) -> int:
        """How often an error was found that something is lost by, told or not."""
        return self._losses

    def doubt(self, node: object, codes: frozenset[str] = PARTS, *, outer: bool = False) -> None:
        """Tell no more of these codes in a map, or in the one that a node stands in: they may follow from an error."""
        place = self._place(node, None) or Location("")
        key = (place.file, around(place.path)[1] if outer and place.path else place.path)
        if place.file:
            self._doubts[key] = self._doubts.get(key, frozenset()) | codes

    def doubt_names(self, codes: frozenset[str] = TYPES) -> None:
        """Tell no more of names that lead nowhere: what they name may stand where nothing could be read."""
        self._doubted_everywhere |= codes

    @property
    def names_are_doubted(self) -> bool:
        """Whether types may stand where nothing could be read."""
        return self._doubted_everywhere >= TYPES

    def add_source(self, source: Source) -> None:
        """Let the places of this file's nodes be told."""
        self._sources.append(source)

    def place(self, path: Sequence[str]) -> Location:
        """Where a TOSCA path, or as much of it as is written anywhere, leads to."""
        found = [source.find(path) for source in self._sources] if path else []
        return max(found, key=lambda one: one[0], default=(0, Location("")))[1]  # of equal ones the first

    @contextmanager
    def told_at(self, node: object) -> Iterator[None]:
        """Tell at this node what is wrong with one that stands in no file of the document, as normative types do."""
        self._users.append(node)
        try:
            yield
        finally:
            self._users.pop()

    def report(self, code: str, message: str, node: object = None, key: str | None = None) -> None:
        """Report what was found at a YAML node, or at one of the keys of a map."""
        self.report_at(self._locate(node, key), code, message)

    def report_at(self, location: Location, code: str, message: str) -> None:
        """Report what was found in a place that is known already."""
        lost = CODES[code].severity == "error" and code not in HARMLESS
        self._losses += lost  # though it is not told, it may have consequences
        if self._is_doubted(code, location):
            return
        where = (location.file, location.line, location.column, _shortened(location.path))
        problem = Problem(CODES[code].severity, code, *where, _shortened(message))
        if problem not in self._found:
            self._found[problem] = None
            self._errors += problem.severity == "error"

    def _is_doubted(self, code: str, location: Location) -> bool:
        if code in self._doubted_everywhere:
            return True
        return any(code in self._doubts.get((location.file, path), ()) for path in around(location.path))

    def extend(self, problems: Iterable[Problem]) -> None:
        """Take over problems that were found earlier in the flow."""
        for problem in problems:
            self._found[problem] = None
            self._errors += problem.severity == "error"

    def near(self, name: str, known: Collection[str]) -> str:
        """Return the tail of a message that proposes the nearest known name, or nothing."""
        # Comparing names is slow; whoever has made so many mistakes has another problem than spelling.
        self._proposals += 1
        return did_you_mean(name, known) if self._proposals <= MAX_PROPOSALS else ""

    def _locate(self, node: object, key: str | None) -> Location:
        places = (self._place(user, None) for user in reversed(self._users))
        return self._place(node, key) or next((place for place in places if place), Location(""))

    def _place(self, node: object, key: str | None) -> Location | None:
        places = (source.locate(node, key) for source in self._sources)
        return next((place for place in places if place), None)


def _shortened(text: str) -> str:
    """Keep both ends: what was found stands at one, what was expected at the other."""
    return text if len(text) <= MAX_TEXT else f"{text[: MAX_TEXT * 2 // 3]}…{text[-MAX_TEXT // 3 :]}"


def misspelled(name: str, others: Collection[str]) -> bool:
    """Tell whether one of the names that nobody knows stands for this one, which then is not missing."""
    near = [other for other in others if len(other) <= MAX_NAME]
    return bool(near) and bool(difflib.get_close_matches(name, sorted(near)[:MAX_NAMES], 1))


def one_of(names: Collection[str]) -> str:
    """Return the names that are expected, as far as a message can hold them."""
    shown = islice(names, MAX_NAMES)
    more = f" and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else ""
    return f"one of {', '.join(shown)}{more}"


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return the tail of a message that proposes the nearest known name, or nothing."""
    if len(name) > MAX_NAME:
        return ""
    # Comparing with every one of thousands of names for each mistake would make a bad document a slow one.
    candidates = [other for other in known if abs(len(other) - len(name)) <= max(2, len(name) // 2)][:3000]
    near = difflib.get_close_matches(name, candidates, n=1, cutoff=0.6) or _same_tail(name, candidates)
    return f"; did you mean {near[0]!r}?" if near else ""


def _same_tail(name: str, known: list[str]) -> list[str]:
    tail = name.rpartition(".")[2].casefold()
    return [other for other in known if other.rpartition(".")[2].casefold() == tail][:1]
