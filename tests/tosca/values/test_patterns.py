"""Patterns mean what Python's regular expressions mean, and take a time that grows with the text only."""

from __future__ import annotations

import re
import time
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tosca.archives import parsed
from tosca.values.patterns import Pattern

ATOMS = [
    *(
        "a",
        "b",
        "A",
        "1",
        "-",
        ".",
        r"\.",
        "[ab]",
        "[^a]",
        "[a-b-]",
        "[]a]",
        "[^]a]",
        r"[\]a]",
        r"\d",
        r"\w",
        r"\s",
        r"\W",
    ),
    *(r"\x61", r"\u0061", r"\n", r"\101", r"\0", "^", "$", r"\b", r"\B", r"\A", r"\Z", "{", "}", "{,", "]", "(?#x)"),
]
OPENINGS = [*("(", "(?:", "(?=", "(?!", "(?<=", "(?<!", "(?i:", "(?s:", "(?m:", "(?-i:", "(?P<n>")]
COUNTS = ["*", "+", "?", "{2}", "{1,2}", "{,2}", "{1,}", "*?", "+?", "??", "{1,3}?"]


def longer(shorter: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("".join, st.lists(shorter, max_size=3)),
        st.builds("({}|{})".format, shorter, shorter),
        st.builds("{}{})".format, st.sampled_from(OPENINGS), shorter),
        st.builds("(?:{}){}".format, shorter, st.sampled_from(COUNTS)),
    )


PATTERNS = st.builds(
    "{}{}".format,
    st.sampled_from(["", "", "(?i)", "(?s)", "(?mi)"]),
    st.recursive(st.sampled_from(ATOMS), longer, max_leaves=12),
)


@settings(max_examples=500, deadline=None)
@given(PATTERNS, st.lists(st.text("abAB-1.\n", max_size=6), max_size=8))
def test_a_pattern_takes_what_python_takes(pattern: str, texts: list[str]) -> None:
    with warnings.catch_warnings(action="ignore"):  # of what may mean something else one day
        try:
            expected = re.compile(pattern)
        except re.error:
            return
        found = Pattern(pattern)
    for text in texts:
        assert found.matches(text) == (expected.fullmatch(text) is not None), (pattern, text)


@pytest.mark.parametrize(
    ("pattern", "good", "bad"),
    [
        (r"([a-z0-9]+\.)+[a-z]{2,}", "www.example.org", "www..org"),
        (r"^(?!-)[a-z0-9-]{1,63}(?<!-)$", "a-b", "a-"),
        (r"^(?=.*[A-Z])(?=.*\d).{4,}$", "abC1", "abc1"),
        (r"\d{1,3}(\.\d{1,3}){3}", "192.168.1.12", "192.168.1"),
        (r"(?i)[0-9]*[TGMK]i", "12gI", "12b"),
        (r"é+", "éé", "ee"),
        (r"a(?#any number)*b", "aab", "a*b"),
    ],
)
def test_what_people_write_is_matched(pattern: str, good: str, bad: str) -> None:
    assert Pattern(pattern).matches(good)
    assert not Pattern(pattern).matches(bad)


@pytest.mark.parametrize(
    "pattern",
    ["(a+)+$", "(a|a)*", "(a|aa)+", "(.*a){12}", "a*a*a*a*a*a*c", "(?=(a+)+$)x*", "(?!(a|a)+$)x", ".*(?<=(a|a)(a|a))"],
)
def test_no_pattern_takes_longer_than_its_text_is_long(pattern: str) -> None:
    started = time.process_time()

    for text in ("a" * 2000 + "!", "!" + "a" * 2000, "a" * 2000):
        Pattern(pattern).matches(text)

    assert time.process_time() - started < 5


def test_a_template_cannot_stop_its_reader_by_a_pattern() -> None:
    text = "tosca_definitions_version: tosca_simple_yaml_1_3\ntopology_template:\n  inputs:\n"
    text += f"    i: {{ type: string, default: {'a' * 50}!, constraints: [ pattern: '(a+)+$' ] }}\n"

    assert [problem.code for problem in parsed(text).problems] == ["constraint-violated"]


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ("(", "missing )"),
        (r"(a)\1", "without references to groups"),
        ("(?P<n>a)(?P=n)", "without references to groups"),
        ("(a)?(?(1)b|c)", "without references to groups, conditions"),
        ("(?x)a b", "without flags other than"),
        ("(a{1000}){1000}", "more than 5000 steps"),
        ("a{99999999999999999999}", "too large"),
    ],
)
def test_a_pattern_that_cannot_be_matched_in_time_is_refused(pattern: str, says: str) -> None:
    with pytest.raises(ValueError, match="expected a regular expression") as refused:
        Pattern(pattern)

    assert says in str(refused.value)
