"""Values by their declared type, and constraints."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tosca.archives import parsed, topology
from tosca.nodes import Scalar
from tosca.values.scalars import READERS, comparable

TYPES = """\
data_types:
  Port: { derived_from: integer, constraints: [ { in_range: [ 1, 65535 ] } ] }
  Pair: { derived_from: tosca.datatypes.Root, properties: { a: { type: Port }, b: { type: string, default: x } } }
  Tree: { properties: { name: { type: string }, sons: { type: list, entry_schema: Tree, required: false } } }
node_types:
  n: { derived_from: Root, properties: { p: %s } }
"""


def codes(definition: str, value: str) -> list[str]:
    body = f"  node_templates: {{ A: {{ type: n, properties: {{ p: {value} }} }} }}\n"
    return [problem.code for problem in parsed(topology(body, TYPES % definition)).problems]


def read(definition: str, value: str) -> Any:
    body = f"  node_templates: {{ A: {{ type: n, properties: {{ p: {value} }} }} }}\n"
    found = parsed(topology(body, TYPES % definition))
    assert found.service_template is not None, [str(problem) for problem in found.problems]
    return found.service_template.node_templates["A"].properties["p"]


@pytest.mark.parametrize(
    ("kind", "written", "expected"),
    [
        ("string", "no", "no"),
        ("string", "1.10", "1.10"),
        ("integer", "0x1F", 31),
        ("integer", "'-7'", -7),
        ("float", "1e3", 1000.0),
        ("boolean", "yes", True),
        ("boolean", "Off", False),
        ("version", "1.10", "1.10"),
        ("version", "2.0.1.beta-3", "2.0.1.beta-3"),
        ("timestamp", "2001-12-14T21:59:43.10-05:00", "2001-12-14T21:59:43.10-05:00"),
        ("timestamp", "2001-12-14", "2001-12-14"),
        ("range", "[ 1, UNBOUNDED ]", [1, "UNBOUNDED"]),
        ("range", "[ 1, 4 ]", [1, 4]),
        ("scalar-unit.size", "10GB", "10GB"),
        ("scalar-unit.size", "0.5 gib", "0.5 gib"),
        ("scalar-unit.time", "3 ms", "3 ms"),
        ("scalar-unit.frequency", "2.4 GHz", "2.4 GHz"),
        ("Port", "80", 80),
        ("Pair", "{ a: 1 }", {"a": 1, "b": "x"}),
        ("Tree", "{ name: a, sons: [ { name: b } ] }", {"name": "a", "sons": [{"name": "b"}]}),
        ("'tosca:PortDef'", "80", 80),
        ("list", "[ 1, b, 1.10, yes, { c: 2.5 } ]", [1, "b", "1.10", "yes", {"c": 2.5}]),
        ("map", "{ a: null, b: true }", {"a": None, "b": True}),
    ],
)
def test_a_value_is_read_by_its_type(kind: str, written: str, expected: Any) -> None:
    assert read(f"{{ type: {kind} }}", written) == expected


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        ("string", "[ a ]"),
        ("integer", "1.5"),
        ("integer", "{ a: b }"),
        ("float", "a"),
        ("boolean", "maybe"),
        ("version", "one"),
        ("version", "1.2-3"),
        ("timestamp", "yesterday"),
        ("range", "[ 4, 1 ]"),
        ("range", "[ 1 ]"),
        ("range", "4"),
        ("scalar-unit.size", "10"),
        ("scalar-unit.size", "10 GHz"),
        ("scalar-unit.time", "ms"),
        ("list", "a"),
        ("list", "{ a: b }"),
        ("map", "[ a ]"),
        ("Pair", "a"),
        ("Pair", "[ a ]"),
        ("Port", "[ 1 ]"),
    ],
)
def test_a_value_that_does_not_fit_its_type_is_an_error(kind: str, written: str) -> None:
    assert codes(f"{{ type: {kind} }}", written) == ["wrong-value"]


def test_the_properties_of_a_data_type_are_checked() -> None:
    assert codes("{ type: Pair }", "{ b: y }") == ["missing-property"]
    assert codes("{ type: Pair }", "{ a: 1, c: y }") == ["unknown-property"]
    assert codes("{ type: Pair }", "{ a: 0 }") == ["constraint-violated"]
    assert codes("{ type: list, entry_schema: { type: Port } }", "[ 1, 0 ]") == ["constraint-violated"]
    assert codes("{ type: map, entry_schema: Port }", "{ a: x }") == ["wrong-value"]


@pytest.mark.parametrize(
    ("kind", "clause", "good", "bad"),
    [
        ("integer", "{ equal: 3 }", "3", "4"),
        ("integer", "3", "3", "4"),
        ("integer", "{ greater_than: 3 }", "4", "3"),
        ("integer", "{ greater_or_equal: 3 }", "3", "2"),
        ("float", "{ less_than: 1.5 }", "1.4", "1.5"),
        ("float", "{ less_or_equal: 1.5 }", "1.5", "1.6"),
        ("integer", "{ in_range: [ 1, 3 ] }", "3", "4"),
        ("integer", "{ in_range: [ 1, UNBOUNDED ] }", "99", "0"),
        ("range", "{ in_range: [ 1, 9 ] }", "[ 1, 9 ]", "[ 1, 10 ]"),
        ("string", "{ valid_values: [ a, b ] }", "a", "c"),
        ("string", "{ valid_values: [ 1, yes ] }", "yes", "y"),
        ("string", "{ length: 2 }", "ab", "abc"),
        ("list", "{ min_length: 2 }", "[ 1, 2 ]", "[ 1 ]"),
        ("map", "{ max_length: 1 }", "{ a: 1 }", "{ a: 1, b: 2 }"),
        ("string", "{ pattern: '[a-z]+' }", "abc", "abc1"),
        ("scalar-unit.size", "{ greater_or_equal: 1 GB }", "1000 MB", "999 MB"),
        ("scalar-unit.time", "{ less_than: 1 m }", "59 s", "1 m"),
        ("version", "{ greater_than: 1.9 }", "1.10", "1.9.0"),
        ("version", "{ less_than: 1.2.0 }", "1.2.0.alpha", "1.2"),
        ("version", "{ equal: '1.2' }", "1.2.0", "1.2.1"),
    ],
)
def test_a_constraint_holds_or_is_violated(kind: str, clause: str, good: str, bad: str) -> None:
    definition = f"{{ type: {kind}, constraints: [ {clause} ] }}"

    assert codes(definition, good) == []
    assert codes(definition, bad) == ["constraint-violated"]


@pytest.mark.parametrize(
    ("kind", "clause"),
    [
        ("integer", "{ greter_than: 3 }"),
        ("integer", "{ greater_than: x }"),
        ("boolean", "{ in_range: [ 1, 2 ] }"),
        ("integer", "{ min_length: 3 }"),
        ("integer", "{ in_range: [ 3, 1 ] }"),
        ("integer", "{ in_range: [ 1 ] }"),
        ("integer", "{ in_range: 1 }"),
        ("string", "{ valid_values: a }"),
        ("string", "{ pattern: '[' }"),
        ("string", "{ pattern: [ a ] }"),
    ],
)
def test_a_clause_that_is_none_is_an_error(kind: str, clause: str) -> None:
    assert "bad-constraint" in codes(f"{{ type: {kind}, required: false, constraints: [ {clause} ] }}", "~")


@pytest.mark.parametrize(
    ("definition", "value", "expected"),
    [
        ("{ type: map, key_schema: integer, entry_schema: string }", "{ 1: a, 2: b }", []),
        ("{ type: map, key_schema: integer, entry_schema: string }", "{ 1: a, x: b }", ["wrong-value"]),
        ("{ type: map, key_schema: { type: Port }, entry_schema: string }", "{ 0: a }", ["constraint-violated"]),
        (
            "{ type: map, key_schema: { type: string, constraints: [ max_length: 2 ] } }",
            "{ a: 1, bcd: 2 }",
            ["constraint-violated"],
        ),
        (
            "{ type: map, entry_schema: { type: list, entry_schema: { type: map, entry_schema: integer } } }",
            "{ a: [ { b: 1 } ] }",
            [],
        ),
        (
            "{ type: map, entry_schema: { type: list, entry_schema: { type: map, entry_schema: integer } } }",
            "{ a: [ { b: c } ] }",
            ["wrong-value"],
        ),
        (
            "{ type: list, entry_schema: { type: map, key_schema: integer, entry_schema: integer } }",
            "[ { a: 1 } ]",
            ["wrong-value"],
        ),
    ],
)
def test_keys_and_entries_are_checked_at_every_level(definition: str, value: str, expected: list[str]) -> None:
    body = f"  node_templates: {{ A: {{ type: n, properties: {{ p: {value} }} }} }}\n"
    found = parsed(topology(body, TYPES % definition, version="tosca_simple_yaml_1_3")).problems

    assert [problem.code for problem in found] == expected


def test_a_violated_default_is_told_where_a_template_uses_it() -> None:
    types = "node_types: { n: { derived_from: Root, properties: { p: { type: integer, default: x } } } }\n"

    assert [p.code for p in parsed(topology("  node_templates: { A: { type: n } }\n", types)).problems] == [
        "wrong-value"
    ]


def test_a_data_type_that_contains_itself_by_default_is_an_error() -> None:
    types = "data_types:\n  d: { properties: { x: { type: d, default: {} }, y: { type: d, default: {} } } }\n"
    types += "node_types: { n: { derived_from: Root, properties: { p: { type: d, default: {} } } } }\n"
    found = parsed(topology("  node_templates: { A: { type: n } }\n", types))

    assert {problem.code for problem in found.problems} == {"type-loop"}


@given(st.sampled_from(sorted(READERS)), st.text(max_size=30))
def test_reading_a_scalar_gives_a_value_or_says_what_was_expected(kind: str, text: str) -> None:
    try:
        value = READERS[kind](Scalar(text, True, 1, 1))
    except ValueError as error:
        value = str(error) or None
    assert comparable(kind, value) is not None or kind in ("any", "null")


@given(st.integers(0, 10**6), st.sampled_from(["kB", "KiB", "MB", "MiB", "GB"]))
def test_sizes_compare_by_number_and_unit_together(number: int, unit: str) -> None:
    assert comparable("scalar-unit.size", f"{number} {unit}") <= comparable(
        "scalar-unit.size", f"{number + 1}{unit.upper()}"
    )


@pytest.mark.parametrize(
    ("value", "code", "says"),
    [
        ("{ get_proprty: [ SELF, name ] }", "wrong-value", "expected a string; did you mean 'get_property'?"),
        ("{ get_imput: zone }", "wrong-value", "did you mean 'get_input'?"),
        ("{ conkat: [ a, b ] }", "wrong-value", "did you mean 'concat'?"),
        ("{ width: 3 }", "wrong-value", "expected a string"),
    ],
)
def test_a_misspelled_function_where_a_scalar_is_expected_is_told_with_the_function(
    value: str, code: str, says: str
) -> None:
    text = "tosca_definitions_version: tosca_simple_yaml_1_3\nnode_types:\n"
    text += "  my.A: { derived_from: Root, properties: { x: { type: string } } }\n"
    text += f"topology_template: {{ node_templates: {{ a: {{ type: my.A, properties: {{ x: {value} }} }} }} }}\n"

    (problem,) = parsed(text).problems.errors

    assert (problem.code, problem.line) == (code, 4)
    assert problem.message.endswith(f"{says} (string)") or says in problem.message


@pytest.mark.parametrize(
    ("value", "warned"),
    [
        ("{ get_proprty: [ SELF, name ] }", True),
        ("{ a: { get_attrbute: [ SELF, name ] } }", True),
        ("{ get_proprty: name }", False),  # no arguments that would fit
        ("{ gets: [ SELF, name ] }", False),
        ("{ token: abc }", False),
        ("{ get_proprty: [ SELF, name ], b: 1 }", False),
    ],
)
def test_a_misspelled_function_where_any_data_may_stand_is_a_warning(value: str, warned: bool) -> None:
    text = (
        "tosca_definitions_version: tosca_simple_yaml_1_3\ntopology_template: { node_templates: { a: { type: Compute,\n"
    )
    text += f"  interfaces: {{ Standard: {{ operations: {{ create: {{ inputs: {{ x: {value} }} }} }} }} }} }} }} }}\n"

    assert [problem.code for problem in parsed(text).problems] == ["misspelled-function"] * warned
