"""Nodes that are to be substituted become the nodes of the template that is chosen for them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.tosca.archives import META, parsed, zipped
from tests.tosca.writing.test_document import again
from tosca import Parsed, open_csar, parse
from tosca.model import Function, NodeTemplate, ServiceTemplate, Value

TYPES = """\
node_types:
  Base:
    derived_from: Root
    properties:
      size: { type: integer, default: 1 }
      label: { type: string, required: false }
      tags: { type: map, entry_schema: string, required: false }
    attributes: { address: { type: string }, port: { type: integer } }
    capabilities: { service: Endpoint, room: tosca.capabilities.Container, scalable: Scalable }
    requirements:
      - base: { capability: tosca.capabilities.Container, occurrences: [ 0, 1 ] }
      - link: { capability: Endpoint, relationship: ConnectsTo, occurrences: [ 0, 1 ] }
  Database: { derived_from: Base }
  Fast: { derived_from: Database }
  Program:
    derived_from: Root
    properties: { size: { type: integer, default: 7 }, label: { type: string, required: false } }
    attributes: { port: { type: integer }, own: { type: string } }
    capabilities: { service: Endpoint, room: tosca.capabilities.Container, scalable: Scalable }
    requirements:
      - link: { capability: Endpoint, relationship: ConnectsTo, occurrences: [ 0, 1 ] }
      - database: { capability: Endpoint, relationship: ConnectsTo, occurrences: [ 0, 3 ] }
      - host: { capability: tosca.capabilities.Container, relationship: HostedOn, occurrences: [ 0, 1 ] }
    interfaces: { Standard: { type: tosca.interfaces.node.lifecycle.Standard } }
