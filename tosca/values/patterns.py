"""Regular expressions of templates, matched without going back.  TOSCA 1.1 § 3.5.2.1, ``pattern``.

Place in the flow: `tosca.values.constraints` compiles the pattern of a clause here.  Python's own engine goes back at
each way that leads nowhere, which for ``(a+)+$`` takes longer than anybody lives, and nothing else runs meanwhile: a
template of three lines would stop its manager.  Here all ways are gone at once, as Thompson's automata do.  Python
still reads each single character, class and anchor, and says what is no regular expression.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

MAX_STEPS = 5_000
_ESCAPE = re.compile(r"\\(?:x..|u.{4}|U.{8}|N\{[^}]*\}|0[0-7]{0,2}|[0-3][0-7]{2}|.)", re.DOTALL)
_REFERENCE = re.compile(r"\\(?:[4-9]|[1-9][0-9]?|[1-3][0-7]?)")
_CHARACTER = re.compile(".", re.DOTALL)
_CLASS = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
_COUNT = re.compile(r"\{(\d+)\}|\{(\d*),(\d*)\}")
_FLAGS = re.compile(r"\(\?([aiLmsux]*)(?:-([imsx]+))?([:)])")
_NAME = re.compile(r"\(\?P<\w+>")
_COMMENT = re.compile(r"\(\?#[^)]*\)")
_ZERO = frozenset((r"\b", r"\B", r"\A", r"\Z", r"\z"))
_SIMPLE = {"*": (0, None), "+": (1, None), "?": (0, 1)}

_Test = Callable[[str, int], object]  # of a text at a position


@dataclass(frozen=True, slots=True)
class _One:
    """One character that a test takes, or a place that it finds right."""

    test: _Test
    consumes: bool


@dataclass(frozen=True, slots=True)
class _Sequence:
    items: tuple[_Node, ...]


@dataclass(frozen=True, slots=True)
class _Choice:
    options: tuple[_Node, ...]


@dataclass(frozen=True, slots=True)
class _Repeat:
    item: _Node
    low: int
    high: int | None


_Node = _One | _Sequence | _Choice | _Repeat


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern.

    Raises:
        ValueError: it is no regular expression, or one that could take any time; the message says why.
    """

    text: str
    _program: _Program = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        try:
            re.compile(self.text)
            object.__setattr__(self, "_program", _program(_Reader(self.text).whole()))
        except (re.error, OverflowError, RecursionError) as error:
            raise ValueError(f"found {self.text!r}, expected a regular expression ({error})") from error

    def matches(self, text: str) -> bool:
        """Whether the pattern is the whole of a text."""
        return _places(self._program, text, 0, len(text))[0]


