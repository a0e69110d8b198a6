"""Inputs of an instance against what the template declares."""

from typing import Any

import pytest

from manager.errors import Invalid
from manager.inputs import completed, validated
from tosca import open_csar, parse
from tosca.model import Parameter, ServiceTemplate


def template(*parameters: Parameter) -> ServiceTemplate:
    return ServiceTemplate("tosca_simple_yaml_1_1", inputs={found.name: found for found in parameters})


PORT = Parameter("port", "integer")
NAME = Parameter("name", "string", required=False)
SIZE = Parameter("size", "integer", default=3)


def refused(given: dict[str, Any], *parameters: Parameter) -> list[dict[str, Any]]:
    with pytest.raises(Invalid) as caught:
        validated(template(*parameters), given)
    assert caught.value.code == "invalid-inputs"
    return caught.value.problems


def test_what_is_given_stays_as_it_is_and_defaults_are_not_written_into_it() -> None:
    assert validated(template(PORT, NAME, SIZE), {"port": 1}) == {"port": 1}


def test_defaults_complete_the_inputs() -> None:
    assert completed(template(PORT, NAME, SIZE), {"port": 1}) == {"port": 1, "name": None, "size": 3}


def test_a_missing_required_input_is_named() -> None:
    [found] = refused({}, PORT)
    assert (found["code"], found["path"]) == ("missing-input", "inputs.port")


def test_an_unknown_input_gets_a_suggestion() -> None:
    [found] = refused({"prt": 1, "port": 2}, PORT)
    assert (found["code"], "did you mean 'port'" in found["message"]) == ("unknown-input", True)


def test_an_unknown_input_of_a_model_without_inputs_says_so() -> None:
    [found] = refused({"x": 1})
    assert "declares no inputs" in found["message"]


def test_an_unknown_input_far_from_all_lists_the_known() -> None:
    [found] = refused({"zzzz": 1, "port": 2}, PORT, SIZE)
    assert "expected one of port, size" in found["message"]


def test_all_problems_are_named_together() -> None:
    found = refused({"zzzz": 1, "size": "x"}, PORT, SIZE)
    assert {item["code"] for item in found} == {"unknown-input", "missing-input", "wrong-type"}


@pytest.mark.parametrize(
    ("type_", "good", "bad"),
    [
        ("string", "a", 1),
        ("integer", 1, True),
        ("integer", -1, 1.5),
        ("float", 1, "1"),
        ("float", 1.5, False),
        ("boolean", True, "true"),
        ("list", [1], {"a": 1}),
        ("map", {"a": 1}, [1]),
        ("range", [1, 2], [1]),
        ("range", [1, "UNBOUNDED"], [2, 1]),
        ("timestamp", "2026-01-01", 3),
        ("timestamp", "2001-12-14T21:59:43Z", "soon"),
        ("version", "1.2.3.beta-4", "newest"),
        ("scalar-unit.size", "4 GB", "4 apples"),
        ("scalar-unit.time", "10 ms", "GB"),
        ("scalar-unit.frequency", "2.4 GHz", "2.4"),
        ("version", 1.0, []),
        ("scalar-unit.size", "4 GB", 4),
    ],
)
def test_the_type_of_an_input_is_checked(type_: str, good: Any, bad: Any) -> None:
    parameter = Parameter("x", type_)
    assert validated(template(parameter), {"x": good}) == {"x": good}
    [found] = refused({"x": bad}, parameter)
    assert found["code"] == "wrong-type"
    assert f"expected {type_}" in found["message"]


@pytest.mark.parametrize(
    ("type_", "clause", "good", "bad"),
    [
        ("integer", "in_range: [1, 4]", 4, 5),
        ("string", "valid_values: [small, large]", "large", "huge"),
        ("string", "pattern: '[a-z]+'", "abc", "a1"),
        ("string", "min_length: 2", "ab", "a"),
        ("scalar-unit.size", "greater_or_equal: 1 GB", "1000 MB", "999 MB"),
        ("version", "less_than: 2.0", "1.10", "2.1"),
        ("list", "max_length: 1", [1], [1, 2]),
    ],
)
def test_an_input_must_keep_the_constraints_that_its_template_states(
    type_: str, clause: str, good: Any, bad: Any, csar: Any
) -> None:
    text = (
        "tosca_definitions_version: tosca_simple_yaml_1_1\ntopology_template:\n  inputs:\n"
        f"    x: {{type: {type_}, constraints: [{{{clause}}}]}}\n  node_templates: {{a: {{type: Root}}}}\n"
    )
    found = parse(open_csar(csar(text, {}))).service_template
    assert found is not None
    assert validated(found, {"x": good}) == {"x": good}
    with pytest.raises(Invalid) as caught:
        validated(found, {"x": bad})
    [told] = caught.value.problems
    assert (told["code"], told["path"]) == ("constraint-violated", "inputs.x")
    assert f"expected {clause.split(':', maxsplit=1)[0]}" in told["message"]


def test_a_type_of_the_users_own_is_left_to_the_parser() -> None:
    assert validated(template(Parameter("x", "my.Type")), {"x": {"a": 1}}) == {"x": {"a": 1}}


def test_null_is_a_value_only_for_an_input_that_is_not_required() -> None:
    assert validated(template(NAME), {"name": None}) == {"name": None}
    [found] = refused({"port": None}, PORT)
    assert found["code"] == "wrong-type"
