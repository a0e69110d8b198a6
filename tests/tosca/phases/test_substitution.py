"""Substitution mappings in the forms of all versions, and what they must lead to."""

from __future__ import annotations

import pytest

from tests.tosca.archives import parsed, topology
from tosca.model import Function, Substitution

TYPES = """\
node_types:
  Service:
    derived_from: Root
    properties: { size: { type: integer }, label: { type: string, required: false } }
    attributes: { address: { type: string } }
    capabilities: { web: tosca.capabilities.Endpoint }
    requirements: [ { data: { capability: tosca.capabilities.Endpoint, occurrences: [ 0, 1 ] } } ]
"""
BODY = """\
  inputs: { size: { type: integer } }
  outputs: { address: { value: { get_attribute: [ srv, public_address ] } } }
  node_templates:
    srv: { type: Compute }
    app: { type: WebServer, requirements: [ { host: srv } ] }
  workflows: { w: { steps: { } } }
"""


def document(mappings: str, version: str = "1_3", body: str = BODY) -> str:
    text = f"{body}  substitution_mappings: {{ node_type: Service, {mappings} }}\n"
    return topology(text, TYPES, version=f"tosca_simple_yaml_{version}")


def substitution(mappings: str, version: str = "1_3") -> Substitution:
    found = parsed(document(mappings, version)).service_template
    assert found is not None, [str(problem) for problem in parsed(document(mappings, version)).problems]
    assert found.substitution is not None
    return found.substitution


@pytest.mark.parametrize("version", ["1_0", "1_1", "1_2", "1_3"])
def test_capabilities_and_requirements_lead_inside(version: str) -> None:
    found = substitution(
        "capabilities: { web: [ app, data_endpoint ] }, requirements: { data: [ app, host ] }", version
    )

    assert found.capabilities == {"web": ("app", "data_endpoint")}
    assert found.requirements == {"data": ("app", "host")}


def test_lists_of_mappings_and_the_extended_form_are_read() -> None:
    found = substitution(
        "capabilities: [ { web: { mapping: [ app, data_endpoint ] } } ], requirements: [ { data: [ app, host ] } ]"
    )

    assert (found.capabilities, found.requirements) == ({"web": ("app", "data_endpoint")}, {"data": ("app", "host")})


def test_properties_and_attributes_of_the_same_name_need_no_mapping() -> None:
    found = substitution("capabilities: { }", "1_1")

    assert found.properties == {"size": Function("get_input", ("size",))}
    assert found.attributes == {"address": "address"}


@pytest.mark.parametrize(
    ("mapping", "value"),
    [
        ("size: [ size ]", Function("get_input", ("size",))),
        ("size: { mapping: [ size ] }", Function("get_input", ("size",))),
        ("size: 3", 3),
    ],
)
def test_properties_are_mapped_to_inputs_or_constants(mapping: str, value: object) -> None:
    assert substitution(f"properties: {{ {mapping} }}").properties["size"] == value


def test_attributes_are_mapped_to_outputs_and_operations_to_workflows() -> None:
    found = substitution("attributes: { address: [ address ] }, interfaces: { Standard: { create: w } }")

    assert found.attributes == {"address": "address"}
    assert found.interfaces == {"Standard": {"create": "w"}}


def test_a_substitution_filter_is_checked_against_the_node_type() -> None:
    good = "substitution_filter: { properties: [ { size: { less_than: 3 } } ], capabilities: [ { web: { properties: ["
    assert substitution(good + " { protocol: tcp } ] } } ] }")


@pytest.mark.parametrize(
    ("mappings", "code"),
    [
        ("capabilities: { wbe: [ app, data_endpoint ] }", "bad-substitution"),
        ("capabilities: { web: [ ap, data_endpoint ] }", "bad-substitution"),
        ("capabilities: { web: app }", "bad-substitution"),
        ("requirements: { data: [ app, hots ] }", "bad-substitution"),
        ("properties: { size: [ sise ] }", "bad-substitution"),
        ("properties: { size: big }", "wrong-value"),
        ("properties: { sise: [ size ] }", "unknown-property"),
        ("attributes: { address: [ adress ] }", "bad-substitution"),
        ("attributes: { adress: [ address ] }", "unknown-attribute"),
        ("interfaces: { Standard: { create: v } }", "workflow-not-found"),
        ("substitution_filter: { properties: [ { sise: 3 } ] }", "unknown-property"),
        ("substitution_filter: { properties: [ { size: { less_than: x } } ] }", "bad-constraint"),
        ("substitution_filter: { capabilities: [ { net: { properties: [] } } ] }", "unknown-capability"),
        ("substitution_filter: { filter: [] }", "unknown-keyname"),
    ],
)
def test_what_leads_nowhere_is_an_error(mappings: str, code: str) -> None:
    assert [problem.code for problem in parsed(document(mappings)).problems.errors] == [code]


@pytest.mark.parametrize(
    ("old", "new", "count"),
    [
        ("size: { type: integer }", "size: { type: integer }, zone: { type: string, default: a }", 0),
        ("outputs: { address", "outputs: { adress", 2),
    ],
)
def test_inputs_and_outputs_must_agree_with_the_node_type(old: str, new: str, count: int) -> None:
    found = parsed(document("capabilities: { }", "1_1", BODY.replace(old, new)))

    assert [problem.code for problem in found.problems.errors] == ["bad-substitution"] * count


def test_an_unknown_node_type_is_told_once() -> None:
    text = document("capabilities: { web: [ x, y ] }").replace("node_type: Service", "node_type: Servise")

    assert [problem.code for problem in parsed(text).problems.errors] == ["unknown-type"]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            "size: { type: integer }",
            "size: { type: boolean }",
            "found input 'size' of type boolean, expected one",
        ),
        (
            "address: { value:",
            "address: { type: map, value:",
            "found output 'address' of type map, expected one",
        ),
    ],
)
def test_what_is_mapped_has_to_be_of_the_type_or_to_be_converted_to_it(old: str, new: str, says: str) -> None:
    body = BODY.replace(old, new).replace("get_attribute: [ srv, public_address ]", "get_attribute: [ srv, networks ]")
    found = parsed(document("capabilities: { }", body=body)).problems.errors

    assert [problem.code for problem in found] == ["bad-substitution"]
    assert says in found[0].message
    fine = BODY.replace("size: { type: integer }", "size: { type: string }")
    assert parsed(document("capabilities: { }", body=fine)).problems.errors == ()
