"""Rules of constraints, values and functions: sections 3.2, 3.5.2 and 4."""

from __future__ import annotations

from tests.tosca.rules import Rule, derived, hosted, node, property_of

OUTPUT = "topology_template:\n  inputs: { i: { type: string, default: a } }\n"
OUTPUT += "  node_templates: { c: { type: Compute, artifacts: { a: { file: 'http://example.org/a.txt' } } } }\n"


def output(value: str) -> str:
    return f"{OUTPUT}  outputs: {{ o: {{ value: {value} }} }}\n"


def constrained(kind: str, clause: str, default: str) -> str:
    return property_of(f"type: {kind}, constraints: [ {{ {clause} }} ], default: {default}")


def given(declared: str, value: str) -> str:
    """A node whose property gets a value of the type that is declared."""
    return (
        f"node_types: {{ n: {{ derived_from: Root, properties: {{ p: {{ type: {declared} }}, q: {{ type: string, "
        "default: a }, l: { type: list, default: [ a ] }, d: { type: Credential, default: { token: a } } } } }\n"
        "topology_template:\n  inputs: { i: { type: string } }\n"
        f"  node_templates: {{ a: {{ type: n, properties: {{ p: {value} }} }} }}\n"
    )


# A type, an operator on it, a default that keeps it, one that does not.
_OPERATORS = [
    ("string", "equal: a", "a", "b"),
    ("integer", "equal: 3", "3", "4"),
    ("boolean", "equal: true", "yes", "no"),
    ("scalar-unit.size", "equal: 1 GB", "1000 MB", "1 GiB"),
    ("scalar-unit.time", "equal: 1 m", "60 s", "61 s"),
    ("scalar-unit.frequency", "equal: 1 GHz", "1000 MHz", "1 MHz"),
    ("scalar-unit.bitrate", "equal: 1 Mbps", "1000 Kbps", "1 Kbps"),
    ("version", "equal: 1.0", "1.0.0", "1.0.1"),
    ("integer", "greater_than: 3", "4", "3"),
    ("float", "greater_than: 0.3", "0.30001", "0.3"),
    ("version", "greater_than: 1.9", "1.10", "1.8"),
    ("scalar-unit.size", "greater_than: 1 MB", "1 MiB", "1000 kB"),
    ("timestamp", "greater_than: 2020-01-01", "2021-01-01", "2019-01-01"),
    ("timestamp", "equal: 2001-12-14T21:59:43Z", "2001-12-14 22:59:43.00 +1", "2001-12-14T21:59:43.1Z"),
    ("timestamp", "less_than: 2001-12-14t21:59:43.10-05:00", "2001-12-15 2:59:43.09", "2001-12-15T02:59:43.10Z"),
    ("timestamp", "in_range: [ 2020-01-01, 2020-12-31 ]", "2020-12-31", "2020-12-31T00:00:01Z"),
    ("string", "greater_than: b", "c", "a"),
    ("integer", "greater_or_equal: 3", "3", "2"),
    ("scalar-unit.time", "greater_or_equal: 1 h", "60 m", "59 m"),
    ("integer", "less_than: 3", "2", "3"),
    ("scalar-unit.frequency", "less_than: 1 GHz", "999.9 MHz", "1 GHz"),
    ("version", "less_than: 1.2.0", "1.2.0.beta", "1.2.1"),
    ("integer", "less_or_equal: 3", "3", "4"),
    ("scalar-unit.size", "less_or_equal: 0.1 kB", "100 B", "101 B"),
    ("integer", "in_range: [ 1, 4 ]", "4", "5"),
    ("integer", "in_range: [ 1, UNBOUNDED ]", "99999", "0"),
    ("float", "in_range: [ 0.5, 1.5 ]", "1.5", "1.6"),
    ("scalar-unit.size", "in_range: [ 1 MB, 1 GB ]", "1000 MB", "1001 MB"),
    ("range", "in_range: [ 1, 4 ]", "[ 2, 4 ]", "[ 2, 5 ]"),
    ("range", "in_range: [ 1, UNBOUNDED ]", "[ 2, UNBOUNDED ]", "[ 0, 2 ]"),
    ("string", "valid_values: [ a, b ]", "b", "c"),
    ("integer", "valid_values: [ 1, 2 ]", "2", "3"),
    ("scalar-unit.size", "valid_values: [ 1 GB ]", "1000 MB", "2 GB"),
    ("string", "length: 3", "abc", "ab"),
    ("list", "length: 2", "[ 1, 2 ]", "[ 1 ]"),
    ("map", "length: 1", "{ a: b }", "{}"),
    ("string", "min_length: 2", "ab", "a"),
    ("list", "min_length: 1", "[ 1 ]", "[]"),
    ("map", "min_length: 1", "{ a: b }", "{}"),
    ("string", "max_length: 2", "ab", "abc"),
    ("list", "max_length: 1", "[]", "[ 1, 2 ]"),
    ("map", "max_length: 1", "{}", "{ a: b, c: d }"),
    ("string", "pattern: 'a+'", "aa", "aab"),
]
# Clauses that fit the first type, and not the second.
_CLAUSES = [
    ("length: 1", "string", "integer"),
    ("min_length: 1", "list", "boolean"),
    ("max_length: 1", "map", "float"),
    ("pattern: a", "string", "integer"),
    ("greater_than: 1", "integer", "boolean"),
    ("greater_or_equal: 1", "float", "list"),
    ("less_than: 1", "integer", "map"),
    ("less_or_equal: 1 s", "scalar-unit.time", "scalar-unit.size"),
    ("in_range: [ 1, 2 ]", "range", "boolean"),
    ("equal: 1", "integer", "scalar-unit.size"),
    ("valid_values: [ 1.0 ]", "version", "boolean"),
]
# Operands: a good and a bad one.
_OPERANDS = [
    ("integer", "in_range: [ 1, 5 ]", "in_range: [ 5, 1 ]"),
    ("integer", "in_range: [ 1, 5 ]", "in_range: [ 1 ]"),
    ("integer", "in_range: [ 1, 5 ]", "in_range: 5"),
    ("string", "length: 1", "length: -1"),
    ("string", "min_length: 0", "min_length: a"),
    ("string", "pattern: '[a-z]'", "pattern: '[a-z'"),
    ("string", "valid_values: [ a ]", "valid_values: a"),
    ("integer", "less_than: 3", "less_then: 3"),
    ("integer", "equal: 3", "equal: a"),
    ("version", "equal: 1.0", "equal: newest"),
]
# Functions in an output: a call that is one, one that is none, and the code.
_CALLS = [
    ("{ concat: [ a, b ] }", "{ concat: a }", "bad-function"),
    ("{ join: [ [ a, b ], '-' ] }", "{ get_input: [] }", "bad-function"),
    ("{ token: [ 'a:b', ':', 1 ] }", "{ token: [ 'a:b', ':' ] }", "bad-function"),
    ("{ token: [ 'a:b', ':', 1 ] }", "{ token: [ 'a:b', ':', last ] }", "bad-function"),
    ("{ get_input: i }", "{ get_input: j }", "unknown-input"),
    ("{ get_property: [ c, host, num_cpus ] }", "{ get_property: [ c, host, num_cpu ] }", "unknown-reference"),
    ("{ get_property: [ c, os, type ] }", "{ get_property: [ d, os, type ] }", "unknown-entity"),
    ("{ get_attribute: [ c, networks, 0, addresses ] }", "{ get_attribute: c }", "bad-function"),
    ("{ get_attribute: [ c, tosca_id ] }", "{ get_attribute: [ c, id ] }", "unknown-reference"),
    ("{ get_operation_output: [ c, Standard, create, x ] }", "{ get_operation_output: [ c, x ] }", "bad-function"),
    (
        "{ get_operation_output: [ c, tosca.interfaces.node.lifecycle.Standard, create, x ] }",
        "{ get_operation_output: [ c, Standard, creat, x ] }",
        "unknown-reference",
    ),
    ("{ get_nodes_of_type: Compute }", "{ get_nodes_of_type: Computer }", "unknown-type"),
    ("{ get_artifact: [ c, a ] }", "{ get_artifact: [ c, b ] }", "unknown-reference"),
]
# What is declared, a function that fits, and one that never can.
_RESULTS = [
    ("string", "{ concat: [ a, b ] }", "{ get_property: [ SELF, l ] }"),
    ("string", "{ get_property: [ SELF, l, 0 ] }", "{ get_property: [ SELF, d ] }"),
    ("string", "{ get_property: [ SELF, d, token ] }", "{ get_property: [ SELF, d, keys ] }"),
    ("scalar-unit.size", "{ concat: [ 1, ' GB' ] }", "{ get_property: [ SELF, l ] }"),
    ("version", "{ concat: [ '1', '.2' ] }", "{ get_property: [ SELF, d ] }"),
    ("integer", "{ get_input: i }", "{ concat: [ 8, 0 ] }"),
    ("boolean", "{ get_input: i }", "{ concat: [ t, rue ] }"),
    ("integer", "{ token: [ 'a:80', ':', 1 ] }", "{ get_property: [ SELF, d, keys ] }"),
    ("list", "{ get_property: [ SELF, l ] }", "{ get_property: [ SELF, q ] }"),
    ("map", "{ get_property: [ SELF, d ] }", "{ get_input: i }"),
    ("Credential", "{ get_property: [ SELF, d ] }", "{ get_input: i }"),
    ("Credential", "{ get_property: [ SELF, d ] }", "{ token: [ a, b, 0 ] }"),
    ("float", "{ get_input: i }", "{ join: [ [ 1, 5 ], '.' ] }"),
]

