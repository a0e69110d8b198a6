"""How often operations are tried is read from metadata."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from engine.weaving.trials import TrialsError, trials


@pytest.mark.parametrize(
    ("metadata", "found"),
    [
        ({}, {}),
        ({"ditrit.retries": "0"}, {}),
        ({"ditrit.retries": "3"}, {"retries": 3, "pause": 1.0}),
        ({"ditrit.retries": "3", "ditrit.retry_pause": "500 ms"}, {"retries": 3, "pause": 0.5}),
        ({"ditrit.retries": "3", "ditrit.retries.create": "5"}, {"retries": 5, "pause": 1.0}),
        ({"ditrit.retries": "3", "ditrit.retries.create": "0"}, {}),
        ({"ditrit.retries.start": "3"}, {}),
        ({"ditrit.restart": "never"}, {"once": True}),
        ({"ditrit.restart": "always", "other": "x"}, {}),
    ],
)
def test_what_metadata_say(metadata: Mapping[str, str], found: Mapping[str, object]) -> None:
    assert trials("a", metadata, "create") == found


@pytest.mark.parametrize(
    ("metadata", "said"),
    [
        ({"ditrit.retries": "many"}, "found ditrit.retries 'many', expected a whole number, 0 to 100"),
        ({"ditrit.retries": "-1"}, "found ditrit.retries '-1'"),
        ({"ditrit.retries.create": "101"}, "found ditrit.retries.create '101'"),
        (
            {"ditrit.retries": "1", "ditrit.retry_pause": "soon"},
            "found ditrit.retry_pause 'soon', expected a time such",
        ),
        ({"ditrit.retries": "1", "ditrit.retry_pause": "2 h"}, "found ditrit.retry_pause '2 h'"),
        ({"ditrit.restart": "no"}, "found ditrit.restart 'no', expected one of always, never"),
    ],
)
def test_what_says_nothing_is_an_error_that_names_the_node(metadata: Mapping[str, str], said: str) -> None:
    with pytest.raises(TrialsError) as refused:
        trials("shop", metadata, "create")
    assert str(refused.value).startswith(f"the metadata of node 'shop': {said}")
