"""Defaults of types are checked whether anybody uses the type or not."""

from __future__ import annotations

import pytest

from tests.tosca.archives import parsed

HEAD = "tosca_definitions_version: tosca_simple_yaml_1_3\n"
NODE = "node_types: { n: { derived_from: Root, %s } }\n"


@pytest.mark.parametrize(
    ("types", "codes"),
    [
        (NODE % "properties: { p: { type: integer, default: x } }", ["wrong-value"]),
        (
            NODE % "properties: { p: { type: integer, default: 0, constraints: [ greater_than: 1 ] } }",
            ["constraint-violated"],
        ),
        (NODE % "attributes: { p: { type: boolean, default: maybe } }", ["wrong-value"]),
        (
            NODE % "capabilities: { c: { type: Scalable, properties: { min_instances: { default: few } } } }",
            ["wrong-value"],
        ),
        (
            "data_types: { d: { properties: { p: { type: list, entry_schema: integer, default: [ a ] } } } }\n",
            ["wrong-value"],
        ),
        (
            "policy_types: { p: { derived_from: Root, properties: { p: { type: float, default: a } } } }\n",
            ["wrong-value"],
        ),
        (NODE % "properties: { p: { type: integer, default: { get_input: whatever } } }", []),
        (NODE % "properties: { p: { type: string, default: { get_property: [ somebody, p ] } } }", []),
        (NODE % "properties: { p: { type: integer, default: 3 } }", []),
    ],
)
def test_a_default_fits_what_its_type_declares(types: str, codes: list[str]) -> None:
    assert [problem.code for problem in parsed(HEAD + types).problems] == codes


def test_a_topology_that_may_stand_for_a_node_is_checked_in_its_own_file() -> None:
    inner = HEAD + "topology_template:\n  node_templates: { a: { type: Compute, properties: { x: 1 } } }\n"
    inner += "  substitution_mappings: { node_type: Compute }\n"
    found = parsed(HEAD + "imports: [ inner.yaml ]\n", {"inner.yaml": inner}).problems.errors

    assert [(problem.code, problem.file) for problem in found] == [("unknown-property", "inner.yaml")]


@pytest.mark.parametrize(
    ("document", "line"),
    [
        ("node_types: { n: { derived_from: BlockStorage,\nproperties: {\nsize: { type: integer } } } }\n", 4),
        ("capability_types: { s: { derived_from: Scalable,\nproperties: { min_instances: { type: boolean } } } }\n", 3),
        ("data_types: {\nPortDef: { derived_from: integer, constraints: [ greater_than: x ] } }\n", 3),
        ("data_types:\n  tosca.datatypes.Root: { derived_from: string }\n", 1),
    ],
)
def test_what_does_not_fit_a_normative_type_is_told_in_the_document_that_changes_it(document: str, line: int) -> None:
    template = "topology_template: { node_templates: { a: { type: Compute } } }\n"

    found = parsed(HEAD + document + template).problems.errors

    assert {(problem.file, problem.line) for problem in found} == {("main.yaml", line)}
