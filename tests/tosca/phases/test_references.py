"""What functions ask for must exist as far as a template can tell, and no property may be its own value."""

from __future__ import annotations

import pytest

from tests.tosca.archives import parsed, topology
from tosca.problems import Problem

TYPES = """\
data_types:
  Disk: { properties: { size: { type: integer }, tags: { type: list, entry_schema: string } } }
relationship_types:
  Link: { derived_from: ConnectsTo, properties: { speed: { type: integer, default: 1 } } }
node_types:
  App:
    derived_from: SoftwareComponent
    properties:
      text: { type: string, required: false }
      other: { type: string, required: false }
      disk: { type: Disk, required: false }
      disks: { type: map, required: false, entry_schema: Disk }
    attributes: { address: { type: string } }
    capabilities: { web: tosca.capabilities.Endpoint }
    requirements:
      - link: { capability: tosca.capabilities.Endpoint, relationship: Link, occurrences: [ 0, 1 ] }
      - spare: { capability: tosca.capabilities.Endpoint, occurrences: [ 0, 1 ] }
    interfaces: { Standard: { type: tosca.interfaces.node.lifecycle.Standard } }
"""
INPUTS = "  inputs: { number: { type: integer }, disk: { type: Disk } }\n"


def problems(value: str, more: str = "", srv: str = "", outputs: str = "") -> list[Problem]:
    """Parse an application whose property has this value, linked to another one on the same server."""
    body = f"""{INPUTS}{outputs}  node_templates:
    srv:
      type: Compute
      {srv or "metadata: {}"}
    peer: {{ type: App, requirements: [ {{ host: srv }} ] }}
    app:
      type: App
      properties: {{ text: {value} }}
      requirements: [ {{ host: srv }}, {{ link: peer }} ]
      {more or "metadata: {}"}
"""
    return list(parsed(topology(body, TYPES, version="tosca_simple_yaml_1_3")).problems)


def codes(value: str, **rest: str) -> list[str]:
    return [problem.code for problem in problems(value, **rest)]


@pytest.mark.parametrize(
    "value",
    [
        "{ get_property: [ SELF, other ] }",
        "{ get_property: [ peer, text ] }",
        "{ get_property: [ SELF, disk, size ] }",
        "{ get_property: [ SELF, disk, tags, 0 ] }",
        "{ get_property: [ SELF, disks, any, size ] }",
        "{ get_property: [ SELF, web, port ] }",
        "{ get_property: [ SELF, web, ports, main, protocol ] }",
        "{ get_property: [ SELF, link, port ] }",
        "{ get_property: [ SELF, link, other ] }",
        "{ get_property: [ SELF, spare, anything ] }",
        "{ get_property: [ SELF, host, num_cpus ] }",
        "{ get_property: [ HOST, num_cpus ] }",
        "{ get_attribute: [ HOST, public_address ] }",
        "{ get_attribute: [ SELF, address ] }",
        "{ get_attribute: [ SELF, other ] }",
        "{ get_attribute: [ srv, networks, private, addresses, 0 ] }",
        "{ get_attribute: [ SELF, web, ip_address ] }",
        "{ get_attribute: [ SELF, link, address ] }",
        "{ get_property: [ SELF, { get_input: number } ] }",
        "{ concat: [ { get_property: [ peer, text ] }, { get_attribute: [ srv, tosca_id ] } ] }",
        "{ get_input: [ disk, size ] }",
        "{ get_input: number }",
    ],
)
def test_a_path_that_leads_somewhere_is_read(value: str) -> None:
    assert codes(value) == []


@pytest.mark.parametrize(
    "value",
    [
        "{ get_property: [ SELF, othr ] }",
        "{ get_property: [ SELF, address ] }",
        "{ get_property: [ SELF, other, 0 ] }",
        "{ get_property: [ SELF, disk, sise ] }",
        "{ get_property: [ SELF, disk, tags, 0, x ] }",
        "{ get_property: [ SELF, disks, any, sise ] }",
        "{ get_property: [ SELF, web, prot ] }",
        "{ get_property: [ SELF, lnk, port ] }",
        "{ get_property: [ SELF, link, prt ] }",
        "{ get_property: [ HOST, cpus ] }",
        "{ get_attribute: [ srv, adress ] }",
        "{ get_attribute: [ srv, networks, private, adresses ] }",
        "{ concat: [ a, { get_property: [ peer, txt ] } ] }",
        "{ get_artifact: [ SELF, image ] }",
    ],
)
def test_a_path_that_leads_nowhere_is_an_error_in_its_place(value: str) -> None:
    (found,) = problems(value)

    assert (found.code, found.line) == ("unknown-reference", 29)
    assert "expected" in found.message


