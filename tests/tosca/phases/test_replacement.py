"""Which template is put in the place of a node that is to be substituted."""

from __future__ import annotations

import pytest

from tests.tosca.archives import META, parsed, zipped
from tests.tosca.substituted import ASKED, INNER, TYPES, document, errors, inner, nodes, parse_all, replaced
from tests.tosca.writing.test_document import again
from tosca import Parsed, open_csar, parse

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
