"""Rules of definitions of types and of what they consist of: sections 3.5 and 3.6."""

from __future__ import annotations

from tests.tosca.rules import Rule, derived, node, property_of, root

RULES = [
    Rule("3.5.1", "description: text", "description: { a: b }", "wrong-shape"),
    Rule("3.5.1", root("description: text"), root("description: [ a ]"), "wrong-shape"),
    Rule(
        "3.5.1",
        property_of("type: string, description: a"),
        property_of("type: string, description: [ a ]"),
        "wrong-shape",
    ),
    Rule(
        "3.5.1",
        root("capabilities: { x: { type: Node, description: a } }"),
        root("capabilities: { x: { type: Node, description: { a: b } } }"),
        "wrong-shape",
    ),
    Rule("3.6.1", root("metadata: { a: b }"), root("metadata: [ a ]"), "wrong-shape"),
    Rule("3.6.1", root("version: 1.0"), root("version: { a: b }"), "wrong-shape"),
    Rule("3.6.1", root("version: 1.0.3.beta-2"), root("version: newest"), "wrong-value"),
    Rule(
        "3.5.8",
        property_of("type: string, status: deprecated"),
        property_of("type: string, status: old"),
        "wrong-value",
    ),
    Rule(
        "3.5.8", property_of("type: string, required: no"), property_of("type: string, required: maybe"), "wrong-shape"
    ),
    Rule("3.5.8", property_of("type: string, default: a"), property_of("type: string, defalt: a"), "unknown-keyname"),
    Rule("3.5.8", property_of("type: string"), property_of("description: no type"), "missing-keyname"),
    Rule(
        "3.6.4",
        "artifact_types: { a: { derived_from: tosca.artifacts.Root, mime_type: text/plain, file_ext: [ txt ] } }",
        "artifact_types: { a: { derived_from: tosca.artifacts.Root, mime_type: [ text/plain ] } }",
        "wrong-shape",
    ),
    Rule(
        "3.6.4",
        "artifact_types: { a: { derived_from: tosca.artifacts.Root, file_ext: [ txt ] } }",
        "artifact_types: { a: { derived_from: tosca.artifacts.Root, file_ext: { a: txt } } }",
        "wrong-shape",
    ),
    Rule(
        "3.6.6",
        "data_types: { a: { derived_from: integer, constraints: [ { less_than: 3 } ] } }",
        "data_types: { a: { derived_from: integer, properties: { x: { type: string } } } }",
        "bad-refinement",
    ),
    Rule(
        "3.6.6",
        "data_types: { a: { derived_from: string, constraints: [ { min_length: 3 } ] } }",
        "data_types: { a: { derived_from: boolean, constraints: [ { min_length: 3 } ] } }",
        "bad-constraint",
    ),
    Rule(
        "3.6.6",
        "data_types: { a: { derived_from: string } }",
        "data_types: { a: { derived_from: foo } }",
        "unknown-type",
    ),
    Rule(
        "3.6.7",
        "capability_types: { a: { derived_from: tosca.capabilities.Root, valid_source_types: [ Compute ] } }",
        "capability_types: { a: { derived_from: tosca.capabilities.Root, valid_source_types: [ Computer ] } }",
        "unknown-type",
    ),
    Rule(
        "3.6.2",
        root("capabilities: { x: { type: Node, valid_source_types: [ Compute ] } }"),
        root("capabilities: { x: { type: Node, valid_source_types: [ Computer ] } }"),
        "unknown-type",
    ),
    Rule(
        "3.6.2",
        root("capabilities: { x: { type: Node, occurrences: [ 0, UNBOUNDED ] } }"),
        root("capabilities: { x: { type: Node, occurrences: [ 2 ] } }"),
        "bad-occurrences",
    ),
    Rule(
        "3.6.3",
        root("requirements: [ x: { capability: Node, occurrences: [ 1, 2 ] } ]"),
        root("requirements: [ x: { capability: Node, occurrences: [ UNBOUNDED, 1 ] } ]"),
        "bad-occurrences",
    ),
    Rule(
        "3.6.3",
        root("requirements: [ x: { capability: Node }, y: { capability: Node } ]"),
        root("requirements: [ { x: { capability: Node } }, { x: { capability: Node } } ]"),
        "duplicate-name",
    ),
    Rule(
        "3.6.10",
        "relationship_types: { a: { derived_from: DependsOn, valid_target_types: [ Endpoint ] } }",
        "relationship_types: { a: { derived_from: DependsOn, valid_target_types: [ Entpoint ] } }",
        "unknown-type",
    ),
    Rule(
        "3.6.9",
        derived("properties: { x: { type: float } }", "properties: { x: { type: integer } }"),
        derived("properties: { x: { type: string } }", "properties: { x: { type: list } }"),
        "bad-refinement",
    ),
    Rule(
        "3.6.9",
        "data_types: { d: { derived_from: string } }\n"
        + derived("properties: { x: { type: string } }", "properties: { x: { type: d } }"),
        "data_types: { d: { derived_from: string } }\n"
        + derived("properties: { x: { type: d } }", "properties: { x: { type: Credential } }"),
        "bad-refinement",
    ),
    Rule(
        "3.6.9",
        derived("attributes: { x: { type: string } }", "attributes: { x: { type: string, default: a } }"),
        derived("attributes: { x: { type: string } }", "attributes: { x: { type: map } }"),
        "bad-refinement",
    ),
    Rule(
        "3.6.2",
        derived("capabilities: { x: Endpoint }", "capabilities: { x: Endpoint.Admin }"),
        derived("capabilities: { x: Endpoint }", "capabilities: { x: Attachment }"),
        "bad-refinement",
    ),
    Rule(
        "3.6.3",
        derived("requirements: [ x: { capability: Endpoint, node: Root } ]", "requirements: [ x: { node: Compute } ]"),
        derived("requirements: [ x: { capability: Endpoint } ]", "requirements: [ x: { capability: Attachment } ]"),
        "bad-refinement",
    ),
    Rule(
        "3.6.3",
        derived("requirements: [ x: { capability: Node, node: DBMS } ]", "requirements: [ x: { node: DBMS.MySQL } ]"),
        derived("requirements: [ x: { capability: Node, node: DBMS } ]", "requirements: [ x: { node: LoadBalancer } ]"),
        "bad-refinement",
    ),
    Rule(
        "3.6.3",
        root("requirements: [ x: { capability: Node, node: Compute } ]"),
        root("requirements: [ x: { node: Compute } ]"),
        "missing-keyname",
    ),
    Rule(
        "3.5.14",
        "interface_types: { my.I: { derived_from: tosca.interfaces.Root, save: {} } }\n"
        + root("interfaces: { Backup: { type: my.I, save: 'http://example.org/a.sh' } }"),
        root("interfaces: { Backup: { save: 'http://example.org/a.sh' } }"),
        "missing-keyname",
    ),
    Rule(
        "1.3 3.7.3 node_filter",
        root("requirements: [ x: { capability: Container, node: Compute, node_filter: { properties: [] } } ]"),
        root("requirements: [ x: { capability: Container, node: Compute, node_filter: { properties: [ a: 1 ] } } ]"),
        "unknown-property",
    ),
    Rule(
        "3.7.2 occurrences",
        "topology_template: { node_templates: { c: { type: Compute }, s: { type: SoftwareComponent, "
        "requirements: [ host: { node: c, occurrences: [ 1, 1 ] } ] } } }",
        "topology_template: { node_templates: { c: { type: Compute }, s: { type: SoftwareComponent, "
        "requirements: [ host: { node: c, occurrences: [ 0, -1 ] } ] } } }",
        "bad-occurrences",
    ),
    Rule(
        "3.7.1 occurrences",
        node("capabilities: { endpoint: { occurrences: [ 0, 3 ] } }"),
        node("capabilities: { endpoint: { occurrences: [ 0, 0 ] } }"),
        "bad-occurrences",
    ),
    Rule(
        "3.7.3",
        node("metadata: { a: b }"),
        node("metadata: [ a ]"),
        "wrong-shape",
    ),
]
