"""Inputs and circumstances → variables."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.worker.requests import PLAIN
from tosca.model import Value
from worker.environment import InputError, as_text, environment_of, passed_on

TABLE = Path(__file__).parents[2] / "docs/operations-environment.md"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("as it is\n", "as it is\n"),
        ("", ""),
        (None, ""),
        (True, "true"),
        (False, "false"),
        (8080, "8080"),
        (-1.5, "-1.5"),
        (10.0, "10.0"),
        (["a", 1, {"b": None}], '["a",1,{"b":null}]'),
        ({"ä": True}, '{"ä":true}'),
    ],
)
def test_values_become_text(value: Value, text: str) -> None:
    assert as_text(value) == text


def test_of_the_workers_own_variables_only_harmless_ones_are_passed_on() -> None:
    harmless = {"PATH": "/bin", "HOME": "/h", "LANG": "C", "LC_ALL": "C", "TZ": "UTC", "USER": "u", "TMPDIR": "/t"}
    secret = ["DITRIT_SPACE", "DITRIT_ARTIFACTS", "AWS_SECRET_ACCESS_KEY", "CONSUL_HTTP_TOKEN", "SECRET", "LCX"]
    assert passed_on(harmless | dict.fromkeys(secret, "x")) == harmless
    assert "/usr/bin" in passed_on({})["PATH"]


def test_an_operation_is_told_what_it_is_and_where_it_acts() -> None:
    variables, notes = environment_of(replace(PLAIN, variables={"HOST": "srvA", "SOURCE": "A[2,1]"}), {"PATH": "/bin"})
    assert notes == []
    assert variables == {
        "PATH": "/bin",
        "NODE": "A",
        "INSTANCE": "2,1",
        "INTERFACE": "Standard",
        "OPERATION": "create",
        "HOST": "srvA",
        "SOURCE": "A[2,1]",
        "DITRIT_MODEL": "m",
        "DITRIT_INSTANCE": "i",
        "DITRIT_EXECUTION": "e1",
        "DITRIT_OPERATION": PLAIN.id,
        "DITRIT_ATTEMPT": "1",
        "DITRIT_FENCE": "7",
    }


def test_every_variable_stands_in_the_documentation() -> None:
    variables, _ = environment_of(PLAIN, passed_on({"HOME": "", "LANG": "", "TZ": "", "USER": "", "TMPDIR": ""}))
    documented = set(re.findall(r"`([A-Z_]+)`", TABLE.read_text()))
    assert set(variables) - documented == set()


def test_an_input_takes_the_place_of_all_but_our_own_variables() -> None:
    inputs: dict[str, Value] = {"PATH": "/mine", "NODE": "mine", "HOST": "mine", "DITRIT_OPERATION": "forged"}
    variables, notes = environment_of(replace(PLAIN, inputs=inputs, variables={"HOST": "srvA"}), {"PATH": "/bin"})
    assert [variables[name] for name in inputs] == ["/mine", "mine", "mine", PLAIN.id]
    assert notes == ["input 'DITRIT_OPERATION' is not passed on: names that begin with DITRIT_ are reserved"]


@pytest.mark.parametrize("name", ["", "a-b", "1a", "a=b", "a b", "é", "a\n", "a\0"])
def test_an_input_whose_name_no_variable_can_have_is_left_out_with_a_note(name: str) -> None:
    variables, notes = environment_of(replace(PLAIN, inputs={name: "x", "fine": "y"}), {})
    assert name not in variables
    assert variables["fine"] == "y"
    assert notes == [f"input {name!r} is not passed on: no name of a variable"]


@pytest.mark.parametrize(("value", "message"), [("a\0b", "NUL"), (["\ud800"], "Unicode"), ("\ud800", "Unicode")])
def test_an_input_whose_value_no_variable_can_hold_is_an_error_that_names_it(value: Value, message: str) -> None:
    with pytest.raises(InputError, match=f"input 'name'.*{message}"):
        environment_of(replace(PLAIN, inputs={"name": value}), {})
