"""Evaluating intrinsic functions."""

from __future__ import annotations

from typing import Any

import pytest

from tests.tosca.archives import parsed, topology
from tosca import FunctionError
from tosca.model import Function
from tosca.values.functions import evaluate


class Answers:
    """A resolver that answers with the name of what it was asked, and its arguments."""

    def get_input(self, args: tuple[Any, ...]) -> Any:
        return {"host": "a.example", "list": ["x", "y"]}[args[0]]

    def get_property(self, args: tuple[Any, ...]) -> Any:
        return f"property {args}"

    def get_attribute(self, args: tuple[Any, ...]) -> Any:
        return f"attribute {args}"

    def get_operation_output(self, args: tuple[Any, ...]) -> Any:
        return f"output {args}"

    def get_nodes_of_type(self, args: tuple[Any, ...]) -> Any:
        return [args[0]]

    def get_artifact(self, args: tuple[Any, ...]) -> Any:
        return f"artifact {args}"


def call(name: str, *arguments: Any) -> Any:
    return evaluate(Function(name, arguments), Answers())


def test_plain_data_stays_as_it_is_and_calls_within_are_evaluated() -> None:
    value: Any = {"a": [1, None, Function("get_input", ("host",))], "b": True}

    assert evaluate(value, Answers()) == {"a": [1, None, "a.example"], "b": True}


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("concat", ("http://", Function("get_input", ("host",)), ":", 80), "http://a.example:80"),
        ("concat", ("a", None, True), "atrue"),
        ("concat", (["a"], ["b"]), ["a", "b"]),
        ("join", (["a", 1], "-"), "a-1"),
        ("join", (Function("get_input", ("list",)),), "xy"),
        ("token", ("a.b:c", ".:", 2), "c"),
        ("token", ("a.b", ".", "0"), "a"),
        ("get_property", ("SELF", "port"), "property ('SELF', 'port')"),
        ("get_attribute", ("HOST", "ip"), "attribute ('HOST', 'ip')"),
        ("get_operation_output", ("SELF", "Standard", "create", "x"), "output ('SELF', 'Standard', 'create', 'x')"),
        ("get_nodes_of_type", ("a",), ["a"]),
        ("get_artifact", ("SELF", "a"), "artifact ('SELF', 'a')"),
    ],
)
def test_functions_are_evaluated(name: str, arguments: tuple[Any, ...], expected: Any) -> None:
    assert call(name, *arguments) == expected


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("token", ("a.b", ".", 2)),
        ("token", ("a.b", "", 0)),
        ("token", ("a.b", ".", "x")),
        ("token", ("a.b", ".", "²")),
        ("token", ("a.b", ".", "9" * 5000)),
        ("token", ("a.b",)),
        ("join", ("abc", "-")),
        ("join", ()),
        ("join", (["a"], "-", "more")),
        ("nothing", ()),
    ],
)
def test_arguments_that_do_not_fit_are_refused(name: str, arguments: tuple[Any, ...]) -> None:
    with pytest.raises(FunctionError, match=r"found .*, expected"):
        call(name, *arguments)


def test_a_credential_with_a_token_is_no_call() -> None:
    types = "node_types:\n  n:\n    derived_from: Root\n    properties: { who: { type: tosca.datatypes.Credential } }\n"
    body = "  node_templates: { A: { type: n, properties: { who: { token: abc } } } }\n"
    found = parsed(topology(body, types)).service_template

    assert found is not None
    assert found.node_templates["A"].properties == {"who": {"token": "abc", "token_type": "password"}}


@pytest.mark.parametrize(
    "call",
    ["{ get_input: [] }", "{ concat: [] }", "{ token: [ a, b ] }", "{ get_property: [ A ] }", "{ get_artifact: A }"],
)
def test_a_call_whose_arguments_do_not_fit_is_told(call: str) -> None:
    found = parsed(topology(f"  outputs: {{ x: {{ value: {call} }} }}\n"))

    assert [problem.code for problem in found.problems] == ["bad-function"]


@pytest.mark.parametrize("entity", ["SELF", "HOST", "SOURCE", "TARGET", "A", "link"])
def test_functions_name_templates_or_reserved_words(entity: str) -> None:
    body = f"  outputs: {{ x: {{ value: {{ get_attribute: [ {entity}, state ] }} }} }}\n"
    body += "  node_templates: { A: { type: Root } }\n"
    body += "  relationship_templates: { link: { type: DependsOn } }\n"

    assert parsed(topology(body)).service_template is not None
