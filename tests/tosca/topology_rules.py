"""Rules of what stands in a service template and a topology: sections 3.5, 3.7 to 3.9."""

from __future__ import annotations

from tests.tosca.rules import Rule, hosted, node, root

TOPOLOGY = "topology_template:\n  node_templates: { c: { type: Compute } }\n"
ARTIFACT = "artifact_types: { my.A: { derived_from: tosca.artifacts.Root, properties: { n: { type: integer } } } }\n"


def artifact(members: str) -> str:
    return ARTIFACT + node(f"artifacts: {{ a: {{ type: my.A, file: 'http://example.org/a', {members} }} }}")


def template(members: str) -> str:
    """A relationship template that nothing uses."""
    return f"{TOPOLOGY}  relationship_templates: {{ r: {{ {members} }} }}\n"


def operation(members: str) -> str:
    return node(f"interfaces: {{ Standard: {{ operations: {{ create: {{ {members} }} }} }} }}")


def outputs(mapping: str) -> str:
    return f"interfaces: {{ Standard: {{ operations: {{ create: {{ outputs: {{ o: {mapping} }} }} }} }} }}"


def of_operation(value: str) -> str:
    """A node that gives an input of an operation its value, and the type that declares the input."""
    declared = root("interfaces: { Standard: { operations: { create: { inputs: { x: { type: integer } } } } } }")
    given = f"interfaces: {{ Standard: {{ operations: {{ create: {{ inputs: {{ x: {value} }} }} }} }} }}"
    return f"{declared}topology_template: {{ node_templates: {{ c: {{ type: my.A, {given} }} }} }}\n"


def trigger(members: str) -> str:
    stated = f"triggers: {{ t: {{ event: e, {members} }} }}"
    return f"{TOPOLOGY}  policies: [ p: {{ type: tosca.policies.Placement, {stated} }} ]\n"


def filtered(properties: str) -> str:
    return (
        "topology_template: { node_templates: { s: { type: SoftwareComponent, requirements: [ host: { node: Compute, "
        f"node_filter: {{ {properties} }} }} ] }} }} }}\n"
    )


SCRIPT = "primary: 'http://example.org/a.sh'"

STORAGE = """\
topology_template:
  node_templates:
    s: { type: BlockStorage, properties: { size: 1 GB } }
    c:
      type: Compute
      requirements:
        - local_storage: %s
"""

