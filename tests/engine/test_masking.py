"""What is shown where something secret stands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.masking import Mask, at, hidden_at, texts

SECRETS = ("hunter2", 'say "hé"\n', "hunter2000")


def test_every_occurrence_is_hidden_the_longest_whole() -> None:
    mask = Mask(SECRETS)
    assert mask.text("hunter2000, hunter2, xhunter2x, HUNTER2") == "***, ***, x***x, HUNTER2"
    assert mask.data(b"a hunter2 \xff") == b"a *** \xff"


@pytest.mark.parametrize("printed", ['say "hé"\n', 'say "hé"', 'say \\"hé\\"', 'say \\"h\\u00e9\\"\\n'])
def test_a_secret_is_known_without_its_line_end_and_as_json(printed: str) -> None:
    assert "h" not in Mask(SECRETS).text(printed)


def test_data_is_looked_through_at_any_depth() -> None:
    found = Mask(["hunter2", "12345"]).value({"a": ["x", {"hunter2": "hunter2!"}], "b": 12345, "c": 1234, "d": None})
    assert found == {"a": ["x", {"***": "***!"}], "b": "***", "c": 1234, "d": None}


def test_what_is_short_is_not_looked_for() -> None:
    mask = Mask(["", "abc", "   "])
    assert not mask
    assert mask.text("abc") == "abc"
    assert mask.value({"a": "abc"}) == {"a": "abc"}


def test_a_line_that_was_shortened_keeps_no_part_of_a_secret() -> None:
    mask = Mask(["hunter2"])
    assert mask.line("cannot log in with hunter2 at h") == "cannot log in with *** at h"
    assert mask.line("cannot log in with hunt") == "cannot log in with "
    assert mask.line("cannot \ud800") == "cannot ?"
    assert Mask(()).line("hunter2") == "hunter2"


def test_what_is_cut_off_keeps_no_part_of_a_secret() -> None:
    mask = Mask(["hunter2"])
    assert mask.begun(b"it is hunte") == b"it is "
    assert mask.ended(b"nter2 is it") == b" is it"
    assert mask.begun(b"nothing of it") == b"nothing of it"


@given(st.text(alphabet="ab", min_size=4, max_size=6), st.text(alphabet="ab", max_size=40), st.integers(0, 40))
def test_no_part_of_a_secret_is_left_at_a_cut(secret: str, text: str, cut: int) -> None:
    """Whatever is left out in the middle, neither side begins or ends with what the cut has left of a secret."""
    cut = min(cut, len(text))
    data = (text[:cut] + secret + text[cut:]).encode()
    mask = Mask([secret])
    for where in range(cut + 1, cut + len(secret)):
        assert len(mask.begun(data[:where])) <= cut
        assert len(mask.ended(data[where:])) <= len(text) - cut


def test_paths_lead_to_what_is_hidden() -> None:
    value = {"a": {"token": "x", "user": "u"}, "l": [{"token": 1}, {"token": 2}], "n": None}
    assert list(at(value, ("a", "token"))) == ["x"]
    assert list(at(value, ("l", "*", "token"))) == [1, 2]
    assert list(at(value, ("a", "none", "x"))) == []
    assert hidden_at(value, ("a", "token"))["a"] == {"token": "***", "user": "u"}
    assert hidden_at(value, ("l", "*", "token"))["l"] == [{"token": "***"}, {"token": "***"}]
    assert hidden_at({"k": {"a": 1, "b": 2}}, ("k", "*")) == {"k": {"a": "***", "b": "***"}}
    assert hidden_at(value, ("n",)) == value
    assert hidden_at("text", ("a",)) == "text"
    assert value["a"] == {"token": "x", "user": "u"}


def test_texts_and_numbers_of_a_value_can_be_read() -> None:
    assert list(texts({"a": ["x", 1], "b": {"c": 2.5}, "d": True, "e": None})) == ["x", "1", "2.5"]