"""
HEAD = "tosca_definitions_version: tosca_simple_yaml_{}\n"
ENTRY = "imports: [ types.yaml, inner.yaml{} ]\ntopology_template:\n"
INNER = "imports: [ types.yaml ]\ntopology_template:\n"
ASKED = "    db: {{ type: {}, directives: [ substitute ]{} }}\n"


def document(text: str, version: str = "1_3") -> str:
    return HEAD.format(version) + text


def parse_all(entry: str, inner: str, version: str = "1_3", types: str = TYPES, **more: str) -> tuple[Any, Parsed]:
    """Parse an entry, which is the body of a topology, beside one that may stand for nodes of it, and others."""
    names = "".join(f", {name}.yaml" for name in more)
    files: dict[str, str | bytes] = {
        "TOSCA-Metadata/TOSCA.meta": META.format(entry="main.yaml"),
        "types.yaml": document(types, version),
        "main.yaml": document(ENTRY.format(names) + entry, version),
        "inner.yaml": document(INNER + inner, version),
        "run.sh": "#!/bin/sh\n",
    }
    files |= {f"{name}.yaml": document(INNER + text, version) for name, text in more.items()}
    csar = open_csar(zipped(files))
    return csar, parse(csar)


def replaced(entry: str, inner: str, version: str = "1_3", **more: str) -> ServiceTemplate:
    """The service template, which written as one document means the same."""
    csar, found = parse_all(entry, inner, version, **more)
    assert found.service_template is not None, [str(problem) for problem in found.problems]
    second, _ = again(csar, found)
    assert second.service_template == found.service_template
    return found.service_template


def errors(entry: str, inner: str, version: str = "1_3", **more: str) -> list[tuple[str, str, int, str]]:
    _, found = parse_all(entry, inner, version, **more)
    return [(problem.code, problem.file, problem.line, problem.message) for problem in found.problems.errors]


def inner(body: str = "", mappings: str = "", node_type: str = "Database", inputs: str = "") -> str:
    return (
        f"  inputs: {{ {inputs} }}\n  node_templates:\n    p: {{ type: Program }}\n    q: {{ type: Program }}\n{body}"
        f"  substitution_mappings: {{ node_type: {node_type}, {mappings} }}\n"
    )


def nodes(text: str) -> str:
    return "  node_templates:\n" + text


def ways(node: NodeTemplate) -> list[tuple[str, str, str | None]]:
    return [(way.name, way.target, way.capability) for way in node.relationships]


def call(name: str, *arguments: Value) -> Function:
    return Function(name, arguments)


def input_of(template: ServiceTemplate, node: str, name: str = "x") -> Value:
    return template.node_templates[node].interfaces["Standard"].operations["create"].inputs[name]


def reader(value: str, name: str = "a", more: str = "") -> str:
    """A program whose operation reads a value."""
    operation = f"interfaces: {{ Standard: {{ operations: {{ create: {{ inputs: {{ x: {value} }} }} }} }} }}"
    return f"    {name}: {{ type: Program, {operation}{more} }}\n"


# -- which template


@pytest.mark.parametrize("directive", ["substitute", "substitutable"])
@pytest.mark.parametrize("version", ["1_0", "1_1", "1_2", "1_3"])
def test_the_nodes_of_the_template_take_the_place_of_the_node(version: str, directive: str) -> None:
    body = nodes("    a: { type: Program }\n" + ASKED.format("Database", "") + "    z: { type: Program }\n")
    attributes = "  outputs: { address: { value: x }, port: { value: 1 } }\n" if version < "1_3" else ""
    types = TYPES.replace("Database: { derived_from: Base }", "Database: { derived_from: Base, attributes: {} }")
    csar, found = parse_all(body.replace("substitute", directive), inner(attributes), version, types)

    template = found.service_template
    assert template is not None, [str(problem) for problem in found.problems]
    assert list(template.node_templates) == ["a", "db/p", "db/q", "z"]
    assert all(name == node.name for name, node in template.node_templates.items())
    assert [(one.node, one.type, one.template) for one in template.replaced] == [("db", "Database", "inner.yaml")]
    assert again(csar, found)[0].service_template == template


def test_a_template_for_the_very_type_goes_before_one_for_a_derived_type() -> None:
    entry = nodes(ASKED.format("Database", ""))
    fast = inner(node_type="Fast").replace("p:", "fast:")

    assert list(replaced(entry, inner(), fast=fast).node_templates) == ["db/p", "db/q"]
    assert "db/p" in replaced(entry, inner(node_type="Fast"), other=inner(node_type="Program")).node_templates


def test_a_template_for_an_ancestor_of_the_type_does_not_fit() -> None:
    ((code, file, line, message),) = errors(nodes(ASKED.format("Fast", "")), inner())

    assert (code, file, line) == ("no-substitute", "main.yaml", 5)
    assert "expected a template of the archive that stands for this type" in message


def test_a_substitution_filter_chooses_by_what_the_node_says() -> None:
    small = inner(mappings="substitution_filter: { properties: [ { size: { less_than: 5 } } ] }")
    large = inner(mappings="substitution_filter: { properties: [ { size: [ { greater_or_equal: 5 } ] } ] }")

    for size, file in ((1, "inner.yaml"), (5, "large.yaml")):
        entry = nodes(ASKED.format("Database", f", properties: {{ size: {size} }}"))
        assert replaced(entry, small, large=large).replaced[0].template == file


def test_a_substitution_filter_looks_at_capabilities_too() -> None:
    text = "substitution_filter: {{ capabilities: [ {{ {}: {{ properties: [ {{ protocol: {} }} ] }} }} ] }}"
    entry = nodes(ASKED.format("Database", ", capabilities: { service: { properties: { protocol: udp } } }"))

    for name in ("service", "tosca.capabilities.Endpoint"):
        udp, tcp = (inner(mappings=text.format(name, kind)) for kind in ("udp", "tcp"))
        assert replaced(entry, tcp, other=udp).replaced[0].template == "other.yaml"


def test_a_node_filter_chooses_by_what_the_template_offers() -> None:
    asked = ", node_filter: { properties: [ { size: { greater_than: 3 } } ], capabilities: [ { room: { properties: ["
    asked += " { num_cpus: { greater_or_equal: 2 } } ] } } ] }"
    types = TYPES.replace("tosca.capabilities.Container", "Sized")
    types += "capability_types:\n  Sized:\n    derived_from: tosca.capabilities.Container\n"
    types += "    properties: { num_cpus: { type: integer, required: false } }\n"

    def text(size: int, cpus: int) -> str:
        room = f"    r: {{ type: Program, capabilities: {{ room: {{ properties: {{ num_cpus: {cpus} }} }} }} }}\n"
        return inner(room, f"properties: {{ size: {size} }}, capabilities: {{ room: [ r, room ] }}")

    _, found = parse_all(
        nodes(ASKED.format("Database", asked)), text(2, 4), types=types, slow=text(5, 1), good=text(5, 2)
    )
    assert found.service_template is not None, [str(problem) for problem in found.problems]
    assert found.service_template.replaced[0].template == "good.yaml"


def test_templates_that_do_not_fit_are_told_with_the_reason() -> None:
    entry = nodes(
        "    a: { type: Program, requirements: [ { database: { node: db, capability: service } } ] }\n"
        + ASKED.format("Database", ", properties: { size: 4 }, requirements: [ { link: a } ]")
    )
    filtered = inner(mappings="substitution_filter: { properties: [ { size: { less_than: 3 } } ] }")
    constant = inner(mappings="properties: { size: 2 }, capabilities: { service: [ p, service ] }")
    wanting = inner(
        inputs="zone: { type: string }",
        mappings="requirements: { link: [ p, link ] }, capabilities: { service: [ p, service ] }",
    )

    ((code, _, line, message),) = errors(entry, filtered, constant=constant, wanting=wanting)

    assert (code, line) == ("no-substitute", 6)
    assert "inner.yaml does not: its substitution_filter asks for size less_than 3" in message
    assert "it does not map capability 'service', which a.database leads to" in message
    assert "it does not map requirement 'link'" in message
    assert "constant.yaml does not: it is made for another value of property 'size'" in message
    assert "wanting.yaml does not: its input 'zone' gets no value" in message


def test_two_templates_that_fit_equally_well_are_an_error() -> None:
    ((code, file, line, message),) = errors(nodes(ASKED.format("Database", "")), inner(), other=inner())

    assert (code, file, line) == ("ambiguous-substitute", "main.yaml", 5)
    assert "inner.yaml and other.yaml fit equally well, expected one" in message


def test_a_value_that_only_an_instance_knows_fits_every_filter() -> None:
    entry = "  inputs: { n: { type: integer } }\n"
    entry += nodes(ASKED.format("Database", ", properties: { size: { get_input: n } }"))

    filtered = inner(mappings="substitution_filter: { properties: [ { size: { less_than: 3 } } ] }")
    assert list(replaced(entry, filtered).node_templates) == ["db/p", "db/q"]


def test_templates_inside_templates_are_put_in_place_as_well() -> None:
    outer = inner("    deep: { type: Fast, directives: [ substitute ], properties: { size: { get_input: n } } }\n")
    outer = outer.replace("inputs: {  }", "inputs: { n: { type: integer } }")
    outer = outer.replace("node_type: Database, ", "node_type: Database, properties: { size: [ n ] }")
    large = inner(node_type="Fast", mappings="substitution_filter: { properties: [ { size: { greater_than: 5 } } ] }")
    small = inner(node_type="Fast", mappings="substitution_filter: { properties: [ { size: { less_than: 5 } } ] }")

    template = replaced(nodes(ASKED.format("Database", ", properties: { size: 9 }")), outer, large=large, small=small)

    assert list(template.node_templates) == ["db/p", "db/q", "db/deep/p", "db/deep/q"]
    assert [(one.node, one.template) for one in template.replaced] == [
        ("db", "inner.yaml"),
        ("db/deep", "large.yaml"),
    ]


def test_a_template_that_contains_itself_is_an_error_that_prints_the_loop() -> None:
    first = inner("    deep: { type: Fast, directives: [ substitute ] }\n")
    second = inner("    again: { type: Database, directives: [ substitute ] }\n", node_type="Fast")

    ((code, file, _, message),) = errors(
        nodes(ASKED.format("Database", "")), first, fast=second.replace("again", "back")
    )

    assert (code, file) == ("substitution-loop", "fast.yaml")
    assert "main.yaml → inner.yaml → fast.yaml → inner.yaml" in message


def test_the_entry_never_stands_for_a_node_of_its_own() -> None:
    entry = nodes(ASKED.format("Database", "")) + "  substitution_mappings: { node_type: Database }\n"

    assert list(replaced(entry, inner()).node_templates) == ["db/p", "db/q"]
    ((code, _, _, message),) = errors(entry, inner(node_type="Program"))
    assert (code, "main.yaml → main.yaml" in message) == ("substitution-loop", True)


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
        ("type: boolean", "its input 'size' is of type boolean, which the property's value is not"),
        ("type: integer, constraints: [ { less_than: 2 } ]", "its input 'size' asks for less_than 2"),
    ],
)
def test_the_values_of_inputs_are_checked(declared: str, says: str) -> None:
    found = errors(
        nodes(ASKED.format("Database", ", properties: { size: 3 }")), inner(inputs=f"size: {{ {declared} }}")
    )

    assert [code for code, *_ in found] == ["no-substitute"]
    assert says in found[0][3]


# -- relationships

CLIENT = "    a: {{ type: Program, requirements: [ {} ] }}\n"


def test_what_leads_to_a_capability_leads_to_the_one_inside_that_it_is_mapped_to() -> None:
    entry = nodes(
        CLIENT.format("{ database: { node: db, capability: service } }, { host: db }") + ASKED.format("Database", "")
    )
    inside = inner(mappings="capabilities: { service: [ q, service ], room: [ p, room ] }")

    template = replaced(entry, inside)

    assert ways(template.node_templates["a"]) == [("a.database", "db/q", "service"), ("a.host", "db/p", "room")]
    assert template.node_templates["a"].relationships[1].hosted_on


def test_a_dependency_on_the_node_is_one_on_all_nodes_inside() -> None:
    entry = nodes(
        CLIENT.format("{ dependency: db }, { dependency: z }")
        + ASKED.format("Database", ", requirements: [ { dependency: z } ]")
        + "    z: { type: Program }\n"
    )
    template = replaced(entry, inner())

    assert ways(template.node_templates["a"]) == [
        ("a.dependency", "db/p", "feature"),
        ("a.dependency.1", "db/q", "feature"),
        ("a.dependency.2", "z", "feature"),
    ]
    for name in ("db/p", "db/q"):
        assert ways(template.node_templates[name]) == [(f"{name}.dependency", "z", "feature")]


def test_the_nodes_requirements_become_those_of_the_nodes_inside_with_all_that_is_said_of_them() -> None:
    way = "{ link: { node: z, relationship: { type: ConnectsTo, properties: { credential: { token: t } }, interfaces:"
    way += " { Configure: { operations: { add_target: { inputs: { x: { get_property: [ SOURCE, size ] } } } } } } } } }"
    entry = nodes(
        ASKED.format("Database", f", properties: {{ size: 3 }}, requirements: [ {way} ]") + "    z: { type: Program }\n"
    )
    template = replaced(entry, inner(mappings="requirements: { link: [ q, link ] }"))

    (moved,) = template.node_templates["db/q"].relationships
    assert (moved.name, moved.source, moved.requirement, moved.target) == ("db/q.link", "db/q", "link", "z")
    assert moved.properties["credential"] == {"token": "t", "token_type": "password"}
    assert moved.interfaces["Configure"].operations["add_target"].inputs["x"] == 3


def test_a_requirement_that_the_template_leaves_to_the_node_is_not_missing() -> None:
    types = TYPES + "  Web: { derived_from: WebServer }\n"
    inside = inner("    w: { type: Web }\n", "requirements: { base: [ w, host ] }")
    entry = nodes(ASKED.format("Database", ", requirements: [ { base: c } ]") + "    c: { type: Compute }\n")
    _, found = parse_all(entry, inside, types=types)

    assert found.service_template is not None, [str(problem) for problem in found.problems]
    assert ways(found.service_template.node_templates["db/w"]) == [("db/w.host", "c", "host")]
    assert "unassigned-host" not in [problem.code for problem in found.problems]


def test_a_requirement_that_is_assigned_inside_as_well_is_no_fit() -> None:
    inside = inner("    r: { type: Program, requirements: [ { link: p } ] }\n", "requirements: { link: [ r, link ] }")
    entry = nodes(ASKED.format("Database", ", requirements: [ { link: z } ]") + "    z: { type: Program }\n")

    ((code, *_, message),) = errors(entry, inside)

    assert code == "no-substitute"
    assert "requirement 'link', which the node assigns, is assigned inside as well" in message


def test_what_a_capability_or_requirement_is_mapped_to_has_to_be_of_its_kind() -> None:
    client = CLIENT.format("{ database: { node: db, capability: service } }")
    entry = nodes(client + ASKED.format("Database", ", requirements: [ { link: z } ]") + "    z: { type: Program }\n")
    wrong = inner(mappings="capabilities: { service: [ p, room ] }, requirements: { link: [ q, host ] }")

    ((code, *_, message),) = errors(entry, wrong)

    assert code == "no-substitute"
    assert (
        "capability 'service' is mapped to a tosca.capabilities.Container, expected a tosca.capabilities.En" in message
    )
    assert (
        "requirement 'link' is mapped to one for a tosca.capabilities.Container, which db.link does not lead" in message
    )


def test_two_nodes_that_are_substituted_are_connected_with_each_other() -> None:
    entry = nodes(
        ASKED.format("Database", ", requirements: [ { link: { node: two, capability: service } } ]")
        + "    two: { type: Database, directives: [ substitute ] }\n"
    )
    inside = inner(mappings="capabilities: { service: [ p, service ] }, requirements: { link: [ q, link ] }")

    assert ways(replaced(entry, inside).node_templates["db/q"]) == [("db/q.link", "two/p", "service")]


def test_relationship_templates_inside_are_told_apart() -> None:
    inside = inner("    r: { type: Program, requirements: [ { link: { node: p, relationship: wire } } ] }\n")
    inside += "  relationship_templates: { wire: { type: ConnectsTo } }\n"
    entry = nodes(ASKED.format("Database", "") + ASKED.format("Database", "").replace("db:", "eb:"))

    template = replaced(entry, inside)

    assert [template.node_templates[f"{name}/r"].relationships[0].template for name in ("db", "eb")] == [
        "db/wire",
        "eb/wire",
    ]


def test_nodes_that_are_hosted_on_each_other_by_a_substitution_are_an_error() -> None:
    entry = nodes(CLIENT.format("{ host: db }") + ASKED.format("Database", ", requirements: [ { base: a } ]"))
    inside = inner(mappings="capabilities: { room: [ p, room ] }, requirements: { base: [ p, host ] }")
    entry = entry.replace("{ base: a }", "{ base: { node: a, relationship: HostedOn } }")

    assert [code for code, *_ in errors(entry, inside)] == ["hosting-cycle"]


# -- scaling


def test_numbers_of_instances_inside_come_from_inputs_and_from_the_capability_of_the_node() -> None:
    inside = inner(
        "    r:\n      type: Program\n"
        "      capabilities: { scalable: { properties: { default_instances: { get_input: size } } } }\n",
        "capabilities: { scalable: [ q, scalable ] }",
        inputs="size: { type: integer }",
    )
    given = ", properties: { size: 3 }, capabilities: { scalable: { properties: { default_instances: 4 } } }"

    template = replaced(nodes(ASKED.format("Database", given)), inside)

    counts = {name: node.capabilities["scalable"].properties for name, node in template.node_templates.items()}
    assert counts["db/r"]["default_instances"] == 3
    assert counts["db/q"] == {"min_instances": 1, "max_instances": 4, "default_instances": 4}
    assert "default_instances" not in counts["db/p"]


def test_properties_of_a_capability_that_nothing_maps_are_left_out_with_a_warning() -> None:
    given = ", capabilities: { scalable: { properties: { default_instances: 4 } } }"
    _, found = parse_all(nodes(ASKED.format("Database", given)), inner())

    (problem,) = found.problems
    assert (problem.code, problem.line) == ("not-interpreted", 5)
    assert "capability 'scalable', which inner.yaml does not map" in problem.message


def test_operations_of_the_node_itself_are_left_out_with_a_warning() -> None:
    given = ", interfaces: { Standard: { operations: { create: run.sh } } }"
    _, found = parse_all(nodes(ASKED.format("Database", given)), inner())

    assert [problem.code for problem in found.problems] == ["not-interpreted"]


# -- functions

OUTPUTS = "  outputs: { where: { value: { concat: [ { get_attribute: [ p, own ] }, x ] } } }\n"
MAPPED = "attributes: { address: [ where ], port: [ q, port ] }, capabilities: { service: [ q, service ] }"
WHERE = call("concat", call("get_attribute", "db/p", "own"), "x")


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


# -- groups, policies and workflows


def test_a_group_of_its_name_takes_the_place_of_the_node() -> None:
    entry = nodes(ASKED.format("Database", ", description: two programs") + "    z: { type: Program }\n")
    entry += "  groups: { g: { type: tosca.groups.Root, members: [ z, db ] } }\n"
    entry += "  policies: [ { s: { type: tosca.policies.Scaling, targets: [ db, g ] } } ]\n"

    template = replaced(entry, inner())

    assert template.groups["g"].members == ("z", "db/p", "db/q")
    assert (template.groups["db"].members, template.groups["db"].description) == (("db/p", "db/q"), "two programs")
    assert template.policies["s"].targets == ("db/p", "db/q", "g")


def test_groups_that_allow_some_types_get_the_nodes_of_these_types() -> None:
    types = TYPES + "group_types:\n"
    types += "  Servers: { derived_from: tosca.groups.Root, members: [ Database, Compute ] }\n"
    entry = nodes(ASKED.format("Database", "")) + "  groups: { g: { type: Servers, members: [ db ] } }\n"

    for body, members in (("    c: { type: Compute }\n", ("db/c",)), ("", ())):
        _, found = parse_all(entry, inner(body), types=types)
        assert found.service_template is not None
        assert found.service_template.groups["g"].members == members
        assert any(
            "no node in its place is a Database or a tosca.nodes.Compute" in p.message for p in found.problems
        ) != bool(body)


def test_groups_policies_and_workflows_inside_come_along_under_longer_names() -> None:
    inside = inner(
        "  groups: { g: { type: tosca.groups.Root, members: [ p ] } }\n"
        "  policies:\n    - s:\n        type: tosca.policies.Scaling\n        targets: [ g, q ]\n"
        "        triggers: { t: { event: e, target_filter: { node: p }, action: [ { inline: w } ] } }\n"
        "  workflows:\n"
        "    w:\n      inputs: { n: { type: integer } }\n      preconditions: [ { target: q } ]\n      steps:\n"
        "        one: { target: p, activities: [ { call_operation: { operation: Standard.stop, inputs: { x:"
        " [ { get_input: n }, { get_input: size } ] } } } ], on_success: [ two ] }\n"
        "        two: { activities: [ { inline: v } ] }\n"
        "    v: { steps: { s: { target: g, activities: [ { set_state: x } ] } } }\n",
        inputs="size: { type: integer }, n: { type: integer, default: 0 }",
    )
    template = replaced(nodes(ASKED.format("Database", "")), inside)

    assert template.groups["db/g"].members == ("db/p",)
    policy = template.policies["db/s"]
    assert policy.targets == ("db/g", "db/q")
    assert (policy.triggers[0].target, policy.triggers[0].action) == ("db/p", [{"inline": "db/w"}])
    steps = template.workflows["db/w"].steps
    assert (steps["one"].target, steps["one"].on_success) == ("db/p", ("two",))
    assert steps["one"].activities[0].inputs["x"] == [call("get_input", "n"), 1]
    assert steps["two"].activities[0].value == "db/v"
    assert template.workflows["db/w"].preconditions[0].target == "db/q"
    assert template.workflows["db/v"].steps["s"].target == "db/g"


def test_steps_on_the_node_mean_the_group_and_on_its_relationship_the_one_inside() -> None:
    entry = nodes(ASKED.format("Database", ", requirements: [ { link: z } ]") + "    z: { type: Program }\n")
    entry += "  workflows:\n    w:\n      steps:\n"
    entry += "        one: { target: db, activities: [ { call_operation: Standard.stop } ] }\n"
    entry += (
        "        two: { target: db, target_relationship: link, operation_host: SOURCE, activities: [ { call_operation"
    )
    entry += ": Configure.add_target } ] }\n"

    steps = replaced(entry, inner(mappings="requirements: { link: [ q, link ] }")).workflows["w"].steps

    assert (steps["one"].target, steps["one"].target_relationship) == ("db", "")
    assert (steps["two"].target, steps["two"].target_relationship) == ("db/q", "link")


def test_a_step_cannot_call_what_no_node_in_the_place_has() -> None:
    types = TYPES.replace("Database: { derived_from: Base }", "Database: { derived_from: Base, interfaces: { My: I } }")
    types = types.replace("{ My: I }", "{ My: { type: I } }") + "interface_types: { I: { operations: { tidy: {} } } }\n"
    entry = nodes(ASKED.format("Database", ""))
    entry += "  workflows: { w: { steps: { s: { target: db, activities: [ { call_operation: My.tidy } ] } } } }\n"

    _, found = parse_all(entry, inner(), types=types)

    assert [(problem.code, problem.line) for problem in found.problems.errors] == [("unknown-operation", 6)]


def test_a_mapping_of_the_topology_itself_leads_on() -> None:
    entry = nodes(ASKED.format("Database", ""))
    entry += (
        "  substitution_mappings: { node_type: Base, capabilities: { service: [ db, service ], room: [ db, room ] } }\n"
    )

    found = replaced(entry, inner(OUTPUTS, MAPPED)).substitution

    assert found is not None
    assert found.capabilities == {"service": ("db/q", "service")}


# -- names and limits


@pytest.mark.parametrize("more", ["    db/p: { type: Program }\n", "  groups: { db: { type: tosca.groups.Root } }\n"])
def test_a_name_that_is_needed_for_what_is_inside_cannot_be_used(more: str) -> None:
    found = errors(nodes(ASKED.format("Database", "") + more), inner())

    assert [code for code, *_ in found] == ["duplicate-name"]
    assert "expected another name" in found[0][3]


def test_templates_that_double_at_each_level_are_stopped() -> None:
    types = TYPES + "".join(f"  T{level}: {{ derived_from: Root }}\n" for level in range(31))
    more = {
        f"t{level}": nodes(
            "".join(f"    n{i}: {{ type: T{level + 1}, directives: [ substitute ] }}\n" for i in range(4))
        )
        + f"  substitution_mappings: {{ node_type: T{level} }}\n"
        for level in range(30)
    }
    _, found = parse_all(nodes(ASKED.format("T0", "")), inner(node_type="T30"), types=types, **more)

    assert [problem.code for problem in found.problems.errors] == ["substitution-limit"]


def test_a_node_without_a_template_may_wait_for_its_archive() -> None:
    text = document("topology_template:\n" + nodes(ASKED.format("Compute", "")))
    archive = zipped({"main.yaml": text})

    found = parse(open_csar(archive, complete=False))

    assert [(problem.code, problem.line) for problem in found.problems] == [("absent-substitute", 4)]
    assert found.service_template is not None
    assert list(found.service_template.node_templates) == ["db"]
    assert [problem.code for problem in parsed(text).problems] == ["no-substitute"]


# -- other definitions


def with_others(other: str, entry: str) -> Parsed:
    meta = META.format(entry="main.yaml") + "Other-Definitions: other.yaml\n"
    text = document("imports: [ types.yaml ]\ntopology_template:\n" + entry)
    files = {"main.yaml": text, "types.yaml": document(TYPES), "other.yaml": document(other)}
    return parse(open_csar(zipped({"TOSCA-Metadata/TOSCA.meta": meta, **files})))


def test_other_definitions_may_stand_for_nodes() -> None:
    found = with_others(INNER + inner(), nodes(ASKED.format("Database", "")))

    assert found.service_template is not None, [str(problem) for problem in found.problems]
    assert list(found.service_template.node_templates) == ["db/p", "db/q"]
    assert found.service_template.replaced[0].template == "other.yaml"


def test_other_definitions_are_checked_like_the_entry() -> None:
    other = "topology_template:\n  node_templates:\n    a: { type: Program, properties: { size: big } }\n"
    found = with_others(other, nodes("    a: { type: Program }\n"))

    assert [(p.code, p.file, p.line) for p in found.problems.errors] == [("wrong-value", "other.yaml", 4)]


def test_a_topology_of_other_definitions_that_stands_for_nothing_is_left_out_with_a_warning() -> None:
    other = "topology_template:\n  node_templates:\n    b: { type: Program }\n"
    found = with_others(other, nodes("    a: { type: Program }\n"))

    assert [(p.code, p.file, p.line) for p in found.problems] == [("not-interpreted", "other.yaml", 2)]
    assert found.service_template is not None
    assert list(found.service_template.node_templates) == ["a"]
