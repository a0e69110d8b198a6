"""A document → the same with something wrong in its text.

Place in the flow of a run: case → **text** or `benchmarks.fuzz.structure` → `benchmarks.fuzz.judge`.  A mutation takes
the random numbers, the text and the text of another document, and returns a text.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from benchmarks.fuzz.specials import PIECES

Mutation = Callable[[random.Random, str, str], str]
LONGEST = 1_500_000  # characters of a text that is made longer
_USES = ("*a ", "*a ", "{ <<: *a } ", "[ *a, *a ] ", "{ <<: [ *a, *a ], x: *a }")
_TOKEN = re.compile(r"[\w.:/-]+|\s+|[^\w\s]")


def _span(draw: random.Random, text: str, most: int = 40) -> tuple[int, int]:
    start = draw.randrange(len(text) + 1)
    return start, min(len(text), start + draw.randint(1, most))


def delete(draw: random.Random, text: str, _: str) -> str:
    start, end = _span(draw, text)
    return text[:start] + text[end:]


def double(draw: random.Random, text: str, _: str) -> str:
    start, end = _span(draw, text, 200)
    return text[:end] + text[start:end] * draw.choice((1, 1, 1, 2, 50)) + text[end:]


def swap(draw: random.Random, text: str, _: str) -> str:
    a, b, c, d = sorted((*_span(draw, text), *_span(draw, text)))
    return text[:a] + text[c:d] + text[b:c] + text[a:b] + text[d:]


def cut_off(draw: random.Random, text: str, _: str) -> str:
    return text[: draw.randrange(len(text) + 1)]


def _lines(draw: random.Random, text: str) -> tuple[list[str], int, int]:
    lines = text.splitlines(keepends=True) or [""]
    start = draw.randrange(len(lines))
    return lines, start, min(len(lines), start + draw.choice((1, 1, 1, 2, 3, 8)))


def move_lines(draw: random.Random, text: str, _: str) -> str:
    lines, start, end = _lines(draw, text)
    moved = lines[start:end]
    del lines[start:end]
    at = draw.randrange(len(lines) + 1)
    return "".join((*lines[:at], *moved, *lines[at:]))


def repeat_lines(draw: random.Random, text: str, _: str) -> str:
    lines, start, end = _lines(draw, text)
    at = draw.randrange(len(lines) + 1)
    return "".join((*lines[:at], *lines[start:end], *lines[at:]))


def delete_lines(draw: random.Random, text: str, _: str) -> str:
    lines, start, end = _lines(draw, text)
    return "".join((*lines[:start], *lines[end:]))


def indent(draw: random.Random, text: str, _: str) -> str:
    lines, start, end = _lines(draw, text)
    by = draw.choice((-4, -2, -1, 1, 2, 4))
    changed = [_indented(line, by) for line in lines[start:end]]
    return "".join((*lines[:start], *changed, *lines[end:]))


def _indented(line: str, by: int) -> str:
    blanks = len(line) - len(line.lstrip(" "))
    return " " * max(0, blanks + by) + line[blanks:]


def foreign_lines(draw: random.Random, text: str, other: str) -> str:
    theirs, first, last = _lines(draw, other)
    lines, start, _ = _lines(draw, text)
    return "".join((*lines[:start], *theirs[first:last], *lines[start:]))


def token(draw: random.Random, text: str, other: str) -> str:
    """Put a token of this document or another in the place of one."""
    places = list(_TOKEN.finditer(text))
    source: list[str] = _TOKEN.findall(draw.choice((text, other)))
    if not places or not source:
        return text
    place = draw.choice(places)
    return text[: place.start()] + draw.choice(source) + text[place.end() :]


def special(draw: random.Random, text: str, _: str) -> str:
    """Put something odd before or in the place of a token."""
    places = list(_TOKEN.finditer(text))
    if not places:
        return draw.choice(PIECES)
    place = draw.choice(places)
    return text[: place.start()] + draw.choice(PIECES) + text[draw.choice((place.start(), place.end())) :]


def alias(draw: random.Random, text: str, _: str) -> str:
    """Let one value stand in the place of others, or be merged into them."""
    values = list(re.finditer(r": +(?=[\[{\w'\"])", text))
    if len(values) < 2:
        return text
    anchor, *uses = sorted(draw.sample(values, min(len(values), draw.choice((2, 2, 3, 6)))), key=re.Match.start)
    for use in reversed(uses):
        end = re.compile(r"[,\n}\]]").search(text, use.end())
        rest = text[end.start() :] if end else ""
        text = text[: use.end()] + draw.choice(_USES) + rest
    return text[: anchor.end()] + "&a " + text[anchor.end() :]


def aliases_of_aliases(draw: random.Random, text: str, _: str) -> str:
    """Let a value grow: each of the maps or lists holds the one before several times."""
    at = draw.choice([0, *(found.end() for found in re.finditer(r"\n", text))])
    depth, wide = draw.choice(((3, 3), (8, 8), (30, 2), (90, 1)))
    levels = [f"z0: &z0 {draw.choice(('x', '{ a: b }', '[ a ]'))}"]
    for level in range(1, depth):
        items = ", ".join([f"*z{level - 1}"] * wide)
        levels.append(f"z{level}: &z{level} [ {items} ]")
    return text[:at] + "\n".join(levels) + "\n" + text[at:]


# How often each is drawn.
MUTATIONS: dict[Mutation, int] = {
    delete: 1,
    double: 1,
    swap: 1,
    cut_off: 1,
    move_lines: 1,
    repeat_lines: 1,
    delete_lines: 1,
    indent: 1,
    foreign_lines: 1,
    token: 3,
    special: 4,
    alias: 2,
    aliases_of_aliases: 1,
}


def bytes_changed(draw: random.Random, data: bytes) -> bytes:
    """Put other bytes in the place of a few."""
    changed = bytearray(data)
    for _ in range(draw.randint(1, 4) if changed else 0):
        changed[draw.randrange(len(changed))] = draw.randrange(256)
    return bytes(changed)


def mutated(draw: random.Random, data: bytes, other: bytes) -> bytes:
    """Change a document; it need not be text any more."""
    if draw.random() < 0.05:
        return bytes_changed(draw, data)
    text, foreign = data.decode(errors="replace"), other.decode(errors="replace")
    for _ in range(draw.choice((1, 1, 1, 2, 3))):
        if len(text) < LONGEST:
            (mutation,) = draw.choices(list(MUTATIONS), list(MUTATIONS.values()))
            text = mutation(draw, text, foreign)
    encoding = "utf-8" if draw.random() < 0.99 else draw.choice(("utf-16", "utf-16-le", "utf-8-sig", "latin-1"))
    return text.encode(encoding, errors="replace")
