"""Relationships, numbers of instances, groups, policies and workflows of a node that was substituted."""

from __future__ import annotations

from tests.tosca.substituted import (
    ASKED,
    CLIENT,
    MAPPED,
    OUTPUTS,
    TYPES,
    call,
    errors,
    inner,
    nodes,
    parse_all,
    replaced,
    ways,
)

# -- relationships


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


def test_a_requirement_that_is_left_to_a_node_which_does_not_assign_it_is_told() -> None:
    types = TYPES + "  Web: { derived_from: WebServer }\n"
    inside = inner("    w: { type: Web }\n", "requirements: { base: [ w, host ] }")
    _, found = parse_all(nodes(ASKED.format("Database", "")), inside, types=types)

    (problem,) = found.problems
    assert (problem.code, problem.file, problem.line) == ("unassigned-host", "main.yaml", 5)
    assert (
        "found no assignment of requirement 'base', expected one: 'w' of inner.yaml is hosted by it" in problem.message
    )


def test_more_relationships_than_the_capability_inside_takes_are_an_error() -> None:
    types = TYPES + "  Narrow:\n    derived_from: Root\n"
    types += "    capabilities: { service: { type: Endpoint, occurrences: [ 0, 1 ] } }\n"
    client = CLIENT.format("{ database: { node: db, capability: service } }")
    entry = nodes(client + client.replace("a:", "b:") + ASKED.format("Database", ""))
    _, found = parse_all(
        entry, inner("    n: { type: Narrow }\n", "capabilities: { service: [ n, service ] }"), types=types
    )

    assert [(problem.code, problem.file) for problem in found.problems.errors] == [("too-many-sources", "inner.yaml")]


def test_outputs_that_go_to_the_nodes_capability_go_to_the_one_inside() -> None:
    way = "{ database: { node: db, capability: service, relationship: { type: ConnectsTo, interfaces: { Configure:"
    way += " { operations: { add_target: { outputs: { o: [ TARGET, service, port ], p: [ SOURCE, own ] } } } } } } } }"
    entry = nodes(CLIENT.format(way) + ASKED.format("Database", ""))
    template = replaced(entry, inner("    n: { type: Named }\n", "capabilities: { service: [ n, endpoint ] }"))

    (relationship,) = template.node_templates["a"].relationships
    assert relationship.interfaces["Configure"].operations["add_target"].outputs == {
        "o": ("TARGET", "endpoint", "port"),
        "p": ("SOURCE", "own"),
    }


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


def test_a_trigger_that_watches_the_node_watches_the_group() -> None:
    entry = nodes(ASKED.format("Database", ""))
    entry += "  policies:\n    - s:\n        type: tosca.policies.Scaling\n        triggers:\n"
    entry += "          t: { event: e, target_filter: { node: db }, action: [ { inline: install } ] }\n"

    assert replaced(entry, inner()).policies["s"].triggers[0].target == "db"


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