RULES = [
    *(
        Rule(f"3.5.2 {kind}", constrained(kind, clause, good), constrained(kind, clause, bad), "constraint-violated")
        for kind, clause, good, bad in _OPERATORS
    ),
    *(
        Rule(
            f"3.5.2 {clause}",
            property_of(f"type: {fits}, constraints: [ {{ {clause} }} ]"),
            property_of(f"type: {misfits}, constraints: [ {{ {clause} }} ]"),
            "bad-constraint",
        )
        for clause, fits, misfits in _CLAUSES
    ),
    *(
        Rule(
            f"3.5.2 {bad}",
            property_of(f"type: {kind}, constraints: [ {{ {good} }} ]"),
            property_of(f"type: {kind}, constraints: [ {{ {bad} }} ]"),
            "bad-constraint",
        )
        for kind, good, bad in _OPERANDS
    ),
    *(Rule(f"4 {bad}", output(good), output(bad), code) for good, bad, code in _CALLS),
    *(Rule(f"4 {kind}", given(kind, good), given(kind, bad), "wrong-value") for kind, good, bad in _RESULTS),
    Rule(
        "3.5.2 refined",
        derived(
            "properties: { x: { type: integer, constraints: [ { less_than: 5 } ] } }",
            "properties: { x: { default: 4 } }",
        ),
        derived(
            "properties: { x: { type: integer, constraints: [ { less_than: 5 } ] } }",
            "properties: { x: { default: 5 } }",
        ),
        "constraint-violated",
    ),
    Rule(
        "4.1 HOST",
        hosted("relationship: { interfaces: { Configure: { inputs: { a: { get_attribute: [ TARGET, state ] } } } } }"),
        hosted("relationship: { interfaces: { Configure: { inputs: { a: { get_attribute: [ HOST, state ] } } } } }"),
        "bad-function",
    ),
    Rule(
        "5.3.7",
        property_of("type: PortSpec, default: { target: 80 }"),
        property_of("type: PortSpec, default: { protocol: udp }"),
        "constraint-violated",
    ),
    Rule(
        "5.3.7",
        property_of("type: PortSpec, default: { source: 80, source_range: [ 80, 90 ], target_range: [ 1, 2 ] }"),
        property_of("type: PortSpec, default: { source: 81, source_range: [ 1, 80 ] }"),
        "constraint-violated",
    ),
    Rule(
        "3.5.8 null",
        node("capabilities: { os: { properties: { type: } } }"),
        "topology_template: { node_templates: { c: { type: tosca.nodes.ObjectStorage, properties: { name: } } } }\n",
        "missing-property",
    ),
    Rule(
        "3.8.2 inputs",
        "topology_template: { inputs: { a: { type: integer, default: 2, constraints: [ { less_than: 3 } ] } } }",
        "topology_template: { inputs: { a: { type: integer, default: 3, constraints: [ { less_than: 3 } ] } } }",
        "constraint-violated",
    ),
    Rule(
        "3.8.2 outputs",
        "topology_template: { outputs: { a: { type: integer, value: 3 } } }",
        "topology_template: { outputs: { a: { type: integer, value: three } } }",
        "wrong-value",
    ),
    Rule(
        "3.8.2 outputs",
        "topology_template: { outputs: { a: { description: a, value: 3 } } }",
        "topology_template: { outputs: { a: { description: a } } }",
        "missing-keyname",
    ),
    Rule(
        "3.8.2 outputs",
        "topology_template: { outputs: { a: { value: 3, description: a } } }",
        "topology_template: { outputs: { a: { value: 3, descriptions: a } } }",
        "unknown-keyname",
    ),
]