RULES = [
    Rule(
        "5.7.5 location",
        STORAGE % "{ node: s, relationship: { type: AttachesTo, properties: { location: /x } } }",
        STORAGE % "s",
        "missing-property",
    ),
    Rule(
        "3.5.13 inputs",
        root("interfaces: { Standard: { operations: { create: { inputs: { x: { type: integer, default: 3 } } } } } }"),
        root("interfaces: { Standard: { operations: { create: { inputs: { x: { type: integer, default: a } } } } } }"),
        "wrong-value",
    ),
    Rule("3.5.13 inputs", of_operation("3"), of_operation("three"), "wrong-value"),
    Rule(
        "1.3 3.6.15 attributes",
        root("attributes: { a: { type: string } }, " + outputs("[ SELF, a ]")),
        root("attributes: { a: { type: string } }, " + outputs("[ SELF, b ]")),
        "unknown-attribute",
    ),
    Rule(
        "1.3 3.6.15 attributes",
        operation("outputs: { o: [ SELF, endpoint, ip_address ] }"),
        operation("outputs: { o: [ SELF, end, ip_address ] }"),
        "unknown-attribute",
    ),
    Rule("3.7.3 type", node("properties: {}"), "topology_template: { node_templates: { c: } }", "missing-keyname"),
    Rule(
        "3.5.6 list",
        node("artifacts: [ { a: 'http://example.org/a.txt' }, { b: 'http://example.org/b.txt' } ]"),
        node("artifacts: [ { a: 'http://example.org/a.txt' }, { a: 'http://example.org/b.txt' } ]"),
        "duplicate-name",
    ),
    Rule(
        "3.8.2",
        node("description: a"),
        "topology_template: { node_templates: [ c: { type: Compute } ] }",
        "wrong-shape",
    ),
    Rule(
        "3.5.5",
        "repositories: { r: { url: 'http://example.org', credential: { token: a, user: b } } }",
        "repositories: { r: { url: 'http://example.org', credential: { tocken: a, token: b } } }",
        "unknown-property",
    ),
    Rule(
        "3.5.5",
        "repositories: { r: 'http://example.org' }",
        "repositories: { r: { description: a } }",
        "missing-keyname",
    ),
    Rule("3.5.6", artifact("properties: { n: 3 }"), artifact("properties: { n: three }"), "wrong-value"),
    Rule("3.5.6", artifact("properties: { n: 3 }"), artifact("properties: { m: 3, n: 3 }"), "unknown-property"),
    Rule("3.5.6", artifact("properties: { n: 3 }"), artifact("deploy_path: /tmp"), "missing-property"),
    Rule(
        "3.5.7",
        "imports: [ { file: 'http://docs.oasis-open.org/tosca/ns/simple/yaml/1.3', namespace_prefix: x } ]",
        "imports: [ { file: 'http://docs.oasis-open.org/tosca/ns/simple/yaml/1.3', namespace_prefix: tosca } ]",
        "reserved-name",
    ),
    Rule(
        "3.5.13",
        operation(f"implementation: {{ {SCRIPT} }}"),
        operation("implementation: { secondary: a }"),
        "unknown-keyname",
    ),
    Rule(
        "3.5.13",
        operation(f"implementation: {{ {SCRIPT}, operation_host: ORCHESTRATOR }}"),
        operation(f"implementation: {{ {SCRIPT}, operation_host: c }}"),
        "wrong-value",
    ),
    Rule(
        "3.5.13",
        operation(f"implementation: {{ {SCRIPT}, timeout: 30 }}"),
        operation(f"implementation: {{ {SCRIPT}, timeout: -30 }}"),
        "wrong-value",
    ),
    Rule(
        "1.3 3.6.15",
        operation("outputs: { o: [ SELF, public_address ] }"),
        operation("outputs: { o: public_address }"),
        "wrong-shape",
    ),
    Rule(
        "3.6.15 attribute mapping",
        operation("outputs: { o: [ SELF, public_address ] }"),
        operation("outputs: { o: [ HOST, public_address ] }"),
        "wrong-shape",
    ),
    Rule(
        "3.5.14",
        root("interfaces: { Standard: { inputs: { a: { type: integer, default: 3 } } } }"),
        root("interfaces: { Standard: { inputs: { a: { type: integer, default: b } } } }"),
        "wrong-value",
    ),
    Rule("3.5.4", filtered("properties: []"), filtered("proprties: []"), "unknown-keyname"),
    Rule(
        "3.5.4",
        filtered("capabilities: [ host: { properties: [ num_cpus: { equal: 1 } ] } ]"),
        filtered("capabilities: [ host: { properties: [ num_cpu: { equal: 1 } ] } ]"),
        "unknown-property",
    ),
    Rule(
        "3.5.4",
        filtered("capabilities: [ tosca.capabilities.OperatingSystem: { properties: [ type: linux ] } ]"),
        filtered("capabilities: [ tosca.capabilities.Attachment: { properties: [ type: linux ] } ]"),
        "unknown-capability",
    ),
    Rule(
        "3.5.3",
        filtered("capabilities: [ host: { properties: [ num_cpus: { in_range: [ 1, 4 ] } ] } ]"),
        filtered("capabilities: [ host: { properties: [ num_cpus: { in_rnge: [ 1, 4 ] } ] } ]"),
        "bad-constraint",
    ),
    Rule(
        "3.7.3 node_filter",
        node("directives: [ select ], node_filter: { capabilities: [ os: { properties: [ type: linux ] } ] }"),
        node("directives: [ select ], node_filter: { capabilities: [ os: { properties: [ kind: linux ] } ] }"),
        "unknown-property",
    ),
    Rule(
        "3.7.1",
        node("capabilities: { endpoint: { attributes: { ip_address: a } } }"),
        node("capabilities: { endpoint: { attributes: { ip: a } } }"),
        "unknown-attribute",
    ),
    Rule("3.7.2", hosted("relationship: HostedOn"), hosted("relation: HostedOn"), "unknown-keyname"),
    Rule("3.7.4", template("type: ConnectsTo"), template("type: ConnectTo"), "unknown-type"),
    Rule(
        "3.7.4",
        template("type: AttachesTo, properties: { location: /data }"),
        template("type: AttachesTo, properties: { location: /data, place: a }"),
        "unknown-property",
    ),
    Rule(
        "3.7.4",
        template("type: AttachesTo, properties: { location: /data }"),
        template("type: AttachesTo"),
        "missing-property",
    ),
    Rule(
        "3.7.4",
        template("type: ConnectsTo, attributes: { tosca_name: a }"),
        template("type: ConnectsTo, attributes: { tosca_nam: a }"),
        "unknown-attribute",
    ),
    Rule(
        "3.5.16 schedule",
        trigger("schedule: { start_time: 2020-01-01, end_time: 2021-01-01 }, action: [ inline: deploy ]"),
        trigger("schedule: { start_time: now, end_time: 2021-01-01 }, action: [ inline: deploy ]"),
        "wrong-value",
    ),
    Rule(
        "1.3 3.6.22", trigger("action: [ inline: deploy ]"), trigger("action: [ inline: backup ]"), "workflow-not-found"
    ),
    Rule(
        "1.3 3.6.22", trigger("action: [ call_operation: Standard.start ]"), trigger("action: [ call: a ]"), "bad-step"
    ),
    Rule("3.5.16", trigger("action: [ inline: deploy ]"), trigger("description: nothing to do"), "missing-keyname"),
]
