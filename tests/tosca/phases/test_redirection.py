"""What values mean in a template that was put in the place of a node, and what the node is asked for."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.tosca.substituted import (
    ASKED,
    CLIENT,
    MAPPED,
    OUTPUTS,
    TYPES,
    WHERE,
    call,
    errors,
    inner,
    input_of,
    nodes,
    parse_all,
    reader,
    replaced,
    ways,
)
from tosca.model import Value

# -- inputs and values


@pytest.mark.parametrize(
    ("properties", "mapping", "expected"),
    [
        ("size: 3", "", 3),  # of the same name
        ("size: 3", "size: [ size ]", 3),
        ("size: 3", "size: { mapping: [ size ] }", 3),
        ("", "", 1),  # the default of the node's type
        ("size: { get_input: n }", "", call("get_input", "n")),
        ("size: { get_property: [ a, size ] }", "", call("get_property", "a", "size")),
    ],
)
def test_inputs_take_the_values_of_the_nodes_properties(properties: str, mapping: str, expected: Value) -> None:
    entry = "  inputs: { n: { type: integer } }\n"
    entry += nodes("    a: { type: Program }\n" + ASKED.format("Database", f", properties: {{ {properties} }}"))
    inside = inner(reader("{ get_input: size }", "r"), f"properties: {{ {mapping} }}", inputs="size: { type: integer }")

    assert input_of(replaced(entry, inside), "db/r") == expected


def test_an_input_that_no_property_gives_a_value_has_its_default() -> None:
    inside = inner(reader("{ get_input: zone }", "r"), inputs="zone: { type: string, default: here }")

    assert input_of(replaced(nodes(ASKED.format("Database", "")), inside), "db/r") == "here"


def test_a_property_of_a_node_inside_may_be_mapped() -> None:
    inside = inner(mappings="properties: { size: [ p, size ] }")

    template = replaced(nodes(ASKED.format("Database", ", properties: { size: 4 }")), inside)

    assert [template.node_templates[name].properties["size"] for name in ("db/p", "db/q")] == [4, 7]


def test_a_path_into_an_input_goes_on_into_the_value() -> None:
    entry = "  inputs: { n: { type: map, entry_schema: string } }\n"
    inside = inner(
        reader("{ get_input: [ tags, a ] }", "r"), inputs="tags: { type: map, entry_schema: string, default: {} }"
    )
    there = entry + nodes(ASKED.format("Database", ", properties: { tags: { a: b } }"))
    open_ = entry + nodes(ASKED.format("Database", ", properties: { tags: { get_input: n } }"))

    assert input_of(replaced(there, inside), "db/r") == "b"
    assert input_of(replaced(open_, inside), "db/r") == call("get_input", "n", "a")
    ((code, file, _, message),) = errors(there.replace("a: b", "b: b"), inside)
    assert (code, file) == ("unmapped-reference", "inner.yaml")
    assert "found get_input of 'tags, a', expected a way into the value" in message


def test_a_number_becomes_the_text_that_an_input_is_declared_to_be() -> None:
    inside = inner(
        "    r: { type: Program, properties: { label: { get_input: size } } }\n", inputs="size: { type: string }"
    )
    template = replaced(nodes(ASKED.format("Database", ", properties: { size: 3 }")), inside)

    assert template.node_templates["db/r"].properties["label"] == "3"


@pytest.mark.parametrize(
    ("declared", "says"),
    [
        ("label: { type: integer }", "its input 'label' is of type integer, which the property's value is not"),
        ("size: { type: integer, constraints: [ { less_than: 2 } ] }", "its input 'size' asks for less_than 2"),
    ],
)
def test_the_values_of_inputs_are_checked(declared: str, says: str) -> None:
    given = ", properties: { size: 3, label: many }"

    found = errors(nodes(ASKED.format("Database", given)), inner(inputs=declared))

    assert [code for code, *_ in found] == ["no-substitute"]
    assert says in found[0][3]


# -- functions


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("{ get_property: [ db, size ] }", 3),
        ("{ get_property: [ db, label ] }", "3"),  # a property that is another one
        ("{ get_property: [ db, tags, a ] }", "b"),
        ("{ get_attribute: [ db, size ] }", 3),
        ("{ get_attribute: [ db, address ] }", WHERE),
        ("{ get_attribute: [ db, port ] }", call("get_attribute", "db/q", "port")),
        ("{ get_attribute: [ db, service, port ] }", call("get_attribute", "db/q", "service", "port")),
        ("{ get_property: [ db, service, protocol ] }", call("get_property", "db/q", "service", "protocol")),
        ("{ get_attribute: [ db, tosca_name ] }", "db"),
        ("{ concat: [ { get_attribute: [ db, address ] }, y ] }", call("concat", WHERE, "y")),
        ("[ { a: { get_property: [ db, size ] } } ]", [{"a": 3}]),
        ("{ get_attribute: [ SELF, database, address ] }", WHERE),
        ("{ get_attribute: [ SELF, database, port ] }", call("get_attribute", "db/q", "port")),
        ("{ get_property: [ SELF, database, size ] }", 3),
        ("{ get_property: [ SELF, database, protocol ] }", call("get_property", "db/q", "service", "protocol")),
        ("{ get_attribute: [ SELF, database, state ] }", call("get_attribute", "SELF", "database", "state")),
        ("{ get_attribute: [ a, database, address ] }", WHERE),
        ("{ get_property: [ z, size ] }", call("get_property", "z", "size")),
    ],
)
def test_what_is_asked_of_the_node_is_what_it_says_or_what_is_mapped(asked: str, expected: Value) -> None:
    given = ", properties: { size: 3, label: { get_property: [ SELF, size ] }, tags: { a: b } }"
    client = reader(asked, more=", requirements: [ { database: { node: db, capability: service } } ]")
    entry = nodes(client + ASKED.format("Database", given) + "    z: { type: Program }\n")

    assert input_of(replaced(entry, inner(OUTPUTS, MAPPED)), "a") == expected


def test_operations_of_relationships_read_the_node_at_their_end() -> None:
    inputs = "{ p: { get_property: [ TARGET, size ] }, o: { get_attribute: [ TARGET, address ] },"
    inputs += " s: { get_attribute: [ TARGET, state ] }, w: { get_operation_output: [ TARGET, Standard, create, w ] } }"
    way = "{ database: { node: db, capability: service, relationship: { type: ConnectsTo, interfaces: { Configure:"
    way += f" {{ operations: {{ add_target: {{ inputs: {inputs} }} }} }} }} }} }} }}"
    template = replaced(nodes(CLIENT.format(way) + ASKED.format("Database", "")), inner(OUTPUTS, MAPPED))

    (relationship,) = template.node_templates["a"].relationships
    assert relationship.interfaces["Configure"].operations["add_target"].inputs == {
        "p": 1,
        "o": WHERE,
        "s": call("get_attribute", "TARGET", "state"),
        "w": call("get_operation_output", "TARGET", "Standard", "create", "w"),
    }


def test_what_a_host_has_that_is_substituted_is_found_from_what_is_hosted_there() -> None:
    inside = inner(OUTPUTS, MAPPED.replace("service: [", "room: [ p, room ], service: ["))
    for asked, expected in (
        ("{ get_attribute: [ HOST, address ] }", WHERE),
        ("{ get_property: [ HOST, size ] }", 5),
        ("{ get_attribute: [ HOST, state ] }", call("get_attribute", "HOST", "state")),
    ):
        entry = nodes(
            reader(asked, more=", requirements: [ { host: db } ]")
            + ASKED.format("Database", ", properties: { size: 5 }")
        )
        assert input_of(replaced(entry, inside), "a") == expected


def test_a_value_of_the_node_means_inside_what_it_means_outside() -> None:
    given = ", properties: { size: { get_property: [ SELF, link, size ] }, label: { get_property: [ HOST, label ] } }"
    given += ", requirements: [ { link: z }, { base: { node: z, relationship: HostedOn } } ]"
    inside = inner(
        reader("[ { get_input: size }, { get_input: label } ]", "r"),
        "requirements: { link: [ q, link ], base: [ r, host ] }",
        inputs="size: { type: integer }, label: { type: string, default: none }",
    )
    template = replaced(nodes(ASKED.format("Database", given) + "    z: { type: Program }\n"), inside)

    expected = [call("get_property", "z", "size"), call("get_property", "z", "label")]
    assert input_of(template, "db/r") == expected


def test_names_inside_mean_what_is_inside_even_where_such_a_name_is_outside() -> None:
    inside = inner(reader("{ get_property: [ q, size ] }", "r"))
    entry = nodes(reader("{ get_property: [ q, size ] }", "q") + ASKED.format("Database", ""))

    template = replaced(entry, inside)

    assert input_of(template, "db/r") == call("get_property", "db/q", "size")
    assert input_of(template, "q") == call("get_property", "q", "size")


def test_attributes_lead_through_templates_in_templates() -> None:
    outer = inner(
        "    deep: { type: Fast, directives: [ substitute ] }\n"
        "  outputs: { where: { value: { get_attribute: [ deep, address ] } } }\n",
        "attributes: { address: [ where ] }, capabilities: { service: [ deep, service ] }",
    )
    fast = inner(OUTPUTS, MAPPED, "Fast")
    client = reader("{ get_attribute: [ SELF, database, address ] }", more=", requirements: [ { database: db } ]")

    template = replaced(nodes(client + ASKED.format("Database", "")), outer, fast=fast)

    assert input_of(template, "a") == call("concat", call("get_attribute", "db/deep/p", "own"), "x")
    assert ways(template.node_templates["a"]) == [("a.database", "db/deep/q", "service")]


def test_outputs_of_the_topology_read_the_node() -> None:
    entry = nodes(ASKED.format("Database", "")) + "  outputs: { o: { value: { get_attribute: [ db, address ] } } }\n"

    assert replaced(entry, inner(OUTPUTS, MAPPED)).outputs["o"].value == WHERE


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("{ get_attribute: [ db, address ] }", "found get_attribute of 'address' of 'db', in whose place stands inner"),
        ("{ get_attribute: [ db, state ] }", "expected a property, or what it maps: one of size"),
        (
            "{ get_operation_output: [ db, Standard, create, x ] }",
            "found get_operation_output of 'Standard, create, x'",
        ),
    ],
)
def test_what_nothing_maps_is_an_error(asked: str, says: str) -> None:
    ((code, file, line, message),) = errors(nodes(reader(asked) + ASKED.format("Database", "")), inner())

    assert (code, file, line) == ("unmapped-reference", "main.yaml", 5)
    assert says in message


def test_a_value_that_leads_back_to_itself_by_way_of_a_substitution_is_an_error() -> None:
    inside = inner(
        "  outputs: { where: { value: { get_input: label } } }\n",
        "attributes: { address: [ where ] }",
        inputs="label: { type: string }",
    )
    entry = nodes(
        ASKED.format("Database", ", properties: { label: { get_attribute: [ SELF, address ] } }")
        + reader("{ get_attribute: [ db, address ] }")
    )

    found = errors(entry, inside)

    assert {code for code, *_ in found} == {"property-loop"}


def test_a_host_beyond_the_node_answers_though_a_node_inside_could() -> None:
    given = ", properties: { label: x }, requirements: [ { base: { node: z, relationship: HostedOn } } ]"
    asked = reader("{ get_attribute: [ HOST, own ] }", more=", requirements: [ { host: db } ]")
    entry = nodes(asked + ASKED.format("Database", given) + "    z: { type: Program }\n")
    inside = inner(mappings="capabilities: { room: [ p, room ] }, requirements: { base: [ p, host ] }")

    template = replaced(entry, inside)

    assert [way.target for way in template.node_templates["db/p"].relationships] == ["z"]
    assert input_of(template, "a") == call("get_attribute", "z", "own")


def test_properties_that_double_with_each_step_are_stopped() -> None:
    names = [f"p{number}" for number in range(20)]
    declared = "".join(f"{name}: {{ type: string, required: false }}\n      " for name in names)
    twice = "{}: {{ concat: [ {{ get_property: [ SELF, {} ] }}, {{ get_property: [ SELF, {} ] }} ] }}"
    values = [twice.format(first, second, second) for first, second in pairwise(names)]
    given = f", properties: {{ {', '.join(values)}, p19: x }}"
    entry = nodes(reader("{ get_property: [ db, p0 ] }") + ASKED.format("Database", given))

    _, found = parse_all(entry, inner(), types=TYPES.replace("tags:", f"{declared}tags:"))

    assert [problem.code for problem in found.problems.errors] == ["substitution-limit"]
