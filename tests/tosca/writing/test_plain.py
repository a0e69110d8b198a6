"""Data that is written as YAML is read back as the same data."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tosca.nodes import Map, Scalar
from tosca.problems import Problems
from tosca.values.constraints import structure
from tosca.writing.plain import Plain, data, written
from tosca.yaml import load

TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=30)
NAMES = TEXT.filter(lambda text: text != "<<")  # the merge key, quoted or not
LEAVES = st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.floats(-1e15, 1e15) | TEXT
DATA = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4))


def read(text: str) -> Map:
    problems = Problems()
    document = load(text.encode(), "main.yaml", problems)
    assert document is not None, list(problems)
    assert isinstance(document.root, Map)
    return document.root


@settings(max_examples=300, deadline=None)
@given(DATA)
def test_whatever_is_written_is_read_back(value: Any) -> None:
    assert structure(read(written({"a": value}))) == {"a": value}


@pytest.mark.parametrize(
    "text",
    ["1", "1.10", "1e+20", "true", "Yes", "null", "~", "", "<<", "- a", "a: b", "#", "0x1F", "é", "a\nb", "=", "*a"],
)
def test_text_that_looks_like_something_else_stays_text(text: str) -> None:
    assert structure(read(written({"a": text}))) == {"a": text}


@pytest.mark.parametrize("text", ["1.10", "007", "true", "null", "4 GB", "yes", "2001-12-14T21:59:43Z", "0o7", "1:30"])
def test_what_was_plain_stays_plain_in_its_own_spelling(text: str) -> None:
    node = read(f"a: {text}\n").entries["a"]
    again = read(written({"a": data(node)})).entries["a"]

    assert isinstance(node, Scalar)
    assert isinstance(again, Scalar)
    assert (again.text, again.plain) == (text, True)


def test_text_that_is_plain_and_text_that_is_not_are_told_apart() -> None:
    assert written({"a": Plain("1.10"), "b": "1.10"}) == "a: 1.10\nb: '1.10'\n"