@pytest.mark.parametrize(
    "value",
    ["{ get_property: [ SOURCE, other ] }", "{ get_attribute: [ TARGET, address ] }", "{ get_input: [ number, 0 ] }"],
)
def test_what_a_function_cannot_take_is_an_error(value: str) -> None:
    assert codes(value) == ["bad-function"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("{ get_property: [ SOURCE, text ] }", []),
        ("{ get_attribute: [ TARGET, address ] }", []),
        ("{ get_property: [ SELF, speed ] }", []),
        ("{ get_property: [ TARGET, txt ] }", ["unknown-reference"]),
        ("{ get_property: [ SELF, sped ] }", ["unknown-reference"]),
    ],
)
def test_functions_of_relationships_see_both_ends(value: str, expected: list[str]) -> None:
    body = f"""  node_templates:
    srv: {{ type: Compute }}
    peer: {{ type: App, requirements: [ {{ host: srv }} ] }}
    app:
      type: App
      requirements:
        - host: srv
        - link:
            node: peer
            relationship:
              type: Link
              interfaces: {{ Configure: {{ operations: {{ add_target: {{ inputs: {{ i: {value} }} }} }} }} }}
"""
    found = parsed(topology(body, TYPES, version="tosca_simple_yaml_1_3")).problems

    assert [problem.code for problem in found] == expected


def test_inputs_of_operations_and_outputs_are_checked() -> None:
    more = "interfaces: { Standard: { operations: { create: { inputs: { a: { get_property: [ SELF, x ] } } } } } }"
    outputs = "  outputs: { o: { value: { get_attribute: [ app, y ] } } }\n"

    assert codes("a", more=more, outputs=outputs) == ["unknown-reference"] * 2


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("{ get_property: [ SELF, text ] }", ""),
        ("{ get_property: [ app, text ] }", ""),
        ("{ concat: [ a, { get_property: [ SELF, web, url_path ] } ] }", "{ get_property: [ SELF, text ] }"),
        ("{ get_property: [ SELF, web, url_path ] }", "{ token: [ { get_property: [ app, text ] }, ',', 0 ] }"),
    ],
)
def test_a_property_that_is_its_own_value_is_an_error(text: str, more: str) -> None:
    capabilities = f"capabilities: {{ web: {{ properties: {{ url_path: {more} }} }} }}" if more else ""

    (found,) = problems(text, more=capabilities)

    assert (found.code, found.line > 20) == ("property-loop", True)
    assert "app.text" in found.message


def test_a_property_that_many_use_is_no_loop() -> None:
    lines = [
        f"    n{i}: {{ type: App, properties: {{ text: {{ get_property: [ n{i + 1}, text ] }} }} }}\n"
        for i in range(900)
    ]
    body = "  node_templates:\n" + "".join(lines) + "    n900: { type: App, properties: { text: a } }\n"

    assert parsed(topology(body, TYPES)).service_template is not None


def test_a_plain_node_may_be_asked_for_attributes_that_its_operations_set() -> None:
    body = "  node_templates: { a: { type: tosca.nodes.Root } }\n"
    body += "  outputs: { o: { value: { get_attribute: [ a, ip ] } } }\n"

    assert [problem.code for problem in parsed(topology(body)).problems] == ["undeclared-attribute"]


@pytest.mark.parametrize(
    ("type_", "codes"),
    [
        ("list", []),
        ("list, entry_schema: { type: string }", []),
        ("list, entry_schema: { type: map }", ["wrong-value"]),
        ("map", ["wrong-value"]),
    ],
)
def test_an_attribute_of_several_instances_is_a_list(type_: str, codes: list[str]) -> None:
    text = f"""\
tosca_definitions_version: tosca_simple_yaml_1_1
topology_template:
  node_templates: {{ server: {{ type: tosca.nodes.Compute }} }}
  outputs: {{ o: {{ type: {type_}, value: {{ get_attribute: [ server, private_address ] }} }} }}
"""
    assert [problem.code for problem in parsed(text).problems] == codes
