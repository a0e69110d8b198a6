"""Names of models and instances."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manager.errors import Invalid
from manager.names import RULE, checked

GOOD = ["a", "un_model", "A.b-c_9", "0", "x" * 100]
BAD = ["", "a/b", "a b", "-a", ".a", "_a", "a\n", "a\x00", "é", "x" * 101, "..", "a%20", "१"]


@pytest.mark.parametrize("name", GOOD)
def test_a_name_that_follows_the_rule_is_returned_as_it_is(name: str) -> None:
    assert checked("model", name) == name


@pytest.mark.parametrize("name", BAD)
def test_a_name_that_breaks_the_rule_is_refused_and_the_rule_is_told(name: str) -> None:
    with pytest.raises(Invalid, match="expected 1 to 100 letters") as caught:
        checked("model", name)
    assert caught.value.code == "invalid-name"
    assert caught.value.problems[0]["path"] == "model"


def test_the_message_names_what_was_found() -> None:
    with pytest.raises(Invalid) as caught:
        checked("instance", "a b")
    assert str(caught.value) == f"found 'a b' as the name of the instance, expected {RULE}"


def test_a_very_long_name_is_not_repeated_whole() -> None:
    with pytest.raises(Invalid) as caught:
        checked("model", "x" * 300)
    assert "300 characters" in str(caught.value)
    assert len(str(caught.value)) < 250


@given(st.text(max_size=120))
def test_what_is_accepted_is_safe_in_a_path_a_url_and_a_line(name: str) -> None:
    try:
        checked("model", name)
    except Invalid:
        return
    assert name.isascii()
    assert name.isprintable()
    assert not set(name) & set("/\\%?#& \"'")
    assert name not in (".", "..")
