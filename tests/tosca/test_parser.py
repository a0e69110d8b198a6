"""Whole documents: what the parser makes of them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.tosca.archives import META, parsed, topology, zipped
from tests.tosca.examples import CONNECTIONS, COUNTS, OPERATIONS, loose, standard
from tosca import open_csar, parse
from tosca.model import Function, NodeTemplate, ServiceTemplate


def template(text: str, **files: str) -> ServiceTemplate:
    found = parsed(text, files)
    assert found.service_template is not None, [str(problem) for problem in found.problems]
    return found.service_template


def node(body: str, types: str = "", **files: str) -> NodeTemplate:
    text = topology("  node_templates:\n" + body, types)
    return template(text, **files).node_templates["A"]


@pytest.mark.parametrize("example", [loose, standard])
def test_the_reference_example_parses_in_its_loose_and_in_its_standard_form(example: Any) -> None:
    found = parse(open_csar(zipped(example())))

    assert found.service_template is not None
    nodes = found.service_template.node_templates
    assert {name: n.capabilities["scalable"].properties["default_instances"] for name, n in nodes.items()} == COUNTS
    for name, targets in CONNECTIONS.items():
        host, *others = nodes[name].relationships
        assert (host.name, host.target, host.hosted_on) == (f"{name}.host", f"srv{name}", True)
        assert [other.target for other in others] == targets
        assert {other.type for other in others} <= {"tosca.relationships.ConnectsTo"}
        for operation in OPERATIONS:
            implementation = nodes[name].interfaces["Standard"].operations[operation].implementation
            assert implementation is not None
            assert implementation.primary == f"scripts/{operation}.sh"


def test_the_loose_example_warns_of_each_looseness_and_the_standard_one_of_nothing() -> None:
    codes = {problem.code for problem in parse(open_csar(zipped(loose()))).problems}

    assert codes == {"csar-nested-folder", "undeclared-capability", "undeclared-requirement"}
    assert len(parse(open_csar(zipped(standard()))).problems) == 0


def test_the_loose_example_gives_inputs_of_an_interface_to_each_operation() -> None:
    found = parse(open_csar(zipped(loose()))).service_template

    assert found is not None
    a = found.node_templates["A"]
    assert {name: op.inputs for name, op in a.interfaces["Standard"].operations.items()} == {
        name: {"NAME": "A"} for name in OPERATIONS
    }
    assert [relationship.name for relationship in a.relationships] == ["A.host", "A.connection", "A.connection.1"]
    configure = a.relationships[2].interfaces["Configure"].operations["pre_configure_source"]
    assert configure.inputs == {"TO": "C"}
    assert configure.implementation is not None
    assert configure.implementation.primary == "scripts/relation.sh"


@pytest.mark.parametrize("minor", range(4))
@pytest.mark.parametrize("form", ["tosca_simple_yaml_1_{}", "http://docs.oasis-open.org/tosca/ns/simple/yaml/1.{}"])
def test_versions_1_0_to_1_3_are_read(minor: int, form: str) -> None:
    version = form.format(minor)

    assert template(topology("  description: x\n", version=version)).definitions_version == version


@pytest.mark.parametrize("name", ["tosca.nodes.Compute", "Compute", "tosca:Compute"])
def test_a_normative_type_has_three_names(name: str) -> None:
    assert node(f"    A: {{ type: {name} }}\n").lineage == ("tosca.nodes.Compute", "tosca.nodes.Root")


def test_a_byte_order_mark_and_null_sections_do_no_harm() -> None:
    text = "\ufeff" + topology("  inputs:\n  node_templates:\n    A:\n      type: Compute\n      properties:\n")

    assert set(template(text).node_templates) == {"A"}


def test_a_file_with_types_only_is_a_service_template() -> None:
    found = template("tosca_definitions_version: tosca_simple_yaml_1_1\nnode_types: { a: { derived_from: Root } }\n")

    assert found.node_templates == {}
    assert found.node_types["a"].lineage == ("a", "tosca.nodes.Root")


def test_anchors_and_merge_keys_work() -> None:
    text = (
        "tosca_definitions_version: tosca_simple_yaml_1_1\ndsl_definitions:\n  host: &host { num_cpus: 2, name: a }\n"
    )
    text += "topology_template:\n  node_templates:\n    A:\n      type: Compute\n      capabilities:\n"
    text += "        host: { properties: { <<: *host, name: b } }\n"

    assert template(text).node_templates["A"].capabilities["host"].properties == {"num_cpus": 2, "name": "b"}


@pytest.mark.parametrize("form", ["- {0}", "- file: {0}", "- types: {0}", "- types: {{ file: {0} }}", "- file:{0}"])
def test_imports_are_read_in_every_form_relative_to_the_importing_file(form: str) -> None:
    head = "tosca_definitions_version: tosca_simple_yaml_1_1\n"
    files = {
        "types/one.yaml": head + "imports: [ two.yaml ]\nnode_types: { one: { derived_from: two } }\n",
        "types/two.yaml": head + "imports: [ ../main.yaml ]\nnode_types: { two: { derived_from: Root } }\n",
    }
    text = head + f"imports:\n  {form.format('types/one.yaml')}\n"
    text += "topology_template:\n  node_templates: { A: { type: one } }\n"

    assert template(text, **files).node_templates["A"].lineage == ("one", "two", "tosca.nodes.Root")


def test_types_of_an_import_with_a_prefix_answer_to_it() -> None:
    types = "tosca_definitions_version: tosca_simple_yaml_1_1\nnode_types: { one: { derived_from: Root } }\n"
    text = "tosca_definitions_version: tosca_simple_yaml_1_1\nimports: [ { file: types.yaml, namespace_prefix: my } ]\n"
    text += "topology_template:\n  node_templates: { A: { type: 'my:one' } }\n"

    assert template(text, **{"types.yaml": types}).node_templates["A"].type == "one"


@pytest.mark.parametrize("sign", [":", "."])
def test_types_of_an_import_with_a_prefix_answer_to_it_with_a_colon_or_a_dot(sign: str) -> None:
    text = topology(
        f"  node_templates: {{ A: {{ type: 'own{sign}my.Type' }} }}\n",
        "imports: [ { file: types.yaml, namespace_prefix: own } ]\n",
    )
    files = {"types.yaml": topology("", "node_types: { my.Type: { derived_from: Root } }\n").partition("topology")[0]}

    found = parsed(text, files).service_template

    assert found is not None
    assert found.node_templates["A"].type == "my.Type"


def test_a_document_may_put_its_own_type_in_a_normative_ones_place() -> None:
    types = "relationship_types:\n  tosca.relationships.Root:\n    workflow:\n      install:\n"
    types += "        source_weaving: [ { before: starting, wait_target: started } ]\n"
    found = template(topology("  node_templates: { A: { type: Compute } }\n", types))

    weaving = found.relationship_types["tosca.relationships.Root"].workflows["install"]
    assert [(weave.point, weave.state, weave.join) for weave in weaving.source] == [("before", "starting", "started")]
    again = template(topology("  node_templates: { A: { type: Compute } }\n"))
    assert len(again.relationship_types["tosca.relationships.Root"].workflows["install"].source) == 4


def test_inputs_and_outputs_keep_types_defaults_and_functions() -> None:
    body = "  inputs:\n    port: { type: integer, default: 80, required: no, description: where }\n    any: {}\n"
    body += "  outputs:\n    address: { value: { get_attribute: [ A, public_address ] } }\n"
    body += "  node_templates: { A: { type: Compute } }\n"
    found = template(topology(body))

    port = found.inputs["port"]
    assert (port.type, port.required, port.default, port.description) == ("integer", False, 80, "where")
    assert (found.inputs["any"].type, found.inputs["any"].required) == ("string", True)
    assert found.outputs["address"].value == Function("get_attribute", ("A", "public_address"))


def test_a_template_inherits_and_overrides_properties() -> None:
    types = "node_types:\n  one:\n    derived_from: Root\n    properties:\n      a: { type: integer, default: 1 }\n"
    types += "      b: { type: string, required: false }\n"
    types += "  two:\n    derived_from: one\n    properties:\n      a: { default: 2 }\n"
    types += "      c: { type: float, default: 3 }\n"

    assert node("    A: { type: two }\n", types).properties == {"a": 2, "c": 3.0}
    assert node("    A: { type: two, properties: { a: 5, b: no } }\n", types).properties == {
        "a": 5,
        "b": "no",
        "c": 3.0,
    }


def test_a_refined_property_keeps_the_constraints_of_its_parent() -> None:
    types = "node_types:\n  one:\n    derived_from: Root\n    properties:\n"
    types += "      a: { type: integer, constraints: [ { less_than: 9 } ] }\n"
    types += "  two:\n    derived_from: one\n    properties: { a: { constraints: [ { greater_than: 2 } ] } }\n"

    for value in (1, 10):
        found = parsed(topology(f"  node_templates: {{ A: {{ type: two, properties: {{ a: {value} }} }} }}\n", types))
        assert [problem.code for problem in found.problems] == ["constraint-violated"]


def test_artifacts_implement_operations_and_bring_their_type() -> None:
    body = "    A:\n      type: Compute\n      artifacts:\n        setup: { file: play/site.yml, type: my.Playbook }\n"
    body += "        conf: play/site.conf\n"
    body += "        image: { file: 'nginx:latest', type: tosca.artifacts.Deployment.Image }\n"
    body += (
        "      interfaces:\n        Standard:\n          create: setup\n          start:\n            implementation:\n"
    )
    body += "              primary: run.py\n              dependencies: [ conf, play/site.conf ]\n"
    types = "artifact_types: { my.Playbook: { derived_from: tosca.artifacts.Implementation, file_ext: [ yml ] } }\n"
    a = node(body, types, **{"play/site.yml": "", "play/site.conf": "", "run.py": ""})

    operations = a.interfaces["Standard"].operations
    create, start = operations["create"].implementation, operations["start"].implementation
    assert create is not None
    assert start is not None
    assert (create.primary, create.artifact_type) == ("play/site.yml", "my.Playbook")
    assert create.artifact_bases == ("tosca.artifacts.Implementation", "tosca.artifacts.Root")
    assert (start.primary, start.artifact_type) == ("run.py", "tosca.artifacts.Implementation.Python")
    assert start.dependencies == ("play/site.conf", "play/site.conf")
    assert a.artifacts["image"].file == "nginx:latest"
    assert a.artifacts["conf"].type == "tosca.artifacts.File"


def test_version_1_2_and_1_3_write_operations_in_their_own_way() -> None:
    body = (
        "  node_templates:\n    A:\n      type: Compute\n      interfaces:\n        Standard:\n          operations:\n"
    )
    body += "            create: { implementation: { primary: { file: a.sh, type: Bash }, timeout: 2 m,"
    body += " operation_host: ORCHESTRATOR } }\n            stop: a.sh\n"
    found = template(topology(body, version="tosca_simple_yaml_1_3"), **{"a.sh": ""})

    create = found.node_templates["A"].interfaces["Standard"].operations["create"].implementation
    assert create is not None
    assert (create.primary, create.timeout, create.operation_host) == ("a.sh", 120.0, "ORCHESTRATOR")


def test_an_operations_own_input_wins_over_its_interfaces() -> None:
    types = "node_types:\n  one:\n    derived_from: Root\n    interfaces:\n      Standard:\n"
    types += "        inputs: { a: { type: integer, default: 1 }, b: { type: integer, default: 1 } }\n"
    types += "        create: { implementation: a.sh, inputs: { b: { type: integer, default: 2 } } }\n"
    body = "    A:\n      type: one\n      interfaces:\n        Standard: { create: { inputs: { c: 3 } } }\n"
    a = node(body, types, **{"a.sh": ""})

    assert a.interfaces["Standard"].operations["create"].inputs == {"a": 1, "b": 2, "c": 3}
    assert a.interfaces["Standard"].operations["stop"].inputs == {"a": 1, "b": 1}
    assert a.interfaces["Standard"].operations["create"].implementation is not None


def test_an_interface_may_be_called_by_its_type() -> None:
    body = "    A:\n      type: Compute\n"
    body += "      interfaces: { tosca.interfaces.node.lifecycle.Standard: { create: a.sh } }\n"

    assert set(node(body, **{"a.sh": ""}).interfaces) == {"Standard"}


@pytest.mark.parametrize(
    "relationship",
    ["my.Link", "link", "{ type: my.Link, properties: { a: 1 } }", "{ type: link, properties: { a: 1 } }"],
)
def test_a_requirement_names_its_relationship_by_type_template_or_map(relationship: str) -> None:
    types = "relationship_types:\n  my.Link:\n    derived_from: DependsOn\n"
    types += "    properties: { a: { type: integer, default: 0 } }\n"
    body = "    B: { type: Compute }\n    A:\n      type: Compute\n      requirements:\n        - dependency:\n"
    body += f"            node: B\n            relationship: {relationship}\n  relationship_templates:\n"
    body += "    link: { type: my.Link, properties: { a: 2 } }\n"
    (found,) = node(body, types).relationships

    assert (found.type, found.capability) == ("my.Link", "feature")
    assert found.template == ("link" if "link" in relationship else None)
    assert found.properties == {"a": 1 if "{" in relationship else 2 if relationship == "link" else 0}


@pytest.mark.parametrize("capability", ["data_endpoint", "tosca.capabilities.Endpoint"])
def test_a_requirement_names_a_capability_by_name_or_type(capability: str) -> None:
    body = "    S: { type: Compute }\n    B: { type: WebServer, requirements: [ { host: S } ] }\n"
    body += "    A:\n      type: LoadBalancer\n"
    body += f"      requirements: [ {{ application: {{ node: B, capability: {capability} }} }} ]\n"
    (found,) = node(body).relationships

    assert (found.capability, found.type) == ("data_endpoint", "tosca.relationships.RoutesTo")


def test_a_copy_takes_everything_and_its_own_keynames_win() -> None:
    body = "    B:\n      type: Compute\n      metadata: { x: a }\n      capabilities:\n"
    body += "        scalable: { properties: { default_instances: 2, max_instances: 4 } }\n"
    body += "    A:\n      copy: B\n      metadata: { y: b }\n"
    a = node(body)

    assert a.type == "tosca.nodes.Compute"
    assert a.metadata == {"x": "a", "y": "b"}
    assert a.capabilities["scalable"].properties["default_instances"] == 2


def test_a_scalable_without_bounds_widens_them_to_its_default() -> None:
    body = "    A: { type: Compute, capabilities: { scalable: { properties: { default_instances: 3 } } } }\n"

    assert node(body).capabilities["scalable"].properties == {
        "min_instances": 1,
        "max_instances": 3,
        "default_instances": 3,
    }


def test_a_nested_archive_finds_paths_through_its_top_folder() -> None:
    text = topology(
        "  node_templates: { A: { type: Compute, interfaces: { Standard: { create: appli/scripts/a.sh } } } }\n"
    )
    files = {"appli/TOSCA-Metadata/TOSCA.meta": META.format(entry="d/a.yaml"), "appli/d/a.yaml": text}
    found = parse(open_csar(zipped({**files, "appli/scripts/a.sh": ""})))

    assert [problem.code for problem in found.problems] == ["csar-nested-folder", "relative-path"]


def test_a_chain_of_20_000_hosts_is_no_matter_of_recursion() -> None:
    lines = ["    n0: { type: tosca.nodes.Root }"]
    lines += [f"    n{i}: {{ type: Root, requirements: [ {{ dependency: n{i - 1} }} ] }}" for i in range(1, 20_000)]

    assert len(template(topology("  node_templates:\n" + "\n".join(lines) + "\n")).node_templates) == 20_000


def test_constructs_that_are_not_interpreted_are_read_without_error() -> None:
    body = "  node_templates: { A: { type: Compute, directives: [ selectable ], node_filter: { properties: [] } } }\n"
    body += "  groups: { g: { type: tosca.groups.Root, members: [ A ] } }\n  policies: [ { p: { type: Placement } } ]\n"
    body += "  substitution_mappings: { node_type: Compute }\n"
    found = parsed(topology(body, "repositories: { docker: https://hub.docker.com }\n"))

    assert found.service_template is not None
    assert [problem.code for problem in found.problems] == ["not-interpreted"] * 3


def test_groups_are_interpreted_where_workflows_can_name_them() -> None:
    body = "  node_templates: { A: { type: Compute } }\n  groups: { g: { type: tosca.groups.Root, members: [ A ] } }\n"

    assert [problem.code for problem in parsed(topology(body)).problems] == ["not-interpreted"]
    assert [
        problem.code for problem in parsed(topology(f"{body}  workflows: {{ w: {{ steps: {{ }} }} }}\n")).problems
    ] == []


def test_an_empty_list_has_no_type_either() -> None:
    body = "  node_templates: { A: [] }\n  groups: { g: [] }\n"

    assert [(problem.code, problem.line) for problem in parsed(topology(body)).problems.errors] == [
        ("missing-keyname", 4),
        ("missing-keyname", 3),
    ]


def test_occurrences_may_be_a_bare_number() -> None:
    types = "node_types:\n  n:\n    derived_from: Root\n"
    types += "    requirements: [ { r: { capability: Node, occurrences: 1 } } ]\n"
    body = "  node_templates: { A: { type: n, requirements: [ { r: B }, { r: B } ] }, B: { type: Root } }\n"

    assert [problem.code for problem in parsed(topology(body, types)).problems] == ["too-many-requirements"]