class _Reader:
    """Takes a regular expression apart, which Python has found to be one."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._flags = ""

    def whole(self) -> _Node:
        found = _FLAGS.match(self._text)
        if found is not None and found[3] == ")":
            self._at, self._flags = found.end(), self._known(found[1])
        return self._choice()

    def _known(self, flags: str) -> str:
        if set(flags) & {"x", "L"}:
            raise self._refused("flags other than a, i, m, s and u")
        return "".join(sorted(set(flags)))

    def _refused(self, what: str) -> ValueError:
        return ValueError(f"found {self._text!r}, expected a regular expression without {what}")

    def _choice(self) -> _Node:
        options = [self._sequence()]
        while self._next("|"):
            options.append(self._sequence())
        return _Choice(tuple(options))

    def _next(self, sign: str) -> bool:
        found = self._text.startswith(sign, self._at)
        self._at += len(sign) if found else 0
        return found

    def _sequence(self) -> _Node:
        items: list[_Node] = []
        while self._skip_comments() and self._text[self._at] not in "|)":
            items.append(self._repeated(self._item()))
        return _Sequence(tuple(items))

    def _skip_comments(self) -> bool:
        """Go on to what is no comment; False at the end."""
        while (comment := _COMMENT.match(self._text, self._at)) is not None:
            self._at = comment.end()
        return self._at < len(self._text)

    def _repeated(self, item: _Node) -> _Node:
        self._skip_comments()
        sign = self._text[self._at : self._at + 1]
        count = _COUNT.match(self._text, self._at)
        if sign and sign in _SIMPLE:
            self._at += 1
            low, high = _SIMPLE[sign]
        elif count is not None:
            self._at = count.end()
            low, high = _bounds(count)
        else:
            return item
        if self._next("+"):
            raise self._refused("possessive quantifiers")
        self._next("?")  # as few as may be: for the whole of a text it is all one
        return _Repeat(item, low, high)

    def _item(self) -> _Node:
        sign = self._text[self._at]
        if sign == "(":
            return self._group()
        found = {"\\": _ESCAPE, "[": _CLASS}.get(sign, _CHARACTER).match(self._text, self._at)
        piece = found[0] if found is not None else sign
        if _REFERENCE.fullmatch(piece):
            raise self._refused("references to groups")
        self._at += len(piece)
        if sign not in "\\[.^$":
            piece = re.escape(piece)
        consumes = sign not in "^$" and piece not in _ZERO
        return _One(re.compile(f"(?{self._flags}:{piece})" if self._flags else piece).match, consumes)

    def _group(self) -> _Node:
        for sign, make in _AROUND.items():
            if self._next(sign):
                return _One(make(self._closed()), consumes=False)
        flags, before = _FLAGS.match(self._text, self._at), self._flags
        name = _NAME.match(self._text, self._at)
        if flags is not None:
            self._at = flags.end()
            self._flags = self._known("".join(set(before + flags[1]) - set(flags[2] or "")))
        elif name is not None:
            self._at = name.end()
        elif self._text.startswith("(?", self._at):
            raise self._refused("references to groups, conditions and atomic groups")
        else:
            self._at += 1
        inner = self._closed()
        self._flags = before
        return inner

    def _closed(self) -> _Node:
        inner = self._choice()
        self._at += 1  # the bracket
        return inner


def _bounds(count: re.Match[str]) -> tuple[int, int | None]:
    if count[1] is not None:
        return int(count[1]), int(count[1])
    return int(count[2] or 0), int(count[3]) if count[3] else None


# A program is a list of steps: what takes a character, or tests a place, and goes on to the next; or where to go on.
_Step = _One | tuple[int, ...]
_Program = list[_Step]


def _program(node: _Node) -> _Program:
    program: _Program = []
    _emit(node, program)
    return program


def _emit(node: _Node, program: _Program) -> None:
    if len(program) > MAX_STEPS:
        raise OverflowError(f"it comes to more than {MAX_STEPS} steps")
    if isinstance(node, _One):
        program.append(node)
    elif isinstance(node, _Sequence):
        for item in node.items:
            _emit(item, program)
    elif isinstance(node, _Choice):
        _emit_choice(node, program)
    else:
        _emit_repeat(node, program)


def _emit_choice(node: _Choice, program: _Program) -> None:
    fork, starts, ends = len(program), [], []
    program.append(())
    for option in node.options:
        starts.append(len(program))
        _emit(option, program)
        ends.append(len(program))
        program.append(())
    program[fork] = tuple(starts)
    for end in ends:
        program[end] = (len(program),)


def _emit_repeat(node: _Repeat, program: _Program) -> None:
    for _ in range(node.low):
        _emit(node.item, program)
    forks = []
    for _ in range(1 if node.high is None else node.high - node.low):
        forks.append(len(program))
        program.append(())
        _emit(node.item, program)
    if node.high is None:
        program.append((forks[0],))
    for fork in forks:
        program[fork] = (fork + 1, len(program))


def _ahead(node: _Node, *, wanted: bool) -> _Test:
    """A test whether something follows; all places of a text are found at once, so that many questions cost no more."""
    program = _program(node)
    last: tuple[str, list[bool]] = ("", _places(program, "", 0, 0, anywhere=True))

    def test(text: str, position: int) -> bool:
        nonlocal last
        known, places = last  # at once: several threads may ask
        if known != text:
            places = _places(program, text, 0, len(text), anywhere=True)
            last = (text, places)
        return places[position] is wanted

    return test


def _behind(node: _Node, *, wanted: bool) -> _Test:
    """A test whether something precedes, which always is of one length."""
    program, width = _program(node), _width(node)

    def test(text: str, position: int) -> bool:
        start = position - width
        return (start >= 0 and _places(program, text, start, position)[0]) is wanted

    return test


def _width(node: _Node) -> int:
    if isinstance(node, _One):
        return int(node.consumes)
    if isinstance(node, _Sequence):
        return sum(map(_width, node.items))
    if isinstance(node, _Choice):
        return _width(node.options[0])
    return node.low * _width(node.item)


_AROUND: dict[str, Callable[[_Node], _Test]] = {
    "(?=": partial(_ahead, wanted=True),
    "(?!": partial(_ahead, wanted=False),
    "(?<=": partial(_behind, wanted=True),
    "(?<!": partial(_behind, wanted=False),
}


def _places(program: _Program, text: str, start: int, stop: int, *, anywhere: bool = False) -> list[bool]:
    """At which places between two the program can begin, so that it ends at the last one, or anywhere."""
    end, before = len(program), _before(program)
    found: list[bool] = []
    following: set[int] = set()  # steps from which the end can be reached from the next place on
    for position in range(stop, start - 1, -1):
        here = {way - 1 for way in following if _takes(program, way - 1, text, position)}
        if anywhere or position == stop:
            here.add(end)
        _spread(here, program, before, text, position)
        found.append(0 in here)
        following = here
    return found[::-1]


def _takes(program: _Program, at: int, text: str, position: int) -> bool:
    step = program[at] if at >= 0 else None
    return isinstance(step, _One) and step.consumes and bool(step.test(text, position))


def _spread(here: set[int], program: _Program, before: list[list[int]], text: str, position: int) -> None:
    """Add the steps that lead to these without taking a character."""
    stack = list(here)
    while stack:
        for way in before[stack.pop()]:
            step = program[way]
            if way not in here and (not isinstance(step, _One) or step.test(text, position)):
                here.add(way)
                stack.append(way)


def _before(program: _Program) -> list[list[int]]:
    """For each step, and the end, those that lead to it without taking a character."""
    before: list[list[int]] = [[] for _ in range(len(program) + 1)]
    for at, step in enumerate(program):
        leads = step if isinstance(step, tuple) else () if step.consumes else (at + 1,)
        for way in leads:
            before[way].append(at)
    return before
