"""YAML with places: what is read, what is refused, and how fast what is refused is refused."""

from __future__ import annotations

import time

import pytest

from tosca.nodes import List, Map, Scalar
from tosca.problems import Problems
from tosca.yaml import load


def codes(text: str | bytes) -> list[str]:
    problems = Problems()
    load(text.encode() if isinstance(text, str) else text, "a.yaml", problems)
    return [problem.code for problem in problems]


def root(text: str) -> Map:
    problems = Problems()
    document = load(text.encode(), "a.yaml", problems)
    assert document is not None, [str(problem) for problem in problems]
    assert isinstance(document.root, Map)
    return document.root


def test_nodes_know_their_line_and_column() -> None:
    found = root("a: 1\nb:\n  - x\n  - { c: y }\n")
    b = found.entries["b"]
    assert isinstance(b, List)
    inner = b.items[1]
    assert isinstance(inner, Map)
    c = inner.entries["c"]

    assert (b.line, b.column, inner.line, inner.column, c.line, c.column) == (3, 3, 4, 5, 4, 10)
    assert (found.marks["b"].line, found.marks["b"].column) == (1, 0)


def test_a_document_finds_the_path_of_a_node() -> None:
    document = load(b"a:\n  b: [ { c: d } ]\n", "a.yaml", Problems())
    assert document is not None
    assert isinstance(document.root, Map)
    a = document.root.entries["a"]
    assert isinstance(a, Map)
    b = a.entries["b"]
    assert isinstance(b, List)

    place = document.locate(b.items[0], "c")
    assert place is not None
    assert (place.path, place.line, place.column) == ("a.b[0].c", 2, 10)
    assert document.locate(Scalar("x", True, 1, 1), None) is None


def test_merge_keys_take_one_map_or_several_and_own_keys_win() -> None:
    found = root("x: &x { a: 1, b: 1 }\ny: &y { a: 2, c: 2 }\nz: { <<: [ *x, *y ], b: 3 }\n").entries["z"]
    assert isinstance(found, Map)

    assert {key: node.text for key, node in found.entries.items() if isinstance(node, Scalar)} == {
        "a": "1",
        "b": "3",
        "c": "2",
    }


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: *b\n", "yaml-syntax"),
        ("a: 1\na: 2\n", "yaml-duplicate-key"),
        ("x: { a: { b: 1, b: 2 } }\n", "yaml-duplicate-key"),
        ("a: &k x\n*k : 1\n", "yaml-key"),
        ("? { a: b }\n: 1\n", "yaml-key"),
        ("<<: 1\n", "yaml-key"),
        ("<<: [ 1 ]\n", "yaml-key"),
        ("a: !!python/object/apply:os.system [ id ]\n", "yaml-tag"),
        ("a: !x { b: c }\n", "yaml-tag"),
        ("", "yaml-empty"),
        ("# nothing\n", "yaml-empty"),
        ("--- a\n--- b\n", "yaml-empty"),
        ("[" * 1000, "yaml-limit"),
        ("a: 'x\n", "yaml-syntax"),
        ("a: \tb\n\t- c\n", "yaml-syntax"),
        ("a: b: c\n", "yaml-syntax"),
        (b"\xff\xfe\x00", "yaml-syntax"),
        (b"a: \xc3\x28\n", "yaml-syntax"),
        ("a: \x07\n", "yaml-syntax"),
    ],
)
def test_what_is_broken_is_refused_with_its_code(text: str | bytes, code: str) -> None:
    assert codes(text) == [code]


def test_tags_of_the_standard_are_read() -> None:
    assert codes("a: !!str 1\nb: !!int 2\nc: !!map { d: !!seq [ ! x ] }\n") == []


def test_an_alias_bomb_is_refused_at_once() -> None:
    lines = ["a0: &a0 [ x, x, x, x, x, x, x, x, x, x ]"]
    lines += [f"a{i}: &a{i} [ {', '.join([f'*a{i - 1}'] * 10)} ]" for i in range(1, 12)]
    start = time.process_time()

    assert codes("\n".join(lines)) == ["yaml-limit"]
    assert time.process_time() - start < 1


def test_aliases_that_nest_deeper_than_the_text_are_refused() -> None:
    lines = ["a0: &a0 [ x ]", *(f"a{i}: &a{i} [ *a{i - 1} ]" for i in range(1, 200))]

    assert codes("\n".join(lines[:99])) == []
    assert codes("\n".join(lines)) == ["yaml-limit"]


def test_a_bomb_of_merge_keys_is_refused_or_stays_small() -> None:
    lines = ["a0: &a0 { " + ", ".join(f"k{i}: 1" for i in range(200)) + " }"]
    lines += [f"a{i}: &a{i} {{ <<: [ {', '.join([f'*a{i - 1}'] * 50)} ] }}" for i in range(1, 30)]
    start = time.process_time()

    assert codes("\n".join(lines)) in ([], ["yaml-limit"])
    assert time.process_time() - start < 3


@pytest.mark.parametrize(
    ("data", "place", "says"),
    [
        (b"a: 1\nb: caf\xe9\nc: 2\n", (2, 7), "found byte 0xe9"),
        (b"a: 1\n\nb: x\x00y\n", (3, 5), "found character 0x0"),
        (b"a: \x1b[2J\n", (1, 4), "found character 0x1b"),
    ],
)
def test_what_is_no_text_is_told_with_its_place(data: bytes, place: tuple[int, int], says: str) -> None:
    problems = Problems()
    assert load(data, "main.yaml", problems) is None
    (problem,) = problems
    assert (problem.line, problem.column) == place
    assert problem.message.startswith(says)
    assert "expected UTF-8 text" in problem.message


def test_utf_16_and_a_byte_order_mark_are_read() -> None:
    assert codes("a: é\n".encode("utf-16")) == []
    assert codes("\ufeffa: é\n") == []
